/* The pods of a cluster. */
#include "agent/podbook.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/pod_json.h"
#include "base/json.h"
#include "base/str.h"

enum {
	BUCKETS = 1024,
	CID_SIZE = 64,
	MOST_ELEMENTS = 500,   /* of a body, */
	MOST_OCTETS = 1 << 18, /* and so much of labels and names, by a rough count */
};

struct entry {
	LIST_ENTRY(entry) next;
	char uid[POD_UID_SIZE];
	json_t *element; /* in full; NULL: it is gone */
	char cid[CID_SIZE];
	bool named; /* in the list that is being read */
	bool ever;  /* the console may have heard of it */
	bool told;  /* it knows it as it is */
	bool asked; /* in the body that is not answered yet, as it is */
};

struct service {
	LIST_ENTRY(service) next;
	char uid[POD_UID_SIZE];
	char *namespace;
	json_t *selector;
	bool named;
};

LIST_HEAD(entries, entry);

struct podbook {
	struct entries buckets[BUCKETS];
	LIST_HEAD(, service) services;
	bool listed, services_listed;
	size_t cursor;	/* of the round: the next bucket */
	bool departing; /* the round tells of those that are gone */
};

/* --- entries ---------------------------------------------------------------------------------- */

static struct entries *bucket_of(struct podbook *p, const char *uid)
{
	unsigned hash = 2166136261u; /* FNV-1a */

	for (; *uid; uid++)
		hash = (hash ^ (unsigned char)*uid) * 16777619u;
	return &p->buckets[hash % BUCKETS];
}

static struct entry *entry_find(struct podbook *p, const char *uid)
{
	struct entry *one;

	LIST_FOREACH(one, bucket_of(p, uid), next)
	{
		if (str_eq(one->uid, uid))
			return one;
	}
	return NULL;
}

static struct entry *entry_make(struct podbook *p, const char *uid)
{
	struct entry *one = entry_find(p, uid);

	if (one || strlen(uid) >= sizeof(one->uid))
		return one;
	one = calloc(1, sizeof(*one));
	if (!one)
		return NULL; /* the next list names it again */
	snprintf(one->uid, sizeof(one->uid), "%s", uid);
	LIST_INSERT_HEAD(bucket_of(p, uid), one, next);
	return one;
}

static void entry_free(struct entry *one)
{
	LIST_REMOVE(one, next);
	json_decref(one->element);
	free(one);
}

/* Calls each for all of them, which may free it. */
typedef void entry_f(struct podbook *p, struct entry *one, void *ctx);

static void entries_each(struct podbook *p, entry_f *each, void *ctx)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct entry *one = LIST_FIRST(&p->buckets[i]), *after;

		for (; one; one = after) {
			after = LIST_NEXT(one, next);
			each(p, one, ctx);
		}
	}
}

static void entry_gone(struct entry *one)
{
	if (!one->ever) {
		entry_free(one);
		return;
	}
	json_decref(one->element);
	one->element = NULL;
	one->told = one->asked = false;
}

/* --- services --------------------------------------------------------------------------------- */

/* Of the services that select it, always the same one. */
static const char *service_of(const struct podbook *p, const json_t *element)
{
	const json_t *labels = json_object_get(element, "labels");
	const char *namespace = json_text(element, "namespace");
	const struct service *s, *found = NULL;

	LIST_FOREACH(s, &p->services, next)
	{
		if (str_eq(s->namespace, namespace) && service_selects(s->selector, labels) &&
			(!found || strcmp(s->uid, found->uid) < 0))
			found = s;
	}
	return found ? found->uid : NULL;
}

static void entry_link(struct podbook *p, struct entry *one, void *ctx)
{
	const char *was = json_text(one->element, "serviceUid"), *now;

	(void)ctx;
	now = service_of(p, one->element);
	if (str_eq(was, now ? now : ""))
		return;
	if (now)
		json_put_str(one->element, "serviceUid", now);
	else
		json_object_del(one->element, "serviceUid");
	one->told = one->asked = false;
}

static void links_renew(struct podbook *p)
{
	if (p->services_listed)
		entries_each(p, entry_link, NULL);
}

static void service_free(struct service *s)
{
	LIST_REMOVE(s, next);
	free(s->namespace);
	json_decref(s->selector);
	free(s);
}

