/* What is to be done for an experiment, from what is wanted and what was recorded: no more. */
#ifndef OPERATOR_PLAN_H
#define OPERATOR_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Of one record. What was begun is written before it is, and ended before it turns round. */
enum phase {
	PHASE_OUT,	 /* "Not Injected" */
	PHASE_GOING_IN,	 /* "Not Injected/Wait" */
	PHASE_IN,	 /* "Injected" */
	PHASE_COMING_OUT /* "Injected/Wait" */
};

/* Of one object. Times are of the wall clock in milliseconds. */
struct wanted {
	bool deleted;
	bool forced; /* it goes without recovery */
	bool paused;
	bool held;     /* our finalizer is there */
	bool selected; /* its targets are recorded, be it none */
	bool outdated; /* they are of a spec that it does not have any more */
	bool fleeting; /* it is deleted when the time of all records is over */
	bool once;     /* it cannot be taken back: nothing is recovered while the object is there */
	int64_t end_ms;	  /* its duration is over then; INT64_MAX: none */
	int64_t renew_ms; /* what is in is renewed each so long; 0: it is not */
	bool renew;	  /* now */
};

struct seen {
	enum phase phase;
	bool refused;	       /* it will not be tried again */
	bool inject_failed;    /* the last failure was to inject, not to recover */
	int64_t not_before_ms; /* to try the same again */
	int64_t end_ms;	       /* of its own; 0: none */
};

enum deed {
	DEED_HOLD,   /* put our finalizer on */
	DEED_SELECT, /* targets */
	DEED_INJECT, /* this record */
	DEED_RECOVER,
	DEED_RENEW,  /* what is in, for it may have ended where it is */
	DEED_DELETE, /* the object: its time is over */
	DEED_RELEASE /* take our finalizer off */
};

struct action {
	enum deed deed;
	size_t record;
	bool begun; /* to inject it, by an earlier plan: something may stand already */
};

struct plan {
	bool run;	 /* the desired phase: Run, or Stop */
	const char *why; /* the reason of an event: "Started", "Paused", "TimeUp", "Changed",
			    "Deleted" */
	struct action *actions;
	size_t n;
	int64_t again_ms; /* to be planned again then at the latest; INT64_MAX: at a change */
};

/* To be freed by plan_free(). */
int plan_make(const struct wanted *w, const struct seen *records, size_t n, int64_t now_ms,
	struct plan *ret, struct err *e);
void plan_free(struct plan *p);

#define autoplan __attribute__((cleanup(plan_free)))

#endif
