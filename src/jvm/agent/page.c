#include "jvm/agent/page.h"

#include "jvm/agent/rt.h"
#include "jvm/jvm_build.h"

static int page_fd = -1;

struct jvm_page *page_new(const char *library)
{
	int fd = rt_memfd(JVM_PAGE_NAME, sizeof(struct jvm_page));
	struct jvm_page *page;

	if (fd < 0)
		return NULL;
	page = rt_map(sizeof(*page), fd);
	if (!page) {
		rt_close(fd);
		return NULL;
	}
	page->protocol = JVM_PROTOCOL;
	page->size = sizeof(*page);
	page->pid = rt_getpid();
	rt_copy(page->build, sizeof(page->build), JVM_BUILD);
	rt_copy(page->library, sizeof(page->library), library);
	memcpy(page->magic, JVM_PAGE_MAGIC, sizeof(page->magic));
	page_fd = fd; /* stays open: it is how the page is found */
	return page;
}

struct jvm_rule_slot *page_take_slot(struct jvm_page *page, const char *uid, uint64_t deadline_ns)
{
	for (size_t i = 0; i < JVM_RULES_MAX; i++) {
		struct jvm_rule_slot *slot = &page->rules[i];

		if (slot->state != JVM_RULE_FREE)
			continue;
		memset(slot, 0, sizeof(*slot));
		rt_copy(slot->uid, sizeof(slot->uid), uid);
		slot->deadline_ns = deadline_ns;
		__atomic_store_n(&slot->state, JVM_RULE_LIVE, __ATOMIC_RELEASE);
		return slot;
	}
	return NULL;
}

void page_drop_slot(struct jvm_rule_slot *slot)
{
	__atomic_store_n(&slot->state, JVM_RULE_FREE, __ATOMIC_RELEASE);
}

/*
 * Asleep, not spinning: what it waits for, a record on its way to the disk, needs the processor. It
 * is woken; where that fails, it looks by itself. Whoever may say the word has the page locked.
 */
const char *page_go(const struct jvm_page *page, uint64_t id, char *why, size_t size)
{
	enum { LOOK_NS = 1000000 };
	uint64_t until = rt_now_ns() + JVM_HOLD_MS * UINT64_C(1000000), go;

	while ((go = __atomic_load_n(&page->go, __ATOMIC_ACQUIRE)) != id && go != ~id &&
		rt_is_locked(page_fd) && rt_now_ns() < until)
		rt_wait(&page->go, go, LOOK_NS);
	if (__atomic_load_n(&page->go, __ATOMIC_ACQUIRE) == id)
		return NULL;
	rt_copy(why, size, "the word to go on did not come");
	return "timeout";
}

static void put_answer(
	struct jvm_reply *reply, const char *status, const char *why, const struct jvm_text *lines)
{
	struct jvm_text text;

	jvm_text_init(&text, reply->text, sizeof(reply->text));
	jvm_text_put(&text, "status", status ? status : "ok");
	if (status)
		jvm_text_put(&text, "message", why);
	if (lines->len <= text.size - text.len) {
		memcpy(text.data + text.len, lines->data, lines->len);
		text.len += lines->len;
	}
	reply->len = (uint32_t)text.len;
}

/* Slots are used in turn: an answer stands until JVM_REPLIES_MAX later commands have theirs. */
void page_answer(struct jvm_page *page, uint64_t id, const char *status, const char *why,
	const struct jvm_text *lines)
{
	static unsigned turn;
	struct jvm_reply *reply =
		&page->replies[__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % JVM_REPLIES_MAX];

	__atomic_store_n(&reply->id, 0, __ATOMIC_SEQ_CST);
	put_answer(reply, status, why, lines);
	__atomic_store_n(&reply->id, id, __ATOMIC_SEQ_CST);
}
