/* Packets that wait for their time. */
#include "net/queue.h"

#include <stdlib.h>
#include <string.h>

void queue_free(struct queue *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->v[i].data);
	free(q->v);
	*q = (struct queue){ 0 };
}

static bool before(const struct queue_packet *a, const struct queue_packet *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static bool has_room(struct queue *q)
{
	size_t cap = q->cap ? 2 * q->cap : 256;
	struct queue_packet *v;

	if (q->n < q->cap)
		return true;
	v = realloc(q->v, cap * sizeof(*v));
	if (v == NULL)
		return false;
	q->v = v;
	q->cap = cap;
	return true;
}

/* There is room. */
static void put(struct queue *q, int64_t due, uint8_t *data, size_t len)
{
	struct queue_packet p = { due, q->arrivals, data, len };
	size_t at;

	for (at = q->n; at > 0 && before(&p, &q->v[(at - 1) / 2]); at = (at - 1) / 2)
		q->v[at] = q->v[(at - 1) / 2];
	q->v[at] = p;
	q->n++;
	q->arrivals++;
	q->bytes += len;
}

bool queue_add(struct queue *q, int64_t due, const void *data, size_t len)
{
	uint8_t *copy = has_room(q) ? malloc(len) : NULL;

	if (copy == NULL)
		return false;
	memcpy(copy, data, len);
	put(q, due, copy, len);
	return true;
}

bool queue_move_first(struct queue *from, struct queue *to, int64_t due)
{
	if (!has_room(to))
		return false;
	put(to, due, from->v[0].data, from->v[0].len);
	from->v[0].data = NULL;
	queue_drop_first(from);
	return true;
}

struct queue_packet *queue_first(const struct queue *q)
{
	return q->n > 0 ? &q->v[0] : NULL;
}

void queue_drop_first(struct queue *q)
{
	struct queue_packet last = q->v[--q->n];
	size_t at = 0, child;

	q->bytes -= q->v[0].len;
	free(q->v[0].data);
	while ((child = 2 * at + 1) < q->n) {
		if (child + 1 < q->n && before(&q->v[child + 1], &q->v[child]))
			child++;
		if (!before(&q->v[child], &last))
			break;
		q->v[at] = q->v[child];
		at = child;
	}
	q->v[at] = last;
}
