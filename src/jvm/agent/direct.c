#include "jvm/agent/direct.h"

#include "jvm/agent/rt.h"

const char *direct_start(
	jni_env *env, const struct command *c, struct jvm_text *answer, char *why, size_t size)
{
	(void)env;
	(void)answer;
	rt_format(why, size, "the action %s is not known", c->action ? c->action : "");
	return "unsupported";
}

size_t direct_stop(jni_env *env, const char *uid)
{
	(void)env;
	(void)uid;
	return 0;
}

void direct_list(struct jvm_text *answer)
{
	(void)answer;
}
