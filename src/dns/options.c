/* The settings of gale-dns. */
#include "dns/options.h"

#include <stddef.h>

#define AT(member) offsetof(struct options, member)

static const struct config_row rows[] = {
	{ "listen", CONFIG_TEXT, AT(dns.listen), "0.0.0.0:53,[::]:53",
		"ADDR:PORT for queries, UDP and TCP; may be repeated", 'l', .list = true },
	{ "upstream", CONFIG_TEXT, AT(dns.upstreams), NULL,
		"ADDR[:PORT] to forward to, the first is preferred; may be repeated (default: "
		"those of resolv-conf)",
		'u', .list = true },
	{ "resolv-conf", CONFIG_TEXT, AT(dns.resolv_conf), "/etc/resolv.conf",
		"file with the upstreams; read again at SIGHUP" },
	{ "upstream-timeout", CONFIG_DURATION, AT(dns.timeout_ms), "1s",
		"for one try at one upstream" },
	{ "upstream-tries", CONFIG_INT, AT(dns.tries), "3", "for one query, over all upstreams",
		.min = 1, .max = 16 },
	{ "cache", CONFIG_INT, AT(cache_mb), "16",
		"MiB of upstreams' answers kept, by all threads together; 0: none", .min = 0,
		.max = 4096 },
	{ "cache-ttl", CONFIG_DURATION, AT(dns.cache_ttl_ms), "1h",
		"no answer is kept for longer" },
	{ "tcp-max", CONFIG_INT, AT(dns.tcp_max), "1024", "connections of clients at once",
		.min = 1, .max = 65536 },
	{ "tcp-idle", CONFIG_DURATION, AT(dns.tcp_idle_ms), "10s",
		"then a connection is closed that asks nothing or takes no answer" },
	{ "threads", CONFIG_INT, AT(threads), "0", "that serve (0: one a core)", .min = 0,
		.max = 256 },
	{ "unpinned", CONFIG_BOOL, AT(unpinned), NULL, "threads may move from core to core" },
	DOOR_ROWS(struct options, door),
	{ "admin", CONFIG_TEXT, AT(admin), NULL,
		"ADDR:PORT of /health, /ready and /metrics (default: closed)" },
	{ "kubeconfig", CONFIG_TEXT, AT(kubeconfig), NULL,
		"file (its current context), or `in-cluster`: the API where pods are looked up "
		"(default: their addresses come with the rules)" },
	{ "state", CONFIG_TEXT, AT(state), "/var/lib/gale-dns",
		"directory of the rules that stand; empty: they end with the program" },
	{ "user", CONFIG_TEXT, AT(user), "gale-dns",
		"to become, when started as root (or nobody)" },
	{ "log.level", CONFIG_TEXT, AT(log_level), "info", "the least that is logged, to stderr",
		.allowed = "debug|info|warn|error" },
	{ 0 },
};

static const struct config_program program = {
	.name = "gale-dns",
	.summary = "a DNS server that forwards, and injects faults by rule",
	.about = "Answers over UDP and TCP. For each query the rules decide first: an error, an "
		 "address by chance or a fixed one, a delay, no answer, an answer that is cut off, "
		 "or another time to live, by client, name and type. All else is answered from the "
		 "cache or forwarded.\n\n"
		 "Rules come by gRPC (Chaos Mesh's SetDNSChaos, and the full state of an operator) "
		 "or by the local control socket: gale-dns set, cancel, list. They are kept in the "
		 "state directory, survive a restart, and end at their deadlines.\n\n"
		 "SIGHUP reads the upstreams, resolv.conf and the certificates again; no query is "
		 "lost. SIGTERM ends the program when what was asked is answered: gRPC and queries "
		 "have 5 s each for it. Started as root it gives every privilege up once its ports "
		 "are open.",
	.words = "[VERB ...]",
	.file = "/etc/gale/gale-dns.yaml",
	.rows = rows,
};

int options_load(int argc, char *const *argv, struct options *ret, struct config *c, struct err *e)
{
	int r;

	*ret = (struct options){ .dns = dns_options_default() };
	r = config_load(&program, argc, argv, ret, c, e);
	if (r != 0)
		return r;
	if (ret->dns.timeout_ms < 10 || ret->dns.tcp_idle_ms < 10)
		return err_set(
			e, ERR_INVALID, 0, "upstream-timeout and tcp-idle must be 10ms or more");
	ret->dns.threads = (unsigned)ret->threads;
	ret->dns.pin = !ret->unpinned;
	ret->dns.cache_bytes = ret->cache_mb << 20;
	log_level_parse(ret->log_level, &ret->least_log);
	return 0;
}
