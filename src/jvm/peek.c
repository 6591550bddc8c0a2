/* Reading the library's page. */
#include "jvm/peek.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "jvm/jvm_build.h"

static int page_read(int fd, void *ret, size_t size, size_t at, struct err *e)
{
	ssize_t n = pread(fd, ret, size, (off_t)at);

	if (n == (ssize_t)size)
		return 0;
	return err_set(e, ERR_PROTOCOL, n < 0 ? errno : 0, "page of the agent library");
}

/* A page of ours; anything may stand under a descriptor that looks like one. */
static bool page_check(int fd, struct peek *ret)
{
	autofree struct jvm_page *page = malloc(sizeof(*page)); /* too large for a stack */
	struct stat st;

	if (!page || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
		st.st_size < (off_t)sizeof(*page) ||
		page_read(fd, page, offsetof(struct jvm_page, rules), 0, NULL) < 0)
		return false;
	page->build[sizeof(page->build) - 1] = page->library[sizeof(page->library) - 1] = '\0';
	if (memcmp(page->magic, JVM_PAGE_MAGIC, sizeof(page->magic)) != 0 ||
		page->protocol != JVM_PROTOCOL || page->size != sizeof(*page))
		return false;
	snprintf(ret->build, sizeof(ret->build), "%s", page->build);
	snprintf(ret->library, sizeof(ret->library), "%s", page->library);
	ret->preloaded = page->preloaded;
	return true;
}

static bool page_is_meant(const struct peek *k, const char *uid)
{
	struct jvm_rule_slot slot;

	return uid ? peek_rule(k, uid, &slot, NULL) == 0 : str_eq(k->build, JVM_BUILD);
}

static bool page_try(int dir, const char *name, const char *uid, struct peek *ret)
{
	autoclose int fd = -1;
	struct peek k;
	char link[64];
	ssize_t n = readlinkat(dir, name, link, sizeof(link) - 1);

	link[n > 0 ? n : 0] = '\0';
	if (!str_starts(link, "/memfd:" JVM_PAGE_NAME " "))
		return false;
	fd = openat(dir, name, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || !page_check(fd, &k))
		return false;
	k.fd = fd;
	if (!page_is_meant(&k, uid))
		return false;
	k.fd = take_fd(&fd);
	k.number = (int)strtol(name, NULL, 10);
	*ret = k;
	return true;
}

int peek_open(const struct process *p, const char *uid, int number, struct peek *ret, struct err *e)
{
	struct peek k = { .fd = -1 };
	bool found;
	char path[40], name[16];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)p->pid);
	dir = opendir(path);
	if (!dir)
		return err_set(e,
			errno == ENOENT	  ? ERR_NOTFOUND
			: errno == EACCES ? ERR_DENIED
					  : ERR_SYSTEM,
			errno, "%s", path);
	snprintf(name, sizeof(name), "%d", number);
	found = number >= 0 && page_try(dirfd(dir), name, uid, &k);
	for (struct dirent *d = found ? NULL : readdir(dir); d && !found; d = readdir(dir))
		found = isdigit((unsigned char)d->d_name[0]) &&
			page_try(dirfd(dir), d->d_name, uid, &k);
	closedir(dir);
	if (!process_alive(p)) {
		if (k.fd >= 0)
			close(k.fd);
		return err_set(e, ERR_NOTFOUND, 0, "process %d has ended", (int)p->pid);
	}
	*ret = k;
	return 0;
}

int peek_each(const struct peek *k, peek_each_f *each, void *ctx, struct err *e)
{
	struct jvm_rule_slot slots[32];

	for (size_t i = 0; i < JVM_RULES_MAX; i += ARRAY_LEN(slots)) {
		int r = page_read(k->fd, slots, sizeof(slots),
			offsetof(struct jvm_page, rules) + i * sizeof(slots[0]), e);

		if (r < 0)
			return r;
		for (size_t j = 0; j < ARRAY_LEN(slots); j++) {
			slots[j].uid[sizeof(slots[j].uid) - 1] = '\0';
			if (slots[j].state != JVM_RULE_FREE)
				each(&slots[j], ctx);
		}
	}
	return 0;
}

struct wanted {
	const char *uid;
	struct jvm_rule_slot *ret;
	bool found;
};

static void rule_match(const struct jvm_rule_slot *slot, void *ctx)
{
	struct wanted *w = ctx;

	if (!str_eq(slot->uid, w->uid))
		return;
	*w->ret = *slot;
	w->found = true;
}

int peek_rule(const struct peek *k, const char *uid, struct jvm_rule_slot *ret, struct err *e)
{
	struct wanted w = { uid, ret, false };
	int r = k->fd < 0 ? 0 : peek_each(k, rule_match, &w, e);

	if (r < 0 || w.found)
		return r;
	return err_set(e, ERR_NOTFOUND, 0, "no rule %s in the JVM", uid);
}

/* Who is not woken looks by itself. The page is not touched here: it may have been cut short. */
static void page_wake(int fd, size_t at)
{
	char *page = mmap(NULL, offsetof(struct jvm_page, rules), PROT_READ, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED)
		return;
	syscall(SYS_futex, page + at, FUTEX_WAKE, 1, NULL, NULL, 0);
	munmap(page, offsetof(struct jvm_page, rules));
}

int peek_go(const struct peek *k, uint64_t id, struct err *e)
{
	const size_t at = offsetof(struct jvm_page, go);

	if (pwrite(k->fd, &id, sizeof(id), (off_t)at) != sizeof(id))
		return err_set(e, ERR_SYSTEM, errno, "page of the agent library");
	page_wake(k->fd, at);
	return 0;
}

/* The id is stored last: an answer that is being replaced is none. */
int peek_reply(const struct peek *k, uint64_t id, struct jvm_reply *ret, struct err *e)
{
	for (size_t i = 0; i < JVM_REPLIES_MAX; i++) {
		size_t at = offsetof(struct jvm_page, replies) + i * sizeof(*ret);
		uint64_t before = 0, after = 0;
		int r = page_read(k->fd, &before, sizeof(before), at, e);

		if (r == 0 && before == id)
			r = page_read(k->fd, ret, sizeof(*ret), at, e);
		if (r == 0 && before == id)
			r = page_read(k->fd, &after, sizeof(after), at, e);
		if (r < 0)
			return r;
		if (after != id || ret->id != id || ret->len >= sizeof(ret->text))
			continue;
		ret->text[ret->len] = '\0';
		return 0;
	}
	return err_set(e, ERR_NOTFOUND, 0, "no answer of the agent library");
}
