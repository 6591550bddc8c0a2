/*
 * An experiment's object as JSON: what is wanted of it, and its status, which holds one record a
 * target (spec: Chaos Mesh's ChaosStatus). Objects are changed in place.
 */
#ifndef OPERATOR_RECORD_H
#define OPERATOR_RECORD_H

#include <jansson.h>

#include "base/err.h"
#include "operator/plan.h"

/* Chosen when it is not there; the same seed, the same targets. */
#define SEED_ANNOTATION "gale/seed"

/* All but once, which the kind says. A duration that is none counts as none: kind_check(). */
void wanted_read(const json_t *object, const char *finalizer, struct wanted *ret);
bool is_paused(const json_t *object); /* by its annotation */
/* What follows from a uid, which is drawn too. false: it is too short for a uid. */
bool seed_of_uid(const char *uid, uint64_t *ret);
/* The annotation's, or the uid's. -ERR_INVALID: the annotation is no number. */
int seed_read(const json_t *object, uint64_t *ret, struct err *e);

/* The records are of the spec as it is now; another one makes them outdated. */
void generation_set(json_t *status, const json_t *object);

/* The records of the status; NULL: none were selected. Borrowed. */
json_t *records_of(const json_t *status);
void records_set(json_t *status, json_t *records);
bool records_are_out(const json_t *status); /* all of them */

/*
 * A new one is going in: that it is selected and that it is begun is written in one.
 * pod_uid and node are kept with the record: who comes later under the pod's name is not meant.
 */
json_t *record_new(const char *id, const char *selector_key, const char *pod_uid, const char *node);
void record_seen(const json_t *record, struct seen *ret);
/* What goes in has an order, drawn once, until it is out: it names what is done at the node. */
void record_phase(json_t *record, enum phase phase);

/* When what is done now ends; INT64_MAX: it has no "timeout" (ms) of its own. */
int64_t record_end(const json_t *record, int64_t now_ms);

/*
 * What came of injecting (or recovering) it: counts, phase, an event, when to try again. What is
 * refused goes out by way of a recovery where something may stand: its order is not forgotten
 * before.
 */
struct outcome {
	bool inject;
	int result; /* 0, or -ERR_x; -ERR_UNSUPPORTED and -ERR_INVALID are for good */
	const char *message;
	bool spent; /* its order is of no further use */
	bool final; /* a failure that is not tried again */
	bool begun; /* an earlier try to inject may have left something */
	int code;   /* to be kept with it, or 0 */
};
void record_outcome(json_t *record, const struct outcome *o, int64_t now_ms);

/*
 * desiredPhase and conditions as they follow from plan and records. reason is that of Selected
 * when nothing was; NULL: as it is.
 */
void status_update(json_t *status, const struct plan *p, bool paused, const char *reason);

#endif
