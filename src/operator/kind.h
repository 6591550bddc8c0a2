/* The kinds of experiments, one row each, and what they do to one target. */
#ifndef OPERATOR_KIND_H
#define OPERATOR_KIND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kube/api.h"
#include "operator/gate.h"
#include "operator/nodes.h"
#include "operator/order.h"
#include "operator/plan.h"
#include "operator/select.h"

struct dns_push;

/* What there is to work with, beside the API. Borrowed. */
struct means {
	const struct nodes *nodes; /* NULL: no way to them */
	struct gates *gates;	   /* of them */
	const char *pause_image;   /* that does nothing */
	int64_t renew_ms;	   /* how often what is in is renewed; 0: never */
	struct select_scope scope; /* of what it is done to */
	struct dns_push *dns;	   /* NULL: there are no DNS servers, nodes answer themselves */
};

/* One record of an experiment. All is borrowed. */
struct task {
	const struct kube_api *api;
	const struct means *means;
	orders_f *orders; /* of the kind */
	const json_t *object, *spec;
	const char *namespace, *pod, *container; /* container: "" where the kind has none */
	const char *key;			 /* the record's selectorKey */
	const char *pod_uid, *node;
	const json_t *pods; /* by uid, as they were when they were selected just now */
	/* "NAMESPACE/POD": its addresses with commas, as they were learned; shared, or NULL */
	json_t *addresses;
	const char *order;  /* names what is done at the node, for as long as it may stand; or "" */
	const char *server; /* of DNS orders: who answers in place of the node; or NULL */
	int64_t end_ms;	    /* of the experiment, on the wall clock; INT64_MAX: none */
	char said[200];	    /* for the record, when it went well; "" nothing */
	bool spent;	    /* it failed, and the next try takes another order */
	bool final;	    /* it failed, and is not tried again */
	int code;	    /* blade's number of the failure, or 0 */
	bool later;	    /* it was not tried: others are at its node */
};

/* May be called again for the same task. A target that is gone needs no recovery. */
typedef int task_f(struct task *t, struct err *e);

struct kind;

struct choice {
	const struct kube_api *api;
	const struct kind *kind;
	const struct select_scope *scope;
	const json_t *object;
	json_t *status;	 /* as it shall be */
	json_t *records; /* to be appended to: record_new() */
	json_t *pods;	 /* some of them by uid, to be added to, as they are now */
};

/* What the kinds of one API group have in common. */
struct family {
	const char *path; /* "/apis/chaos-mesh.org/v1alpha1" */
	bool namespaced;
	bool fixed;	       /* a spec stays as it was made */
	const char *finalizer; /* ours */
	bool fleeting;	       /* an object goes when all of its experiments are over */
	/* -ERR_INVALID, -ERR_MISSING, -ERR_UNSUPPORTED: what is wrong with the spec */
	int (*check)(const struct kind *k, const json_t *spec, struct err *e);
	/*
	 * The targets. -ERR_INVALID, -ERR_MISSING, -ERR_UNSUPPORTED: there are none for good, and
	 * why; anything else is tried again.
	 */
	int (*choose)(const struct choice *c, struct err *e);
	/* What a record's task is about. Borrowed. */
	const json_t *(*spec)(const json_t *object, const json_t *record);
	/* What the status says besides, from the records and the plan. NULL: nothing. */
	void (*show)(json_t *status, const struct wanted *w, const struct plan *p);
	/* Puts in what a new spec leaves out; own: the object's namespace. NULL: nothing. */
	void (*complete)(json_t *spec, const char *own);
	/* Appends the namespaces that targets are looked for in. True: it may be the whole cluster.
	 */
	bool (*reach)(const json_t *spec, const char *own, json_t *namespaces);
};

extern const struct family chaos_mesh;

struct kind {
	const struct family *family;
	const char *name, *plural;	  /* "PodChaos", "podchaos" */
	bool containers;		  /* a record for each container, not each pod */
	bool (*once)(const json_t *spec); /* what it does cannot be taken back; NULL: it can */
	/* -ERR_INVALID, -ERR_MISSING, -ERR_UNSUPPORTED: what is wrong with the spec; or NULL */
	int (*check)(const json_t *spec, struct err *e);
	task_f *inject, *recover;
	task_f *renew;	  /* injects what is in once more, which does nothing where it stands.
			     NULL: it stands as long as it is let */
	orders_f *orders; /* of those that the node carries out */
	/* What became of a task, for the rest of the status; NULL: it has none. */
	void (*note)(const struct task *t, bool in, json_t *status);
};

extern const struct kind kinds[];
extern const size_t n_kinds;

/* Of an object: "/apis/G/V/namespaces/N/podchaos/NAME", and sub ("", "/status") behind it. */
void kind_path(const struct kind *k, const json_t *object, const char *sub, char *ret, size_t size);

/* The whole spec, as the family checks it. */
int kind_check(const struct kind *k, const json_t *spec, struct err *e);

/*
 * Whether the object's spec reaches this namespace ("": of nodes). Who may write its status can put
 * any record there; the rights of who made it were asked for by the spec.
 */
bool kind_reaches(const struct kind *k, const json_t *object, const char *namespace);

int dns_chaos_check(const json_t *spec, struct err *e);
int dns_chaos_inject(struct task *t, struct err *e);

int network_chaos_check(const json_t *spec, struct err *e);

bool pod_chaos_once(const json_t *spec);
int pod_chaos_check(const json_t *spec, struct err *e);
int pod_chaos_inject(struct task *t, struct err *e);
int pod_chaos_recover(struct task *t, struct err *e);

/* Chaos Mesh's status.instances. */
void stress_chaos_note(const struct task *t, bool in, json_t *status);

/* The pod that was selected. -ERR_NOTFOUND: it is gone, whoever has its name now. */
int task_pod(const struct task *t, json_t **ret, struct err *e);

/* grace_s: until it is killed; -1: the pod's own. */
int task_pod_delete(struct task *t, long long grace_s, struct err *e);

/* The name of its i-th order at the node. */
void task_uid(const struct task *t, size_t i, char *ret, size_t size);

/* Of the kinds that have orders. */
int node_task_inject(struct task *t, struct err *e);
int node_task_recover(struct task *t, struct err *e);

#endif