static struct service *service_find(struct podbook *p, const char *uid)
{
	struct service *s;

	LIST_FOREACH(s, &p->services, next)
	{
		if (str_eq(s->uid, uid))
			return s;
	}
	return NULL;
}

void podbook_service_begin(struct podbook *p)
{
	struct service *s;

	LIST_FOREACH(s, &p->services, next)
	{
		s->named = false;
	}
	p->services_listed = false;
}

static struct service *service_make(struct podbook *p, const char *uid, const char *namespace)
{
	struct service *s = calloc(1, sizeof(*s));

	if (!s || !(s->namespace = strdup(namespace)) || strlen(uid) >= sizeof(s->uid)) {
		if (s)
			free(s->namespace);
		free(s);
		return NULL;
	}
	snprintf(s->uid, sizeof(s->uid), "%s", uid);
	LIST_INSERT_HEAD(&p->services, s, next);
	return s;
}

void podbook_service_seen(struct podbook *p, const json_t *service)
{
	const json_t *meta = json_object_get(service, "metadata");
	const json_t *selector = json_object_get(json_object_get(service, "spec"), "selector");
	const char *uid = json_text(meta, "uid");
	struct service *s = service_find(p, uid);

	if (!s)
		s = service_make(p, uid, json_text(meta, "namespace"));
	if (!s)
		return;
	s->named = true;
	if (s->selector && json_equal(s->selector, selector))
		return;
	json_decref(s->selector);
	s->selector = selector ? json_deep_copy(selector) : json_object();
	links_renew(p);
}

void podbook_service_gone(struct podbook *p, const json_t *service)
{
	struct service *s = service_find(p, json_text(json_object_get(service, "metadata"), "uid"));

	if (!s)
		return;
	service_free(s);
	links_renew(p);
}

void podbook_service_end(struct podbook *p)
{
	struct service *s = LIST_FIRST(&p->services), *after;

	for (; s; s = after) {
		after = LIST_NEXT(s, next);
		if (!s->named)
			service_free(s);
	}
	p->services_listed = true;
	links_renew(p);
}

/* --- pods ------------------------------------------------------------------------------------- */

static void entry_unname(struct podbook *p, struct entry *one, void *ctx)
{
	(void)p;
	(void)ctx;
	one->named = false;
}

void podbook_begin(struct podbook *p)
{
	entries_each(p, entry_unname, NULL);
}

void podbook_seen(struct podbook *p, const json_t *pod)
{
	json_t *element = pod_element(pod);
	struct entry *one = element ? entry_make(p, json_text(element, "uid")) : NULL;
	const char *service = one ? service_of(p, element) : NULL;

	if (!one) {
		json_decref(element);
		return;
	}
	one->named = true;
	json_put_str(element, "serviceUid", service);
	json_put_str(element, "cid", *one->cid ? one->cid : NULL);
	if (one->element && json_equal(one->element, element)) {
		json_decref(element);
		return;
	}
	json_decref(one->element);
	one->element = element;
	one->told = one->asked = false;
}

void podbook_gone(struct podbook *p, const json_t *pod)
{
	char uid[POD_UID_SIZE];
	struct entry *one = pod_uid(pod, uid) ? entry_find(p, uid) : NULL;

	if (one && one->element)
		entry_gone(one);
}

static void entry_missing(struct podbook *p, struct entry *one, void *ctx)
{
	(void)p;
	(void)ctx;
	if (!one->named && one->element)
		entry_gone(one);
}

void podbook_end(struct podbook *p)
{
	entries_each(p, entry_missing, NULL);
	p->listed = true;
}

bool podbook_listed(const struct podbook *p)
{
	return p->listed && p->services_listed;
}

void podbook_known(struct podbook *p, const char *uid, const char *cid)
{
	struct entry *one = entry_make(p, uid);

	if (!one)
		return;
	one->ever = true;
	snprintf(one->cid, sizeof(one->cid), "%s", cid);
}

void podbook_unknown(struct podbook *p, const char *uid)
{
	struct entry *one = entry_find(p, uid);

	if (one && !one->element)
		entry_free(one);
}

/* --- reports ---------------------------------------------------------------------------------- */

