/* One task at a node. */
#include "operator/gate.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/str.h"

struct gate {
	LIST_ENTRY(gate) link;
	char *node;
	bool busy;
	int64_t silent_until_ms; /* 0: it answers */
};

/* Gates that are busy or silent: the others need not be remembered. */
struct gates {
	pthread_mutex_t lock;
	LIST_HEAD(, gate) list;
};

int gates_new(struct gates **ret, struct err *e)
{
	struct gates *g = calloc(1, sizeof(*g));

	if (!g)
		return err_set(e, ERR_NOMEM, ENOMEM, "gates");
	pthread_mutex_init(&g->lock, NULL);
	*ret = g;
	return 0;
}

static void gate_drop(struct gate *gate)
{
	LIST_REMOVE(gate, link);
	free(gate->node);
	free(gate);
}

void gates_free(struct gates *g)
{
	if (!g)
		return;
	while (!LIST_EMPTY(&g->list))
		gate_drop(LIST_FIRST(&g->list));
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/* Forgets on the way those that were silent long enough. */
static struct gate *find(struct gates *g, const char *node, int64_t now_ms)
{
	struct gate *found = NULL, *gate, *next;

	for (gate = LIST_FIRST(&g->list); gate; gate = next) {
		next = LIST_NEXT(gate, link);
		if (!gate->busy && gate->silent_until_ms <= now_ms)
			gate_drop(gate);
		else if (str_eq(gate->node, node))
			found = gate;
	}
	return found;
}

static int gate_add(struct gates *g, const char *node, struct err *e)
{
	struct gate *gate = calloc(1, sizeof(*gate));

	if (!gate || !(gate->node = strdup(node))) {
		free(gate);
		return err_set(e, ERR_NOMEM, ENOMEM, "gate");
	}
	gate->busy = true;
	LIST_INSERT_HEAD(&g->list, gate, link);
	return 0;
}

int gate_enter(struct gates *g, const char *node, int64_t now_ms, struct err *e)
{
	const struct gate *gate;
	int r;

	pthread_mutex_lock(&g->lock);
	gate = find(g, node, now_ms);
	if (!gate)
		r = gate_add(g, node, e);
	else if (gate->busy)
		r = err_set(e, ERR_BUSY, 0, "node %s: another is at it", node);
	else
		r = err_set(e, ERR_TIMEOUT, 0, "node %s: it did not answer just now", node);
	pthread_mutex_unlock(&g->lock);
	return r;
}

void gate_leave(struct gates *g, const char *node, bool silent, int64_t now_ms)
{
	struct gate *gate;

	pthread_mutex_lock(&g->lock);
	gate = find(g, node, now_ms);
	gate->busy = false;
	gate->silent_until_ms = silent ? now_ms + GATE_SILENT_MS : 0;
	pthread_mutex_unlock(&g->lock);
}
