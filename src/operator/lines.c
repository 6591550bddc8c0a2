/* Connections to agents that are kept. */
#include "operator/lines.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

struct kept {
	char *node; /* NULL: this place is free */
	struct line line;
	int64_t used_ms;
};

struct lines {
	pthread_mutex_t lock;
	struct kept v[LINES_MOST];
};

int lines_new(struct lines **ret, struct err *e)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (!l)
		return err_set(e, ERR_NOMEM, ENOMEM, "connections");
	pthread_mutex_init(&l->lock, NULL);
	*ret = l;
	return 0;
}

static void kept_drop(struct kept *k)
{
	grpc_client_free(k->line.client);
	free(k->node);
	*k = (struct kept){ 0 };
}

void lines_free(struct lines *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < LINES_MOST; i++)
		kept_drop(&l->v[i]);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* Drops on the way those whose time is over. */
static struct kept *find(struct lines *l, const char *node, int64_t now_ms)
{
	struct kept *found = NULL;

	for (struct kept *k = l->v; k < l->v + LINES_MOST; k++) {
		if (k->node && (now_ms - k->used_ms >= LINE_IDLE_MS ||
				       now_ms - k->line.since_ms >= LINE_AGE_MS))
			kept_drop(k);
		else if (k->node && str_eq(k->node, node))
			found = k;
	}
	return found;
}

bool lines_take(struct lines *l, const char *node, int64_t now_ms, struct line *ret)
{
	struct kept *k;

	pthread_mutex_lock(&l->lock);
	k = find(l, node, now_ms);
	if (k) {
		*ret = k->line;
		k->line.client = NULL;
		kept_drop(k);
	}
	pthread_mutex_unlock(&l->lock);
	return k;
}

/* In a free place, or that of the one that was not used for longest. */
void lines_put(struct lines *l, const char *node, const struct line *line, int64_t now_ms)
{
	struct kept *place = l->v;

	pthread_mutex_lock(&l->lock);
	find(l, node, now_ms);
	for (struct kept *k = l->v; k < l->v + LINES_MOST; k++)
		if (!k->node || (place->node && k->used_ms < place->used_ms))
			place = k;
	kept_drop(place);
	place->node = strdup(node);
	place->line = *line;
	place->used_ms = now_ms;
	if (!place->node)
		kept_drop(place);
	pthread_mutex_unlock(&l->lock);
}

bool lines_address(
	struct lines *l, const char *node, int64_t now_ms, char ret[static LINE_ADDRESS_SIZE])
{
	const struct kept *k;

	pthread_mutex_lock(&l->lock);
	k = find(l, node, now_ms);
	if (k)
		memcpy(ret, k->line.address, LINE_ADDRESS_SIZE);
	pthread_mutex_unlock(&l->lock);
	return k;
}
