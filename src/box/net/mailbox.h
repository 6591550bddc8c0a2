/* Work handed to the thread of an event loop by other threads, done there in the order of posting.
 */
#ifndef BOX_NET_MAILBOX_H
#define BOX_NET_MAILBOX_H

#include <stdbool.h>

#include "base/err.h"

struct event_base;
struct mailbox;

int mailbox_new(struct event_base *base, struct mailbox **ret, struct err *e);
/* After its loop has ended; letters not yet read are dropped. */
void mailbox_free(struct mailbox *box);

/* Any thread. False without memory: the letter was not taken. */
typedef void mailbox_f(void *arg);
bool mailbox_post(struct mailbox *box, mailbox_f *read, void *arg);

#endif
