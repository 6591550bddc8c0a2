/*
 * The slots of the JVMTI function table (version 1.2) that the library calls; see jni_slice.h.
 */
#ifndef JVM_AGENT_JVMTI_SLICE_H
#define JVM_AGENT_JVMTI_SLICE_H

#include "jvm/agent/jni_slice.h"

#define JVMTI_SLICE_VERSION 0x30010200

typedef const struct jvmti_table *jvmti_env;
typedef struct _jrawMonitorID *jvmti_monitor;
typedef void (*jvmti_start)(jvmti_env *, jni_env *, void *arg);

enum jvmti_slice_error {
	TI_OK = 0,
	TI_OUT_OF_MEMORY = 110,
};

enum jvmti_slice_event {
	TI_DISABLE = 0,
	TI_ENABLE = 1,
	TI_EVENT_CLASS_FILE_LOAD_HOOK = 54,
	TI_EVENT_CLASS_LOAD = 55,
};

/* 128 bits, a flag each; the numbers are the order of jvmtiCapabilities. */
struct jvmti_capabilities {
	uint32_t bits[4];
};
#define TI_CAN_RETRANSFORM_CLASSES 37

typedef void (*jvmti_vm_init)(jvmti_env *, jni_env *, jobject thread);
typedef void (*jvmti_class_hook)(jvmti_env *, jni_env *, jclass redefined, jobject loader,
	const char *name, jobject domain, jint len, const unsigned char *data, jint *ret_len,
	unsigned char **ret_data);

typedef void (*jvmti_class_load)(jvmti_env *, jni_env *, jobject thread, jclass klass);

struct jvmti_callbacks { /* from event 50 */
	jvmti_vm_init vm_init;
	void *skip51[3];
	jvmti_class_hook class_file_load_hook;
	jvmti_class_load class_load;
};

struct jvmti_frame {
	jmethodID method;
	jlong location;
};

struct jvmti_table {
	void *skip0[1];
	jint (*SetEventNotificationMode)(
		jvmti_env *, jint mode, jint event_type, jobject event_thread, ...);
	void *skip2[1];
	jint (*GetAllThreads)(jvmti_env *, jint *threads_count, jobject **threads);
	void *skip4[7];
	jint (*RunAgentThread)(
		jvmti_env *, jobject thread, jvmti_start proc, const void *arg, jint priority);
	void *skip12[18];
	jint (*CreateRawMonitor)(jvmti_env *, const char *name, jvmti_monitor *monitor);
	void *skip31[1];
	jint (*RawMonitorEnter)(jvmti_env *, jvmti_monitor monitor);
	jint (*RawMonitorExit)(jvmti_env *, jvmti_monitor monitor);
	jint (*RawMonitorWait)(jvmti_env *, jvmti_monitor monitor, jlong millis);
	void *skip35[1];
	jint (*RawMonitorNotifyAll)(jvmti_env *, jvmti_monitor monitor);
	void *skip37[7];
	jint (*IsModifiableClass)(jvmti_env *, jclass klass, jboolean *is_modifiable_class);
	jint (*Allocate)(jvmti_env *, jlong size, unsigned char **mem);
	jint (*Deallocate)(jvmti_env *, unsigned char *mem);
	jint (*GetClassSignature)(jvmti_env *, jclass klass, char **signature, char **generic);
	void *skip48[3];
	jint (*GetClassMethods)(jvmti_env *, jclass klass, jint *method_count, jmethodID **methods);
	jint (*GetClassFields)(jvmti_env *, jclass klass, jint *field_count, jfieldID **fields);
	jint (*GetImplementedInterfaces)(
		jvmti_env *, jclass klass, jint *interface_count, jclass **interfaces);
	void *skip54[2];
	jint (*GetClassLoader)(jvmti_env *, jclass klass, jobject *classloader);
	void *skip57[2];
	jint (*GetFieldName)(jvmti_env *, jclass klass, jfieldID field, char **name,
		char **signature, char **generic);
	void *skip60[1];
	jint (*GetFieldModifiers)(jvmti_env *, jclass klass, jfieldID field, jint *modifiers);
	void *skip62[1];
	jint (*GetMethodName)(
		jvmti_env *, jmethodID method, char **name, char **signature, char **generic);
	jint (*GetMethodDeclaringClass)(jvmti_env *, jmethodID method, jclass *declaring_class);
	jint (*GetMethodModifiers)(jvmti_env *, jmethodID method, jint *modifiers);
	void *skip66[11];
	jint (*GetLoadedClasses)(jvmti_env *, jint *class_count, jclass **classes);
	void *skip78[25];
	jint (*GetStackTrace)(jvmti_env *, jobject thread, jint start_depth, jint max_frame_count,
		struct jvmti_frame *frame_buffer, jint *count);
	void *skip104[3];
	jint (*ForceGarbageCollection)(jvmti_env *);
	void *skip108[13];
	jint (*SetEventCallbacks)(
		jvmti_env *, const struct jvmti_callbacks *callbacks, jint size_of_callbacks);
	void *skip122[5];
	jint (*GetErrorName)(jvmti_env *, jint error, char **name);
	void *skip128[2];
	jint (*GetSystemProperty)(jvmti_env *, const char *property, char **value);
	void *skip131[10];
	jint (*AddCapabilities)(jvmti_env *, const struct jvmti_capabilities *capabilities);
	void *skip142[1];
	jint (*GetAvailableProcessors)(jvmti_env *, jint *processor_count);
	void *skip144[7];
	jint (*RetransformClasses)(jvmti_env *, jint class_count, const jclass *classes);
};

#endif
