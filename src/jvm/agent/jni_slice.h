/*
 * The slots of the JNI function table that the library calls, so that it builds without a JDK
 * (Java Native Interface Specification, chapter 4: the index of each function is fixed for ever).
 * tests/jvm/slices.sh compares the offsets with the headers of every JDK that it finds.
 */
#ifndef JVM_AGENT_JNI_SLICE_H
#define JVM_AGENT_JNI_SLICE_H

#include <stdint.h>

#ifndef _JAVASOFT_JNI_H_
typedef uint8_t jboolean;
typedef int8_t jbyte;
typedef uint16_t jchar;
typedef int16_t jshort;
typedef int32_t jint;
typedef int64_t jlong;
typedef float jfloat;
typedef double jdouble;
typedef jint jsize;
typedef struct _jobject *jobject;
typedef jobject jclass, jthrowable, jstring, jarray, jobjectArray, jbyteArray, jintArray, jweak;
typedef struct _jmethodID *jmethodID;
typedef struct _jfieldID *jfieldID;
typedef union jvalue {
	jboolean z;
	jbyte b;
	jchar c;
	jshort s;
	jint i;
	jlong j;
	jfloat f;
	jdouble d;
	jobject l;
} jvalue;

#define JNI_OK		0
#define JNI_EDETACHED	(-2)
#define JNI_VERSION_1_6 0x00010006
#endif

typedef const struct jni_table *jni_env;
typedef const struct jni_invoke_table *jni_vm;

struct jni_native {
	const char *name, *signature;
	void *function;
};

struct jni_table {
	void *skip0[5];
	jclass (*DefineClass)(
		jni_env *, const char *name, jobject loader, const jbyte *buf, jsize len);
	jclass (*FindClass)(jni_env *, const char *name);
	void *skip7[3];
	jclass (*GetSuperclass)(jni_env *, jclass sub);
	jboolean (*IsAssignableFrom)(jni_env *, jclass sub, jclass sup);
	void *skip12[1];
	jint (*Throw)(jni_env *, jthrowable obj);
	void *skip14[1];
	jthrowable (*ExceptionOccurred)(jni_env *);
	void *skip16[1];
	void (*ExceptionClear)(jni_env *);
	void *skip18[1];
	jint (*PushLocalFrame)(jni_env *, jint capacity);
	jobject (*PopLocalFrame)(jni_env *, jobject result);
	jobject (*NewGlobalRef)(jni_env *, jobject lobj);
	void (*DeleteGlobalRef)(jni_env *, jobject gref);
	void (*DeleteLocalRef)(jni_env *, jobject obj);
	jboolean (*IsSameObject)(jni_env *, jobject obj1, jobject obj2);
	jobject (*NewLocalRef)(jni_env *, jobject ref);
	jint (*EnsureLocalCapacity)(jni_env *, jint capacity);
	void *skip27[3];
	jobject (*NewObjectA)(jni_env *, jclass clazz, jmethodID methodID, const jvalue *args);
	jclass (*GetObjectClass)(jni_env *, jobject obj);
	jboolean (*IsInstanceOf)(jni_env *, jobject obj, jclass clazz);
	jmethodID (*GetMethodID)(jni_env *, jclass clazz, const char *name, const char *sig);
	void *skip34[2];
	jobject (*CallObjectMethodA)(
		jni_env *, jobject obj, jmethodID methodID, const jvalue *args);
	void *skip37[2];
	jboolean (*CallBooleanMethodA)(
		jni_env *, jobject obj, jmethodID methodID, const jvalue *args);
	void *skip40[5];
	jchar (*CallCharMethodA)(jni_env *, jobject obj, jmethodID methodID, const jvalue *args);
	void *skip46[5];
	jint (*CallIntMethodA)(jni_env *, jobject obj, jmethodID methodID, const jvalue *args);
	void *skip52[2];
	jlong (*CallLongMethodA)(jni_env *, jobject obj, jmethodID methodID, const jvalue *args);
	void *skip55[5];
	jdouble (*CallDoubleMethodA)(
		jni_env *, jobject obj, jmethodID methodID, const jvalue *args);
	void *skip61[2];
	void (*CallVoidMethodA)(jni_env *, jobject obj, jmethodID methodID, const jvalue *args);
	void *skip64[30];
	jfieldID (*GetFieldID)(jni_env *, jclass clazz, const char *name, const char *sig);
	jobject (*GetObjectField)(jni_env *, jobject obj, jfieldID fieldID);
	jboolean (*GetBooleanField)(jni_env *, jobject obj, jfieldID fieldID);
	void *skip97[3];
	jint (*GetIntField)(jni_env *, jobject obj, jfieldID fieldID);
	jlong (*GetLongField)(jni_env *, jobject obj, jfieldID fieldID);
	void *skip102[2];
	void (*SetObjectField)(jni_env *, jobject obj, jfieldID fieldID, jobject val);
	void *skip105[8];
	jmethodID (*GetStaticMethodID)(jni_env *, jclass clazz, const char *name, const char *sig);
	void *skip114[2];
	jobject (*CallStaticObjectMethodA)(
		jni_env *, jclass clazz, jmethodID methodID, const jvalue *args);
	void *skip117[2];
	jboolean (*CallStaticBooleanMethodA)(
		jni_env *, jclass clazz, jmethodID methodID, const jvalue *args);
	void *skip120[20];
	jdouble (*CallStaticDoubleMethodA)(
		jni_env *, jclass clazz, jmethodID methodID, const jvalue *args);
	void *skip141[2];
	void (*CallStaticVoidMethodA)(
		jni_env *, jclass cls, jmethodID methodID, const jvalue *args);
	jfieldID (*GetStaticFieldID)(jni_env *, jclass clazz, const char *name, const char *sig);
	void *skip145[15];
	void (*SetStaticLongField)(jni_env *, jclass clazz, jfieldID fieldID, jlong value);
	void *skip161[2];
	jstring (*NewString)(jni_env *, const jchar *unicode, jsize len);
	jsize (*GetStringLength)(jni_env *, jstring str);
	void *skip165[2];
	jstring (*NewStringUTF)(jni_env *, const char *utf);
	void *skip168[3];
	jsize (*GetArrayLength)(jni_env *, jarray array);
	jobjectArray (*NewObjectArray)(jni_env *, jsize len, jclass clazz, jobject init);
	jobject (*GetObjectArrayElement)(jni_env *, jobjectArray array, jsize index);
	void (*SetObjectArrayElement)(jni_env *, jobjectArray array, jsize index, jobject val);
	void *skip175[1];
	jbyteArray (*NewByteArray)(jni_env *, jsize len);
	void *skip177[23];
	void (*GetByteArrayRegion)(jni_env *, jbyteArray array, jsize start, jsize len, jbyte *buf);
	void *skip201[7];
	void (*SetByteArrayRegion)(
		jni_env *, jbyteArray array, jsize start, jsize len, const jbyte *buf);
	void *skip209[6];
	jint (*RegisterNatives)(
		jni_env *, jclass clazz, const struct jni_native *methods, jint nMethods);
	void *skip216[4];
	void (*GetStringRegion)(jni_env *, jstring str, jsize start, jsize len, jchar *buf);
	void *skip221[5];
	jweak (*NewWeakGlobalRef)(jni_env *, jobject obj);
	void (*DeleteWeakGlobalRef)(jni_env *, jweak ref);
	jboolean (*ExceptionCheck)(jni_env *);
};

struct jni_invoke_table {
	void *skip0[6];
	jint (*GetEnv)(jni_vm *, void **penv, jint version);
};

#endif