/* Of one that the console knows: in short. Of one that is gone: that it is. */
static json_t *short_element(const struct entry *one)
{
	json_t *element = json_object();

	json_put_str(element, "uid", one->uid);
	if (one->element) {
		json_put_str(element, "name", "");
		json_put_str(element, "createdTime", "");
	}
	json_put_bool(element, "exist", one->element);
	json_put_str(element, "cid", *one->cid ? one->cid : NULL);
	return element;
}

/* A rough count of what it takes as text. */
static size_t element_size(const json_t *element)
{
	const json_t *labels = json_object_get(element, "labels");
	size_t size = 400;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)labels, key, value)
	{
		size += strlen(key) + json_string_length(value) + 10;
	}
	return size;
}

/* Those of one bucket that this part of the round tells of. */
static size_t bucket_add(struct podbook *p, size_t bucket, json_t *body)
{
	struct entry *one;
	size_t size = 0;

	LIST_FOREACH(one, &p->buckets[bucket], next)
	{
		json_t *element;

		if (p->departing != !one->element)
			continue;
		if (one->told || p->departing)
			element = short_element(one);
		else
			element = json_incref(one->element);
		size += element_size(element);
		json_array_append_new(body, element);
		one->ever = one->asked = true;
	}
	return size;
}

char *podbook_body(struct podbook *p)
{
	json_t *body = json_array();
	size_t size = 0;
	char *text = NULL;

	while (json_array_size(body) < MOST_ELEMENTS && size < MOST_OCTETS) {
		if (p->cursor == BUCKETS) {
			if (p->departing || json_array_size(body) > 0)
				break;
			p->departing = true;
			p->cursor = 0;
		}
		size += bucket_add(p, p->cursor++, body);
	}
	if (json_array_size(body) > 0)
		text = json_line(body);
	json_decref(body);
	if (!text) {
		p->cursor = 0;
		p->departing = false;
	}
	return text;
}

struct answer {
	const json_t *result;
	podbook_note_f *note;
	void *ctx;
};

static void entry_accepted(struct podbook *p, struct entry *one, void *ctx)
{
	const struct answer *a = ctx;
	const char *cid = json_text(a->result, one->uid);

	(void)p;
	/* also of one that has changed, or gone, since it was asked for */
	if (*cid && !str_eq(cid, one->cid)) {
		snprintf(one->cid, sizeof(one->cid), "%s", cid);
		if (one->element)
			json_put_str(one->element, "cid", one->cid);
		a->note(one->uid, one->cid, a->ctx);
	}
	if (!one->asked)
		return;
	one->asked = false;
	if (one->element) {
		one->told = *one->cid;
	} else {
		a->note(one->uid, NULL, a->ctx);
		entry_free(one);
	}
}

static void entry_failed(struct podbook *p, struct entry *one, void *ctx)
{
	(void)p;
	(void)ctx;
	one->told = one->asked = false;
}

void podbook_failed(struct podbook *p)
{
	entries_each(p, entry_failed, NULL);
	p->cursor = 0;
	p->departing = false;
}

bool podbook_accepted(struct podbook *p, const json_t *result, podbook_note_f *note, void *ctx)
{
	struct answer a = { result, note, ctx };

	if (!json_is_object(result) && !p->departing) {
		podbook_failed(p);
		return false;
	}
	entries_each(p, entry_accepted, &a);
	return true;
}

size_t podbook_count(const struct podbook *p)
{
	const struct entry *one;
	size_t n = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		LIST_FOREACH(one, &p->buckets[i], next)
		{
			n += one->element != NULL;
		}
	}
	return n;
}

void podbook_each_known(const struct podbook *p, podbook_note_f *note, void *ctx)
{
	const struct entry *one;

	for (size_t i = 0; i < BUCKETS; i++) {
		LIST_FOREACH(one, &p->buckets[i], next)
		{
			if (*one->cid)
				note(one->uid, one->cid, ctx);
		}
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

int podbook_new(struct podbook **ret, struct err *e)
{
	struct podbook *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(e, ERR_NOMEM, ENOMEM, "list of pods");
	*ret = p;
	return 0;
}

static void entry_drop(struct podbook *p, struct entry *one, void *ctx)
{
	(void)p;
	(void)ctx;
	entry_free(one);
}

void podbook_free(struct podbook *p)
{
	if (!p)
		return;
	entries_each(p, entry_drop, NULL);
	while (!LIST_EMPTY(&p->services))
		service_free(LIST_FIRST(&p->services));
	free(p);
}
