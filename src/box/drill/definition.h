/*
 * What a drill is to do, as the console's API spells it: groups of machines, in them flows, in
 * them activities by phase. Checked once, when it is stored; a run reads it as it stands.
 */
#ifndef BOX_DRILL_DEFINITION_H
#define BOX_DRILL_DEFINITION_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "box/store/drill_rows.h"

#define DEFINITION_DURATION_S 900 /* when none is given */

/* What the definition names and only others know. arg is handed through. */
struct definition_world {
	void *arg;
	/*
	 * There is a fault with this code, for pods or for hosts, or, with recovery, the taking
	 * back of one (a code alone does not say which: chaos.process.stop is a fault). *ret_name
	 * is borrowed.
	 */
	int (*fault)(void *arg, const char *app_code, bool pods, bool recovery,
		const char **ret_name, struct err *e);
	/* values: {"cpu-percent":"60"}; the error names the parameter. */
	int (*arguments)(void *arg, const char *app_code, const json_t *values, struct err *e);
	/* The host (the pod) as the box knows it, a new object; the error says why the user has no
	 * such. */
	int (*host)(void *arg, const json_t *given, bool pods, json_t **ret, struct err *e);
	/* The application's name, for its id; the error as above. */
	int (*application)(void *arg, const char *id, char ret_name[static 128], struct err *e);
};

/*
 * Checks definition and fills what was left out (ids, names, orders, hosts as the box knows them).
 * Errors name the member: "flowGroups[0]: flows[0]: attack[0]: `app_code`: ...". *ret_draft: hosts
 * or flows are missing, it can be stored but not run. The object may be half filled on failure.
 */
int definition_check(
	json_t *definition, const struct definition_world *world, bool *ret_draft, struct err *e);

/* The arguments of an activity that are switched on: a new {"cpu-percent":"60"}. */
json_t *activity_arguments(const json_t *activity);

const char *phase_key(enum run_phase phase); /* "prepare" */

#endif
