#include "jvm/agent/command.h"

#include "jvm/agent/agent.h"
#include "jvm/agent/page.h"
#include "jvm/agent/rt.h"

static void run_hello(struct jvm_text *answer)
{
	jvm_text_put(answer, "status", "ok");
}

static const struct {
	const char *name;
	void (*run)(struct jvm_text *answer);
} commands[] = {
	{ "hello", run_hello },
};

void command_run(char *text, size_t len)
{
	char data[sizeof(agent.page->replies[0].text)], *key, *cmd, *number;
	struct jvm_text answer;
	uint64_t id;
	size_t pos = 0;

	if (jvm_text_next(text, len, &pos, &key, &cmd) != 1 || strcmp(key, "cmd"))
		return;
	if (jvm_text_next(text, len, &pos, &key, &number) != 1 || strcmp(key, "id") ||
		!jvm_text_number(number, UINT64_MAX, &id) || !id)
		return;
	jvm_text_init(&answer, data, sizeof(data));
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, cmd))
			continue;
		commands[i].run(&answer);
		page_answer(agent.page, id, &answer);
		return;
	}
	jvm_text_put(&answer, "status", "unsupported");
	jvm_text_put(&answer, "message", "no such command");
	page_answer(agent.page, id, &answer);
}
