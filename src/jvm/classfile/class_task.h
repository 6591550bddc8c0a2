/* The class of the tasks that keep the workers of a thread pool busy: its name and its bytes.
 *
 * Source: Task.java beside this file; it is defined as the helper class is (class_helper.h). Its
 * constructor takes a number (J)V, with which run() calls the one native, static void hold(J): that
 * returns when the worker may go on.
 */
#ifndef JVM_CLASSFILE_CLASS_TASK_H
#define JVM_CLASSFILE_CLASS_TASK_H

#include <stddef.h>
#include <stdint.h>

#define CLASS_TASK "java/gale/Task"

extern const uint8_t class_task_bytes[];
extern const size_t class_task_size;

#endif
