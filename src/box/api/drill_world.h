/* What a definition may name: faults of the catalogue, machines and applications of the caller. */
#ifndef BOX_API_DRILL_WORLD_H
#define BOX_API_DRILL_WORLD_H

#include "box/api/call.h"
#include "box/drill/definition.h"

struct drill_world {
	struct call *call;
	const char *namespace; /* of the drill */
	char name[256];
	struct definition_world checks;
};

/* Fills checks, which live as long as the world. Errors name a code of the call. */
const struct definition_world *drill_world_open(struct drill_world *world);

/* The namespace is the caller's. */
int drill_world_namespace(struct call *c, const char *namespace, struct err *e);

#endif
