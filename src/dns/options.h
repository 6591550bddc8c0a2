/* The settings of gale-dns. */
#ifndef DNS_OPTIONS_H
#define DNS_OPTIONS_H

#include "base/config.h"
#include "base/log.h"
#include "dns/door/door.h"
#include "dns/server.h"

struct options {
	const char *admin, *state, *user, *kubeconfig, *log_level;
	long long threads, cache_mb;
	bool unpinned;
	struct dns_options dns;
	struct door_options door;

	enum log_level least_log; /* made of the above by options_load */
};

/* As config_load: 1 when something was printed and the program ends well. */
int options_load(int argc, char *const *argv, struct options *ret, struct config *c, struct err *e);

#endif
