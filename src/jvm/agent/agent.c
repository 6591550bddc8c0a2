/*
 * The doors of the library: Agent_OnLoad (-agentpath, before the program runs) and Agent_OnAttach
 * (a command, into the running JVM). Each load of the library is one command.
 */
#include "jvm/agent/agent.h"

#include "jvm/agent/hook.h"
#include "jvm/agent/library.h"
#include "jvm/agent/page.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/search.h"
#include "jvm/agent/serve.h"
#include "jvm/agent/weave.h"

#define EXPORTED __attribute__((visibility("default")))

struct agent agent;

EXPORTED jint Agent_OnAttach(jni_vm *vm, char *options, void *reserved);
EXPORTED jint Agent_OnLoad(jni_vm *vm, char *options, void *reserved);

jni_env *agent_jni(void)
{
	void *env = NULL;

	(*agent.vm)->GetEnv(agent.vm, &env, JNI_VERSION_1_6);
	return env;
}

static enum jvm_agent_code agent_start(jni_vm *vm)
{
	static const struct jvmti_callbacks callbacks = { .class_file_load_hook = weave_hook,
		.class_load = search_class_load };
	char name[sizeof(agent.page->library)];
	struct jvmti_capabilities wanted = { 0 };
	void *ti = NULL;
	char *version;
	jint r;

	if (agent.page)
		return JVM_AGENT_OK;
	r = (*vm)->GetEnv(vm, &ti, JVMTI_SLICE_VERSION);
	if (r != JNI_OK)
		return r == JNI_EDETACHED ? JVM_AGENT_STARTING : JVM_AGENT_NO_JVMTI;
	agent.vm = vm;
	agent.ti = ti;
	wanted.bits[TI_CAN_RETRANSFORM_CLASSES / 32] |= 1U << TI_CAN_RETRANSFORM_CLASSES % 32;
	if ((*agent.ti)->AddCapabilities(agent.ti, &wanted) != TI_OK)
		return JVM_AGENT_NO_JVMTI;
	if (!book_open() ||
		(*agent.ti)->SetEventCallbacks(agent.ti, &callbacks, sizeof(callbacks)) != TI_OK ||
		(*agent.ti)->SetEventNotificationMode(
			agent.ti, TI_ENABLE, TI_EVENT_CLASS_LOAD, NULL) != TI_OK)
		return JVM_AGENT_NO_JVMTI;
	library_name(name, sizeof(name));
	agent.page = page_new(name);
	if (!agent.page)
		return JVM_AGENT_NO_PAGE;
	if ((*agent.ti)->GetSystemProperty(agent.ti, "java.vm.version", &version) == TI_OK) {
		rt_copy(agent.page->version, sizeof(agent.page->version), version);
		(*agent.ti)->Deallocate(agent.ti, (unsigned char *)version);
	}
	return JVM_AGENT_OK;
}

/* The text of the command, in memory of its own. */
static char *read_options(const char *options, size_t *ret_len)
{
	char *text;
	long size;
	int fd;

	if (options[0] != '@') {
		*ret_len = strlen(options);
		return rt_strdup(options);
	}
	fd = rt_open(options + 1, RT_O_RDONLY);
	if (fd < 0)
		return NULL;
	size = rt_size(fd);
	text = size >= 0 && size <= JVM_COMMAND_MAX ? rt_alloc((size_t)size + 1) : NULL;
	if (text && rt_read(fd, text, (size_t)size) != size) {
		rt_free(text);
		text = NULL;
	}
	rt_close(fd);
	*ret_len = (size_t)size;
	return text;
}

/*
 * Once anything of ours is in the JVM the result is 0, whatever happens: HotSpot unmaps a library
 * whose first load fails. How the command went stands in its answer.
 */
EXPORTED jint Agent_OnAttach(jni_vm *vm, char *options, void *reserved)
{
	enum jvm_agent_code code = agent_start(vm);
	size_t len = 0;
	char *text;

	(void)reserved;
	if (code != JVM_AGENT_OK)
		return (jint)code;
	text = options ? read_options(options, &len) : NULL;
	if (text)
		serve(text, len);
	return JVM_AGENT_OK;
}

EXPORTED jint Agent_OnLoad(jni_vm *vm, char *options, void *reserved)
{
	(void)options;
	(void)reserved;
	if (agent_start(vm) == JVM_AGENT_OK) {
		agent.preloaded = true;
		agent.page->preloaded = 1;
	}
	return JNI_OK; /* another value would end the JVM */
}
