/* What the network side asks of the root helper, and what it answers. */
#ifndef AGENT_ASK_H
#define AGENT_ASK_H

#include "agent/message.h"

#define ASK_MOST 64 /* at a time */

struct asks;

/* What came of it: output is gale's, or the helper's own words; borrowed. */
typedef void ask_done_f(void *ctx, unsigned status, const char *output);

int asks_new(int helper_fd, struct asks **ret, struct err *e);
void asks_free(struct asks *a); /* what is not answered is forgotten; NULL is fine */
unsigned asks_running(const struct asks *a);

/* The words of a gale command. done is called once, later, unless this fails. */
int ask_order(
	struct asks *a, const struct words *order, ask_done_f *done, void *ctx, struct err *e);
/* Bytes that the helper reads itself (MESSAGE_SIGNED). */
int ask_signed(
	struct asks *a, const void *data, size_t len, ask_done_f *done, void *ctx, struct err *e);

/* MESSAGE_CERT or MESSAGE_APP: nothing is answered. */
int ask_keep(struct asks *a, enum message_kind kind, const struct words *words, struct err *e);

void asks_hear(struct asks *a, const struct message *m); /* from the helper */

#endif
