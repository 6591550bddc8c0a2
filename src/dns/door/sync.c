/* The operator's door. */
#include "dns/door/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/rand.h"
#include "base/str.h"
#include "dns/door/hold.h"
#include "dns/door/spec.h"
#include "dns/table.h"

#define MOST_OWNERS 64
#define MOST_NAME   128 /* of an owner */

struct sync_owner {
	TAILQ_ENTRY(sync_owner) link;
	char name[MOST_NAME + 1];
	char door[sizeof(SYNC_DOOR) + MOST_NAME + 1];
	uint64_t revision, generation, digest;
	struct words pods; /* of its last list */
};

void sync_init(struct sync *s, struct book *book)
{
	*s = (struct sync){ .book = book };
	rand_hex(s->instance, sizeof(s->instance) - 1);
	TAILQ_INIT(&s->owners);
}

void sync_done(struct sync *s)
{
	struct sync_owner *o;

	while ((o = TAILQ_FIRST(&s->owners))) {
		TAILQ_REMOVE(&s->owners, o, link);
		words_free(&o->pods);
		free(o);
	}
}

/* --- owners ----------------------------------------------------------------------------------- */

/* The pods of lists from before the server's start: those that its experiments still name. */
static void pods_recall(const struct book_entry *entry, void *ctx)
{
	struct sync_owner *o = ctx;
	const struct rule_spec *s = entry->spec;

	for (size_t i = 0; i < s->n_clients; i++)
		if (s->clients[i].kind == DNS_CLIENT_POD)
			words_add(&o->pods, s->clients[i].pod, strlen(s->clients[i].pod), NULL);
}

static int owner_get(struct sync *s, const char *name, struct sync_owner **ret, struct err *e)
{
	struct sync_owner *o;

	if (str_empty(name) || strlen(name) > MOST_NAME)
		return err_illegal(e, "owner", name, "1 to 128 bytes");
	TAILQ_FOREACH(o, &s->owners, link)
	{
		if (str_eq(o->name, name)) {
			*ret = o;
			return 0;
		}
	}
	if (s->n_owners == MOST_OWNERS)
		return err_set(e, ERR_NOMEM, 0, "more than %d owners", MOST_OWNERS);
	o = calloc(1, sizeof(*o));
	if (!o)
		return err_set(e, ERR_NOMEM, 0, "no memory for an owner");
	snprintf(o->name, sizeof(o->name), "%s", name);
	snprintf(o->door, sizeof(o->door), SYNC_DOOR ":%s", name);
	book_each(s->book, o->door, pods_recall, o);
	TAILQ_INSERT_TAIL(&s->owners, o, link);
	s->n_owners++;
	*ret = o;
	return 0;
}

/* --- Sync ------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_unique(const Gale__Dns__V1__SyncRequest *in, struct arena *a, struct err *e)
{
	const char **uids = spec_array(a, in->n_experiments, sizeof(*uids), e);

	if (!uids)
		return -ERR_NOMEM;
	for (size_t i = 0; i < in->n_experiments; i++)
		uids[i] = in->experiments[i]->uid;
	qsort(uids, in->n_experiments, sizeof(*uids), by_text);
	for (size_t i = 1; i < in->n_experiments; i++)
		if (str_eq(uids[i - 1], uids[i]))
			return err_set(
				e, ERR_INVALID, 0, "experiment %.100s is there twice", uids[i]);
	return 0;
}

struct plan {
	struct book_step *steps;
	size_t n;
	uint32_t standing;
};

static int plan_experiments(const Gale__Dns__V1__SyncRequest *in, struct sync_owner *o,
	struct arena *a, struct plan *p, struct err *e)
{
	struct rule_spec *specs = spec_array(a, in->n_experiments, sizeof(*specs), e);
	int64_t now = clock_wall_ms();
	int r;

	if (!specs)
		return -ERR_NOMEM;
	p->steps[p->n++] = (struct book_step){ .what = BOOK_CLEAR, .door = o->door };
	for (size_t i = 0; i < in->n_experiments; i++) {
		r = spec_read(in->experiments[i], a, &specs[i], e);
		if (r < 0)
			return r;
		specs[i].door = o->door;
		if (specs[i].deadline_wall_ms != 0 && specs[i].deadline_wall_ms <= now)
			continue;
		p->steps[p->n++] = (struct book_step){ .what = BOOK_SET, .spec = &specs[i] };
		p->standing++;
	}
	return 0;
}

/* First the pods that have gone, so that those which came in their place come last. */
static int plan_pods(const Gale__Dns__V1__SyncRequest *in, const struct sync_owner *o,
	struct arena *a, struct plan *p, struct words *ret_pods, struct err *e)
{
	int r;

