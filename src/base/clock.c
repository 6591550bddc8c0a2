/* Clocks. */
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_boot_ms(void)
{
	return clock_ns(CLOCK_BOOTTIME) / 1000000;
}

int64_t clock_wall_ms(void)
{
	return clock_ns(CLOCK_REALTIME) / 1000000;
}

int64_t clock_mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

void clock_sleep_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

static void rfc3339(time_t seconds, const char *fraction, char ret[static 40])
{
	struct tm tm;
	char day[24], zone[8];

	localtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(ret, 40, "%s.%.9s%.3s:%.2s", day, fraction, zone, zone + 3);
}

void clock_rfc3339(char ret[static 40])
{
	struct timespec t;
	char fraction[24];

	clock_gettime(CLOCK_REALTIME, &t);
	snprintf(fraction, sizeof(fraction), "%09ld", t.tv_nsec);
	rfc3339(t.tv_sec, fraction, ret);
}

void clock_rfc3339_at(int64_t wall_ms, char ret[static 40])
{
	char fraction[24];

	snprintf(fraction, sizeof(fraction), "%03d", (int)(wall_ms % 1000));
	rfc3339((time_t)(wall_ms / 1000), fraction, ret);
}

bool clock_rfc3339_parse(const char *text, int64_t *ret_wall_ms)
{
	struct tm tm = { 0 };
	const char *at = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t ms = 0;
	long zone;

	if (!at)
		return false;
	if (*at == '.')
		for (int64_t unit = 100; *++at >= '0' && *at <= '9'; unit /= 10)
			ms += unit * (*at - '0');
	at = strptime(at, "%z", &tm);
	if (!at || *at)
		return false;
	zone = tm.tm_gmtoff; /* timegm clears it */
	*ret_wall_ms = ((int64_t)timegm(&tm) - zone) * 1000 + ms;
	return true;
}

void clock_boot_id(char ret[static 40])
{
	autoclose int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, ret, 39);

	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}
