/* The activities of a definition, in the order in which a run takes them. */
#ifndef BOX_DRILL_CHAIN_H
#define BOX_DRILL_CHAIN_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"
#include "box/store/drill_rows.h"

/* One activity in the order of a run. Pointers are borrowed from the definition. */
struct link {
	const json_t *group, *flow, *activity;
	size_t group_index;
	enum run_phase phase;
	int attack; /* the link that a recovery takes back; -1: none */
	long long keys[7];
};

struct chain {
	struct link *links;
	size_t n;
};

void chain_free(struct chain *c);
#define autochain __attribute__((cleanup(chain_free)))

/* SEQUENCE: one flow behind the other. PHASE: a phase of all flows, then the next. */
int chain_make(const json_t *definition, struct chain *ret, struct err *e);

#endif
