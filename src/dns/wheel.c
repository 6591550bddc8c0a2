/* One list a millisecond of a turn; what is due in a later turn waits in the list of its slot. */
#include "dns/wheel.h"

#include <stdbool.h>
#include <string.h>

static size_t slot_of(int64_t ms)
{
	return (size_t)(ms % WHEEL_SLOTS);
}

void wheel_init(struct wheel *w, int64_t now_ms)
{
	memset(w, 0, sizeof(*w));
	w->at_ms = now_ms + 1;
}

void wheel_set(struct wheel *w, struct timer *t, int64_t due_ms)
{
	size_t slot;

	wheel_unset(t);
	t->due_ms = due_ms > w->at_ms ? due_ms : w->at_ms;
	slot = slot_of(t->due_ms);
	LIST_INSERT_HEAD(&w->slots[slot], t, beside);
	w->used[slot / 64] |= 1ull << slot % 64;
}

void wheel_unset(struct timer *t)
{
	if (t->due_ms)
		LIST_REMOVE(t, beside);
	t->due_ms = 0;
}

static struct timer *slot_due(struct wheel *w, size_t slot, int64_t now_ms)
{
	struct timer *t;

	LIST_FOREACH(t, &w->slots[slot], beside)
	{
		if (t->due_ms <= now_ms)
			return t;
	}
	return NULL;
}

void wheel_run(struct wheel *w, int64_t now_ms, void *ctx)
{
	struct timer *t;

	if (now_ms - w->at_ms >= WHEEL_SLOTS)
		w->at_ms = now_ms - WHEEL_SLOTS + 1;
	for (; w->at_ms <= now_ms; w->at_ms++) {
		size_t slot = slot_of(w->at_ms);

		if (w->used[slot / 64] & 1ull << slot % 64) {
			while ((t = slot_due(w, slot, now_ms))) {
				wheel_unset(t);
				t->due(t, ctx);
			}
			if (LIST_EMPTY(&w->slots[slot]))
				w->used[slot / 64] &= ~(1ull << slot % 64);
		}
	}
}

int wheel_wait(const struct wheel *w, int64_t now_ms)
{
	size_t from = slot_of(w->at_ms);

	for (size_t i = 0; i < WHEEL_SLOTS;) {
		size_t slot = (from + i) % WHEEL_SLOTS;
		uint64_t bits = w->used[slot / 64] >> slot % 64;
		int64_t wait;

		if (!bits) {
			i += 64 - slot % 64;
			continue;
		}
		wait = w->at_ms + (int64_t)i + __builtin_ctzll(bits) - now_ms;
		return wait > 0 ? (int)wait : 0;
	}
	return -1;
}
