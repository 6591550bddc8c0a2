/* Questions to the root helper. */
#include "agent/ask.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/buf.h"

#define MOST_OUTPUT (2u << 20)

struct ask {
	uint32_t id; /* 0: free */
	ask_done_f *done;
	void *ctx;
	struct buf output;
};

struct asks {
	int helper_fd;
	uint32_t last_id;
	unsigned running;
	struct ask v[ASK_MOST];
};

int asks_new(int helper_fd, struct asks **ret, struct err *e)
{
	struct asks *a = calloc(1, sizeof(*a));

	if (!a)
		return err_set(e, ERR_NOMEM, 0, "start the network side");
	a->helper_fd = helper_fd;
	*ret = a;
	return 0;
}

void asks_free(struct asks *a)
{
	for (size_t i = 0; a && i < ASK_MOST; i++)
		buf_free(&a->v[i].output);
	free(a);
}

unsigned asks_running(const struct asks *a)
{
	return a->running;
}

static struct ask *ask_find(struct asks *a, uint32_t id)
{
	for (size_t i = 0; i < ASK_MOST; i++) {
		if (a->v[i].id == id)
			return &a->v[i];
	}
	return NULL;
}

static int ask_place(struct asks *a, struct ask **ret, struct err *e)
{
	struct ask *one = ask_find(a, 0);

	if (!one)
		return err_set(e, ERR_BUSY, 0, "%d orders are being carried out", ASK_MOST);
	/* The highest ids are the helper's own. */
	a->last_id = a->last_id >= UINT32_MAX / 2 ? 1 : a->last_id + 1;
	*ret = one;
	return 0;
}

static void ask_sent(struct asks *a, struct ask *one, ask_done_f *done, void *ctx)
{
	*one = (struct ask){ a->last_id, done, ctx, BUF_INIT(MOST_OUTPUT) };
	a->running++;
}

int ask_order(struct asks *a, const struct words *order, ask_done_f *done, void *ctx, struct err *e)
{
	struct ask *one;
	int r = ask_place(a, &one, e);

	if (r == 0)
		r = message_send_words(a->helper_fd, MESSAGE_ORDER, a->last_id, order, e);
	if (r == 0)
		ask_sent(a, one, done, ctx);
	return r;
}

int ask_signed(
	struct asks *a, const void *data, size_t len, ask_done_f *done, void *ctx, struct err *e)
{
	struct ask *one;
	int r = ask_place(a, &one, e);

	if (r == 0)
		r = message_send(
			a->helper_fd, MESSAGE_SIGNED, a->last_id, 0, data, len, MSG_DONTWAIT, e);
	if (r == 0)
		ask_sent(a, one, done, ctx);
	return r;
}

int ask_keep(struct asks *a, enum message_kind kind, const struct words *words, struct err *e)
{
	return message_send_words(a->helper_fd, kind, 0, words, e);
}

void asks_hear(struct asks *a, const struct message *m)
{
	struct ask *one = m->id ? ask_find(a, m->id) : NULL;
	struct ask ended;

	if (!one)
		return;
	buf_add(&one->output, m->data, m->len);
	if (m->kind != MESSAGE_END)
		return;
	ended = *one;
	*one = (struct ask){ 0 };
	a->running--;
	ended.done(
		ended.ctx, ended.output.failed ? ORDER_BROKEN : m->status, buf_text(&ended.output));
	buf_free(&ended.output);
}
