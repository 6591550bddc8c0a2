/* Slots for queries that wait. */
#include "dns/pending.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

int pendings_init(struct pendings *p, size_t size)
{
	void *slots = mmap(NULL, size * sizeof(*p->slots), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (slots == MAP_FAILED)
		return -ERR_NOMEM;
	*p = (struct pendings){ .slots = slots, .size = size };
	return 0;
}

void pendings_done(struct pendings *p)
{
	if (!p->slots)
		return;
	for (size_t i = 0; i < p->fresh; i++)
		free(p->slots[i].held);
	munmap(p->slots, p->size * sizeof(*p->slots));
}

struct pending *pending_take(
	struct pendings *p, const struct asker *asker, const struct dns_query *q)
{
	struct pending *slot = p->free;

	if (slot)
		p->free = slot->next_free;
	else if (p->fresh < p->size)
		slot = &p->slots[p->fresh++];
	else
		return NULL;
	p->used++;
	slot->asker = *asker;
	slot->q = *q;
	slot->q.packet = slot->packet;
	slot->q.len = DNS_HEADER + q->question;
	memcpy(slot->packet, q->packet, slot->q.len);
	slot->upstream = NULL;
	slot->tried = 0;
	slot->tries = 0;
	slot->has_ttl = false;
	return slot;
}

void pending_give(struct pendings *p, struct pending *slot)
{
	wheel_unset(&slot->timer);
	free(slot->held);
	slot->held = NULL;
	slot->next_free = p->free;
	p->free = slot;
	p->used--;
}
