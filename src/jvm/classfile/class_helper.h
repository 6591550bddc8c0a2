/* The helper class that hooks call: its name, its bytes, its natives.
 *
 * Source: Hook.java beside this file. It is defined in the boot loader (JNI DefineClass with loader
 * NULL) once for each JVM; package java.gale, because every loader delegates java.* to the boot
 * loader and the JVM lets a named module read it after a retransformation.
 */
#ifndef JVM_CLASSFILE_CLASS_HELPER_H
#define JVM_CLASSFILE_CLASS_HELPER_H

#include <stddef.h>
#include <stdint.h>

#define CLASS_HELPER "java/gale/Hook"

extern const uint8_t class_helper_bytes[];
extern const size_t class_helper_size;

/*
 * The natives that the library registers, all static and private:
 *
 *   next      (IZILjava/lang/Object;[Ljava/lang/Object;Ljava/lang/Object;)I
 *             next(id, exit, after, self, arguments, result): the handle of the next rule of hook
 * id that fires at this call, behind the rule with handle `after` (0: from the first); 0 when there
 * is none. exit: after the method, else before it. A rule that throws leaves its exception pending.
 * A handle is greater than 0 and stands for an immutable rule: it means the same until the JVM
 * ends, also when its rule has been taken back. delay     (I)J  the milliseconds to wait for this
 * handle, drawn for this call; -1: the rule forces a return. alive     (I)Z  false as soon as the
 * rule was taken back or is over its deadline. bits      (I)J  the value that it returns: an
 * integer of any size, a boolean as 0 or 1, a char, the bits of a float (in the low half) or of a
 * double. value     (I)Ljava/lang/Object;  the reference that it returns; must be an instance of
 * the result type of every method of its hook.
 *
 * And its field, to be set by JNI SetStaticLongField:
 *
 *   armed     J  bit (id mod 64) is 1 when a hook of such a number has a rule: calls of the others
 *             cost a load and a branch, and no call of `next`.
 */

#endif
