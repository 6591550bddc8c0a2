/*
 * Addresses of host names, as a process sees them: by its hosts file, and by the servers that its
 * resolv.conf names. The C library is not asked: linked into a program it brings its own files.
 */
#ifndef NET_TRAFFIC_NAMES_H
#define NET_TRAFFIC_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/nets.h"

/*
 * Adds the addresses of the names (separated by commas) to the list, each once. pid 0: as this
 * process sees them; the questions are asked in the network namespace of the caller. -ERR_NOTFOUND
 * names the one that has none.
 */
int names_lookup(pid_t pid, const char *names, struct nets *list, struct err *e);

/* The blocks of the list, in order, behind them the addresses of its names. Owned: nets_free. */
int names_settle(pid_t pid, const struct nets *given, struct nets *ret, struct err *e);

/* What it is made of, for tests: text of a hosts file, and a server's answer to a question. */
int names_of_hosts(const char *text, const char *name, struct nets *list, struct err *e);
int names_of_answer(const uint8_t *packet, size_t len, uint16_t id, uint16_t type,
	struct nets *list, struct err *e);

/* Full names to ask for, in order, by the search list and ndots of a resolv.conf. */
struct names_search {
	char names[8][256];
	size_t n;
};
void names_candidates(const char *resolv_conf, const char *name, struct names_search *ret);

#endif
