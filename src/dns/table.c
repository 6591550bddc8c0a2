/* A set of things found by a hash. */
#include "dns/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

enum { LEAST_SLOTS = 64, MOVES = 16 };

static struct table_slots *slots_new(size_t n)
{
	struct table_slots *s = calloc(1, sizeof(*s) + n * sizeof(s->tags[0]));

	if (!s)
		return NULL;
	s->items = calloc(n, sizeof(s->items[0]));
	if (!s->items) {
		free(s);
		return NULL;
	}
	s->mask = n - 1;
	return s;
}

static void slots_free(struct table_slots *s)
{
	if (s)
		free((void *)s->items);
	free(s);
}

static void slots_done(struct garbage *g, void *ctx)
{
	(void)ctx;
	slots_free((struct table_slots *)(void *)g);
}

int table_init(struct table *t, struct epoch *epoch, struct err *e)
{
	struct table_slots *s = slots_new(LEAST_SLOTS);

	if (!s)
		return err_set(e, ERR_NOMEM, ENOMEM, "table");
	*t = (struct table){ .epoch = epoch };
	atomic_init(&t->now, s);
	return 0;
}

void table_done(struct table *t)
{
	slots_free(atomic_load(&t->now));
	slots_free(atomic_load(&t->before));
}

static void slots_put(struct table *t, struct table_slots *s, struct table_item *item)
{
	size_t i = item->hash & s->mask;

	while (atomic_load_explicit(&s->tags[i], memory_order_relaxed) >= TABLE_TAGS)
		i = (i + 1) & s->mask;
	if (atomic_load_explicit(&s->tags[i], memory_order_relaxed) == TABLE_DEAD)
		t->dead--;
	atomic_store_explicit(&s->items[i], item, memory_order_release);
	atomic_store_explicit(&s->tags[i], table_tag(item->hash), memory_order_release);
	t->used++;
}

/* Moves some slots more; all when there are fewer. They stay where they were for readers. */
static void table_move(struct table *t, size_t slots)
{
	struct table_slots *before = atomic_load_explicit(&t->before, memory_order_relaxed);
	struct table_slots *now = atomic_load_explicit(&t->now, memory_order_relaxed);

	if (!before)
		return;
	for (; slots > 0 && t->moved <= before->mask; slots--, t->moved++)
		if (atomic_load_explicit(&before->tags[t->moved], memory_order_relaxed) >=
			TABLE_TAGS) {
			slots_put(t, now,
				atomic_load_explicit(
					&before->items[t->moved], memory_order_relaxed));
			t->left--;
		}
	if (t->moved <= before->mask)
		return;
	atomic_store_explicit(&t->before, NULL, memory_order_release);
	epoch_retire(t->epoch, &before->garbage, slots_done);
}

int table_reserve(struct table *t, size_t n, struct err *e)
{
	struct table_slots *now = atomic_load_explicit(&t->now, memory_order_relaxed), *bigger;
	size_t slots = LEAST_SLOTS;

	if ((t->used + t->left + t->dead + n) * 2 <= now->mask)
		return 0;
	table_move(t, SIZE_MAX);
	now = atomic_load_explicit(&t->now, memory_order_relaxed);
	if ((t->used + t->dead + n) * 2 <= now->mask)
		return 0;
	while (slots < (t->used + n) * 4)
		slots *= 2;
	bigger = slots_new(slots);
	if (!bigger)
		return err_set(e, ERR_NOMEM, ENOMEM, "table of %zu", slots);
	t->left = t->used;
	t->used = t->dead = t->moved = 0;
	atomic_store_explicit(&t->before, now, memory_order_release);
	atomic_store_explicit(&t->now, bigger, memory_order_release);
	return 0;
}

void table_add(struct table *t, struct table_item *item)
{
	table_move(t, MOVES);
	slots_put(t, atomic_load_explicit(&t->now, memory_order_relaxed), item);
}

static bool slots_remove(struct table_slots *s, const struct table_item *item)
{
	unsigned tag;

	for (size_t i = item->hash & s->mask;; i = (i + 1) & s->mask) {
		tag = atomic_load_explicit(&s->tags[i], memory_order_relaxed);
		if (tag == TABLE_EMPTY)
			return false;
		if (tag == TABLE_DEAD ||
			atomic_load_explicit(&s->items[i], memory_order_relaxed) != item)
			continue;
		atomic_store_explicit(&s->tags[i], TABLE_DEAD, memory_order_release);
		atomic_store_explicit(&s->items[i], NULL, memory_order_release);
		return true;
	}
}

void table_remove(struct table *t, struct table_item *item)
{
	struct table_slots *before = atomic_load_explicit(&t->before, memory_order_relaxed);

	bool old = before && slots_remove(before, item);

	if (slots_remove(atomic_load_explicit(&t->now, memory_order_relaxed), item)) {
		t->used--;
		t->dead++;
	} else if (old) {
		t->left--;
	}
	table_move(t, MOVES);
}