	for (size_t i = 0; i < o->pods.n; i++)
		p->steps[p->n++] = (struct book_step){ .what = BOOK_POD, .pod = o->pods.v[i] };
	for (size_t i = 0; i < in->n_pods; i++) {
		struct book_step *step = &p->steps[p->n++];

		r = spec_read_pod(in->pods[i], a, step, e);
		if (r == 0)
			r = words_add(ret_pods, step->pod, strlen(step->pod), e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Of what the list says, its revision left out. */
static uint64_t digest(const Gale__Dns__V1__SyncRequest *in, struct arena *a)
{
	Gale__Dns__V1__SyncRequest list = *in;
	uint64_t hash = HASH_START;
	uint8_t *bytes;
	size_t n;

	list.revision = 0;
	n = gale__dns__v1__sync_request__get_packed_size(&list);
	bytes = spec_array(a, n, 1, NULL);
	if (!bytes)
		return 0;
	gale__dns__v1__sync_request__pack(&list, bytes);
	for (size_t i = 0; i < n; i++)
		hash = hash_octet(hash, bytes[i]);
	return hash;
}

static int owner_take(struct grpc_call *call, struct sync_owner *o,
	const Gale__Dns__V1__SyncRequest *in, uint32_t *ret_standing, struct err *e)
{
	autowords struct words pods = { 0 };
	struct sync *s = call->ctx;
	struct plan p = { 0 };
	uint64_t fresh;
	int r;

	if (in->revision != 0 && in->revision < o->revision)
		return err_set(e, ERR_CONFLICT, 0, "revision %llu: %llu stands already",
			(unsigned long long)in->revision, (unsigned long long)o->revision);
	p.steps = spec_array(
		call->arena, 1 + in->n_experiments + o->pods.n + in->n_pods, sizeof(*p.steps), e);
	r = p.steps ? check_unique(in, call->arena, e) : -ERR_NOMEM;
	if (r == 0)
		r = plan_experiments(in, o, call->arena, &p, e);
	if (r == 0)
		r = plan_pods(in, o, call->arena, &p, &pods, e);
	if (r == 0)
		r = book_change_held(call, s->book, p.steps, p.n, e);
	if (r < 0)
		return r;
	words_free(&o->pods);
	o->pods = pods;
	pods = (struct words){ 0 };
	if (in->revision != 0)
		o->revision = in->revision;
	fresh = digest(in, call->arena);
	o->generation += o->generation == 0 || fresh != o->digest;
	o->digest = fresh;
	*ret_standing = p.standing;
	return 0;
}

static int sync_sync(struct grpc_call *call, const ProtobufCMessage *message, struct err *e)
{
	const Gale__Dns__V1__SyncRequest *in = (const Gale__Dns__V1__SyncRequest *)message;
	Gale__Dns__V1__SyncResponse out = GALE__DNS__V1__SYNC_RESPONSE__INIT;
	struct sync *s = call->ctx;
	struct sync_owner *o;
	int r;

	r = owner_get(s, str_empty(in->owner) ? call->peer->name : in->owner, &o, e);
	if (r == 0)
		r = owner_take(call, o, in, &out.standing, e);
	if (r < 0)
		return r;
	out.instance = s->instance;
	out.generation = o->generation;
	return grpc_reply(call, &out.base, e);
}

/* --- GetState --------------------------------------------------------------------------------- */

struct looking {
	const Gale__Dns__V1__GetStateRequest *in;
	struct arena *arena;
	Gale__Dns__V1__Standing **list; /* room for most */
	size_t n, most;
	bool failed;
};

static void look(const struct book_entry *entry, void *ctx)
{
	struct looking *l = ctx;
	const char *colon = strchr(entry->spec->door, ':');
	const char *owner = colon ? colon + 1 : "";
	Gale__Dns__V1__Standing *out;

	if ((!str_empty(l->in->owner) && !str_eq(l->in->owner, owner)) ||
		(!str_empty(l->in->uid) && !str_eq(l->in->uid, entry->spec->name)))
		return;
	out = l->n < l->most ? spec_array(l->arena, 1, sizeof(*out), NULL) : NULL;
	if (!out) {
		l->failed = true;
		return;
	}
	gale__dns__v1__standing__init(out);
	out->door = spec_text(l->arena, colon ? SYNC_DOOR : entry->spec->door);
	out->owner = spec_text(l->arena, owner);
	out->part = spec_text(l->arena, entry->spec->part);
	out->asked = entry->asked;
	out->applied = entry->applied;
	out->experiment = spec_write(entry->spec, l->arena, l->in->brief);
	if (!out->experiment)
		l->failed = true;
	else
		l->list[l->n++] = out;
}

int sync_state(const struct sync *s, const Gale__Dns__V1__GetStateRequest *in, struct arena *a,
	Gale__Dns__V1__State *ret, struct err *e)
{
	struct looking l = { .in = in, .arena = a };
	struct book_stats stats;

	book_stats(s->book, &stats);
	l.most = stats.experiments + 64; /* what other threads add meanwhile */
	l.list = spec_array(a, l.most, sizeof(Gale__Dns__V1__Standing *), e);
	if (!l.list)
		return -ERR_NOMEM;
	book_each(s->book, NULL, look, &l);
	if (l.failed)
		return err_set(e, ERR_NOMEM, 0, "too much stands for one answer: ask for less");
	gale__dns__v1__state__init(ret);
	ret->instance = spec_text(a, s->instance);
	ret->experiments = l.list;
	ret->n_experiments = l.n;
	return 0;
}

static int sync_get_state(struct grpc_call *call, const ProtobufCMessage *message, struct err *e)
{
	const Gale__Dns__V1__GetStateRequest *in = (const Gale__Dns__V1__GetStateRequest *)message;
	Gale__Dns__V1__State out;
	int r = sync_state(call->ctx, in, call->arena, &out, e);

	return r < 0 ? r : grpc_reply(call, &out.base, e);
}

const struct grpc_method sync_methods[] = {
	{ "/gale.dns.v1.DNS/Sync", &gale__dns__v1__sync_request__descriptor, sync_sync,
		.tls = true },
	{ "/gale.dns.v1.DNS/GetState", &gale__dns__v1__get_state_request__descriptor,
		sync_get_state, .tls = true },
	{ 0 },
};
