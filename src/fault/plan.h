/* What an order would do: the exact targets and the exact kernel operations, for --dry-run. */
#ifndef FAULT_PLAN_H
#define FAULT_PLAN_H

#include <jansson.h>
#include <stdint.h>

struct plan {
	uint64_t seed;	    /* of the order: a plan draws what apply will draw */
	json_t *targets;    /* array of text: "interface eth0 (index 2)", "process 4711 (nginx)" */
	json_t *operations; /* array of text: "nft: table inet gale_...: drop tcp dport 80" */
	void *found;	    /* plan_keep */
};

void plan_init(struct plan *p);
void plan_done(struct plan *p);
void plan_target(struct plan *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void plan_operation(struct plan *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What was found is not looked for again: apply has it by run_planned(). From malloc; taken. */
void plan_keep(struct plan *p, void *found);

#endif
