/* Who has called: the methods that the current thread is in. */
#ifndef JVM_AGENT_STACK_H
#define JVM_AGENT_STACK_H

#include "jvm/agent/reader.h"

/*
 * Tests each of the innermost 512, as "com.example.Shop|price" and as "com.example.Shop.price":
 * true as soon as the test is. From any Java thread; leaves no references behind.
 */
bool stack_any(jni_env *env, reader_test *test, void *ctx);

#endif
