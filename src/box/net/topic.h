/*
 * News by topic between the threads of the box: "task/<id>" has changed, "drill" has work to do.
 * A topic carries no data: who hears it reads the store again.
 */
#ifndef BOX_NET_TOPIC_H
#define BOX_NET_TOPIC_H

#include "base/err.h"

struct mailbox;
struct topics;

#define TOPIC_MAX 96 /* bytes of a name with its NUL; longer ones are cut */

int topics_new(struct topics **ret, struct err *e);
void topics_free(struct topics *topics);

/*
 * hear is called, in the loop of the mailbox, with each published name that starts with prefix
 * ("" hears all). Before the loops run; for good.
 */
typedef void topic_f(const char *name, void *arg);
int topics_listen(struct topics *topics, struct mailbox *box, const char *prefix, topic_f *hear,
	void *arg, struct err *e);

/* Any thread. After the commit of what is news, never before. */
void topics_publish(struct topics *topics, const char *name);

#endif
