/* What was asked for and what was seen. */
#ifndef FAULT_EFFECT_H
#define FAULT_EFFECT_H

#include <jansson.h>

enum verdict {
	EFFECT_NONE, /* not measured */
	EFFECTIVE,   /* measured within the fault's tolerance of the request */
	PARTIAL,     /* bites, but outside the tolerance */
	INEFFECTIVE, /* does not bite: the engine reverts it and create is an error (54000) */
};

struct effect {
	enum verdict verdict;
	double requested, measured;
	char unit[16];	/* "percent", "ms", "MB", "processes" */
	char what[120]; /* how it was measured: "round trip to 10.0.0.2, median of 5" */
};

/*
 * Fills the effect and judges it: within tolerance (same unit) of the request is EFFECTIVE, at
 * least a tenth of the request is PARTIAL, below it INEFFECTIVE.
 */
void effect_judge(struct effect *ret, const char *unit, double requested, double measured,
	double tolerance, const char *what_fmt, ...) __attribute__((format(printf, 6, 7)));

const char *verdict_name(enum verdict v); /* "effective" */

/* {"verdict":"effective","requested":100,"measured":100.2,"unit":"ms","what":"..."} */
json_t *effect_json(const struct effect *f);
int effect_from_json(const json_t *object, struct effect *ret);

#endif
