/* A list under a lock and an eventfd that wakes the loop. */
#include "box/net/mailbox.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct letter {
	struct letter *next;
	mailbox_f *read;
	void *arg;
};

struct mailbox {
	pthread_mutex_t lock;
	struct letter *first, **last;
	struct event *wake;
	int fd;
};

static void mailbox_read(evutil_socket_t fd, short what, void *arg)
{
	struct mailbox *box = arg;
	struct letter *all;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&box->lock);
	all = box->first;
	box->first = NULL;
	box->last = &box->first;
	pthread_mutex_unlock(&box->lock);
	while (all) {
		struct letter *letter = all;

		all = letter->next;
		letter->read(letter->arg);
		free(letter);
	}
}

int mailbox_new(struct event_base *base, struct mailbox **ret, struct err *e)
{
	struct mailbox *box = calloc(1, sizeof(*box));

	if (!box)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	pthread_mutex_init(&box->lock, NULL);
	box->last = &box->first;
	box->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (box->fd >= 0)
		box->wake = event_new(base, box->fd, EV_READ | EV_PERSIST, mailbox_read, box);
	if (!box->wake || event_add(box->wake, NULL) < 0) {
		mailbox_free(box);
		return err_set(e, ERR_SYSTEM, 0, "cannot make the mailbox of an event loop");
	}
	*ret = box;
	return 0;
}

void mailbox_free(struct mailbox *box)
{
	if (!box)
		return;
	if (box->wake)
		event_free(box->wake);
	if (box->fd >= 0)
		close(box->fd);
	while (box->first) {
		struct letter *letter = box->first;

		box->first = letter->next;
		free(letter);
	}
	pthread_mutex_destroy(&box->lock);
	free(box);
}

bool mailbox_post(struct mailbox *box, mailbox_f *read, void *arg)
{
	struct letter *letter = malloc(sizeof(*letter));
	const uint64_t one = 1;

	if (!letter)
		return false;
	*letter = (struct letter){ .read = read, .arg = arg };
	pthread_mutex_lock(&box->lock);
	*box->last = letter;
	box->last = &letter->next;
	pthread_mutex_unlock(&box->lock);
	/* It fails only when the counter is full, and then the loop wakes anyway. */
	if (write(box->fd, &one, sizeof(one)) < 0)
		return true;
	return true;
}
