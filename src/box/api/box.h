/* What all handlers share: the parts of the running box. Made by main.c, read-only afterwards. */
#ifndef BOX_API_BOX_H
#define BOX_API_BOX_H

#include <stdbool.h>

#include "base/log.h"
#include "box/account/account.h"

struct catalogue;
struct fleet;
struct topics;
struct work;

struct box {
	struct topics *topics;	     /* net/topic.h */
	struct work *work;	     /* net/work.h: threads for slow sums */
	struct fleet *fleet;	     /* fleet/fleet.h: agents in memory, calls to them */
	struct catalogue *catalogue; /* catalogue/catalogue.h */
	const char *url;	     /* HOST:PORT for agents, "": as the caller calls the box */
	enum sign_up sign_up;
	bool secure_cookies;	  /* browsers reach the box through TLS */
	struct log_gate refusals; /* of agents' callbacks */
};

#endif
