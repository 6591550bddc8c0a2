/* Packets that wait for their time: a binary heap, first due first out, in order of arrival. */
#ifndef NET_QUEUE_H
#define NET_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_packet {
	int64_t due; /* CLOCK_MONOTONIC, nanoseconds */
	uint64_t order;
	uint8_t *data; /* owned by the queue */
	size_t len;
};

struct queue {
	struct queue_packet *v;
	size_t n, cap;
	size_t bytes; /* held now */
	uint64_t arrivals;
};

void queue_free(struct queue *q);
bool queue_add(struct queue *q, int64_t due, const void *data, size_t len); /* false: no memory */
/* The first of one to another, for another time. False: no memory, and it is where it was. */
bool queue_move_first(struct queue *from, struct queue *to, int64_t due);
struct queue_packet *queue_first(const struct queue *q); /* NULL when empty */
void queue_drop_first(struct queue *q);

#endif
