#include "jvm/agent/script.h"

#include "jvm/agent/rt.h"

bool script_compile(jni_env *env, struct rule *r, jobject loader, char *why, size_t size)
{
	(void)env;
	(void)r;
	(void)loader;
	rt_copy(why, size, "scripts are not built in yet");
	return false;
}

void script_free(jni_env *env, struct rule *r)
{
	(void)env;
	(void)r;
}

bool script_run(const struct binding *b, const struct call *call, struct result *ret)
{
	(void)b;
	(void)call;
	(void)ret;
	return false;
}
