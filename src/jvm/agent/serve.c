#include "jvm/agent/serve.h"

#include "jvm/agent/agent.h"
#include "jvm/agent/command.h"
#include "jvm/agent/direct.h"
#include "jvm/agent/helper.h"
#include "jvm/agent/java.h"
#include "jvm/agent/page.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/rules.h"

struct service {
	jni_env *env;
	char *text; /* of the command; NULL when somebody has taken it */
	struct command command;
	struct jvm_text *answer;
	char why[1024];
};

static const char *hello(struct service *s)
{
	jvm_text_put(s->answer, "build", agent.page->build);
	return NULL;
}

static const char *install(struct service *s)
{
	return rules_install(s->env, &s->text, &s->command, s->answer, s->why, sizeof(s->why));
}

static const char *probe(struct service *s)
{
	return rules_probe(s->env, &s->command, s->answer, s->why, sizeof(s->why));
}

static const char *start(struct service *s)
{
	const struct command *c = &s->command;
	const char *status = NULL;

	if (c->hold)
		status = page_go(agent.page, c->id, s->why, sizeof(s->why));
	return status ? status : direct_start(s->env, c, s->answer, s->why, sizeof(s->why));
}

static const char *remove_one(struct service *s)
{
	size_t gone;

	if (!s->command.uid) {
		rt_copy(s->why, sizeof(s->why), "less argument: uid");
		return "missing";
	}
	gone = rules_remove(s->env, s->command.uid, s->answer) +
	       direct_stop(s->env, s->command.uid);
	jvm_text_put_number(s->answer, "gone", (int64_t)gone);
	return NULL;
}

static const char *list(struct service *s)
{
	rules_list(s->answer);
	direct_list(s->answer);
	return NULL;
}

static const char *revoke(struct service *s)
{
	size_t gone = rules_remove(s->env, NULL, s->answer) + direct_stop(s->env, NULL);

	jvm_text_put_number(s->answer, "gone", (int64_t)gone);
	return NULL;
}

static const struct {
	const char *name;
	const char *(*run)(struct service *);
} services[] = {
	{ "hello", hello },
	{ "install", install },
	{ "probe", probe },
	{ "start", start },
	{ "remove", remove_one },
	{ "list", list },
	{ "revoke", revoke },
};

static const char *run(struct service *s)
{
	if (!helper_open(s->env)) {
		rt_copy(s->why, sizeof(s->why), "the helper class cannot be defined");
		return "system";
	}
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++)
		if (!strcmp(services[i].name, s->command.cmd))
			return services[i].run(s);
	rt_copy(s->why, sizeof(s->why), "no such command");
	return "unsupported";
}

void serve(char *text, size_t len)
{
	enum { FRAME = 64 };
	struct service *s = rt_alloc(sizeof(*s));
	struct jvm_text answer;
	char data[JVM_LINES_MAX];
	const char *status = "invalid";

	jvm_text_init(&answer, data, sizeof(data));
	if (s && command_parse(text, len, &s->command, s->why, sizeof(s->why))) {
		s->env = agent_jni();
		s->text = text;
		s->answer = &answer;
		if ((*s->env)->PushLocalFrame(s->env, FRAME) == JNI_OK) {
			status = run(s);
			java_failed(s->env);
			(*s->env)->PopLocalFrame(s->env, NULL);
		}
		text = s->text;
	}
	if (s && s->command.id)
		page_answer(agent.page, s->command.id, status, s->why, &answer);
	rt_free(s);
	rt_free(text);
}
