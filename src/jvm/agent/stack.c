#include "jvm/agent/stack.h"

#include "jvm/agent/agent.h"
#include "jvm/agent/rt.h"

enum { FRAMES_MAX = 512, NAME_MAX = 1024 };

static void release(void *memory)
{
	(*agent.ti)->Deallocate(agent.ti, memory);
}

/* "Lcom/example/Shop;" and "price". */
static bool test_names(const char *signature, const char *method, reader_test *test, void *ctx)
{
	char name[NAME_MAX];
	size_t n = strlen(signature);

	if (n < 3 || n + strlen(method) >= sizeof(name))
		return false;
	n -= 2; /* L and ; */
	for (size_t i = 0; i < n; i++)
		name[i] = signature[i + 1] == '/' ? '.' : signature[i + 1];
	rt_copy(name + n + 1, sizeof(name) - n - 1, method);
	name[n] = '|';
	if (test(ctx, name))
		return true;
	name[n] = '.';
	return test(ctx, name);
}

static bool test_frame(jni_env *env, jmethodID id, reader_test *test, void *ctx)
{
	char *signature = NULL, *method = NULL;
	jclass class = NULL;
	bool done;

	if ((*agent.ti)->GetMethodDeclaringClass(agent.ti, id, &class) != TI_OK)
		return false;
	done = (*agent.ti)->GetClassSignature(agent.ti, class, &signature, NULL) == TI_OK &&
	       (*agent.ti)->GetMethodName(agent.ti, id, &method, NULL, NULL) == TI_OK &&
	       test_names(signature, method, test, ctx);
	release(signature);
	release(method);
	(*env)->DeleteLocalRef(env, class);
	return done;
}

bool stack_any(jni_env *env, reader_test *test, void *ctx)
{
	struct jvmti_frame frames[FRAMES_MAX];
	bool done = false;
	jint n = 0;

	if ((*agent.ti)->GetStackTrace(agent.ti, NULL, 0, FRAMES_MAX, frames, &n) != TI_OK)
		return false;
	for (jint i = 0; i < n && !done; i++)
		done = test_frame(env, frames[i].method, test, ctx);
	return done;
}
