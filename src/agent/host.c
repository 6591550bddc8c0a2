/* Facts about the host. */
#include "agent/host.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static const void *address_bytes(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? (const void *)&a->v6.sin6_addr
					    : (const void *)&a->v4.sin_addr;
}

/* The source address of the route to another: a UDP socket finds it without sending anything. */
static int route_source(const char *to, char ret[static HOST_IP_SIZE])
{
	union address a = { .v4 = { .sin_family = AF_INET, .sin_port = htons(9) } };
	socklen_t len = sizeof(a);
	autoclose int fd = -1;

	if (inet_pton(AF_INET6, to, &a.v6.sin6_addr) == 1)
		a.v6 = (struct sockaddr_in6){
			.sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = a.v6.sin6_addr
		};
	else if (inet_pton(AF_INET, to, &a.v4.sin_addr) != 1)
		return -ERR_INVALID;
	fd = socket(a.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, &a.any, sizeof(a)) < 0 || getsockname(fd, &a.any, &len) < 0 ||
		!inet_ntop(a.any.sa_family, address_bytes(&a), ret, HOST_IP_SIZE))
		return -ERR_SYSTEM;
	return 0;
}

/* The first address of an interface that is up and no loopback. */
static int first_address(char ret[static HOST_IP_SIZE])
{
	struct ifaddrs *list = NULL;
	int r = -ERR_NOTFOUND;

	if (getifaddrs(&list) < 0)
		return -ERR_SYSTEM;
	for (const struct ifaddrs *i = list; i && r < 0; i = i->ifa_next) {
		if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET && i->ifa_flags & IFF_UP &&
			!(i->ifa_flags & IFF_LOOPBACK) &&
			inet_ntop(AF_INET, &((struct sockaddr_in *)i->ifa_addr)->sin_addr, ret,
				HOST_IP_SIZE))
			r = 0;
	}
	freeifaddrs(list);
	return r;
}

int host_ip(const char *console, char ret[static HOST_IP_SIZE], struct err *e)
{
	/* 192.0.2.1 is nobody's (RFC 5737): the default route leads there. */
	if (route_source(console, ret) == 0 || route_source("192.0.2.1", ret) == 0 ||
		first_address(ret) == 0)
		return 0;
	return err_set(e, ERR_NOTFOUND, 0, "this host has no address; give --localIp");
}

void host_name(char ret[static 128])
{
	if (gethostname(ret, 128) < 0)
		*ret = '\0';
	ret[127] = '\0';
}

void host_uptime(char ret[static 64])
{
	struct sysinfo info;
	time_t now = time(NULL);
	char clock[16];
	struct tm tm;
	long minutes;

	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	minutes = sysinfo(&info) == 0 ? info.uptime / 60 : 0;
	if (minutes >= 1440)
		snprintf(ret, 64, "%s up %ld day%s", clock, minutes / 1440,
			minutes >= 2880 ? "s" : "");
	else if (minutes >= 60)
		snprintf(ret, 64, "%s up %ld:%02ld", clock, minutes / 60, minutes % 60);
	else
		snprintf(ret, 64, "%s up %ld min", clock, minutes);
}

double host_memory_kb(void)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 ? (double)info.totalram * info.mem_unit / 1024 : 0;
}
