/*
 * Readers that take no lock: they look at a published pointer between epoch_enter and epoch_leave,
 * which never block; who has replaced the pointer waits with epoch_wait until none can still see
 * the old one.
 */
#ifndef JVM_AGENT_EPOCH_H
#define JVM_AGENT_EPOCH_H

#include <stdint.h>

/* thread: anything that differs between threads, only to keep them off each other's cache lines. */
uint32_t *epoch_enter(const void *thread);
void epoch_leave(uint32_t *);

/* One caller at a time. */
void epoch_wait(void);

#endif
