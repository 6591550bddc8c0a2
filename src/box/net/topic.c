/* The listeners of topics; publishing posts to their mailboxes. */
#include "box/net/topic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "box/net/mailbox.h"

struct listener {
	struct listener *next;
	struct mailbox *box;
	char prefix[TOPIC_MAX];
	topic_f *hear;
	void *arg;
};

struct topics {
	struct listener *listeners;
};

struct news {
	const struct listener *listener;
	char name[TOPIC_MAX];
};

int topics_new(struct topics **ret, struct err *e)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : err_set(e, ERR_NOMEM, 0, "out of memory");
}

void topics_free(struct topics *topics)
{
	if (!topics)
		return;
	while (topics->listeners) {
		struct listener *l = topics->listeners;

		topics->listeners = l->next;
		free(l);
	}
	free(topics);
}

int topics_listen(struct topics *topics, struct mailbox *box, const char *prefix, topic_f *hear,
	void *arg, struct err *e)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (!l)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	l->box = box;
	snprintf(l->prefix, sizeof(l->prefix), "%s", prefix);
	l->hear = hear;
	l->arg = arg;
	l->next = topics->listeners;
	topics->listeners = l;
	return 0;
}

static void topics_deliver(void *arg)
{
	struct news *news = arg;

	news->listener->hear(news->name, news->listener->arg);
	free(news);
}

void topics_publish(struct topics *topics, const char *name)
{
	for (const struct listener *l = topics->listeners; l; l = l->next) {
		struct news *news;

		if (!str_starts(name, l->prefix))
			continue;
		news = malloc(sizeof(*news));
		if (!news) {
			log_write(LOG_ERROR, "topic.lost", "topic", name, NULL);
			continue;
		}
		news->listener = l;
		snprintf(news->name, sizeof(news->name), "%s", name);
		if (!mailbox_post(l->box, topics_deliver, news))
			free(news);
	}
}
