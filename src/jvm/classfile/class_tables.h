/* The tables of a method that speak of places in its code: exceptions, lines, local variables. */
#ifndef JVM_CLASSFILE_CLASS_TABLES_H
#define JVM_CLASSFILE_CLASS_TABLES_H

#include "jvm/classfile/class_code.h"

/* Each copies one table from its count on and returns NULL or why not. In the exceptions a range is
 * split where an exit hook stands in it: what a hook throws, the method does not catch. */
const char *class_exceptions_write(
	const struct class_code *, struct class_reader *, struct class_writer *);
const char *class_lines_write(
	const struct class_code *, struct class_reader *, struct class_writer *);
/* Serves LocalVariableTable and LocalVariableTypeTable. */
const char *class_locals_write(
	const struct class_code *, struct class_reader *, struct class_writer *);

#endif
