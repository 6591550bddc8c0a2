/*
 * The formulas of a returned value: numbers, p0..pn (the arguments), r (the method's own result),
 * + - * / % ^ and comparisons, ( ), and min max sum avg if abs floor ceil round sqrt and those of
 * java.lang.Math. Numbers are doubles, comparisons give 1 and 0. Pure.
 */
#ifndef JVM_AGENT_FORMULA_H
#define JVM_AGENT_FORMULA_H

#include <stdbool.h>

enum { FORMULA_RESULT = -1 }; /* the number of r */

struct formula_world {
	/* Parameter n, or FORMULA_RESULT, as a number; false when it is none. */
	bool (*variable)(void *ctx, int n, double *ret);
	/* A function of java.lang.Math with one (pow: two) parameters; false when there is none. */
	bool (*math)(void *ctx, const char *name, double a, double b, double *ret);
	void *ctx;
};

/* Every argument and every function is 1: what can be said of a formula before there is a call. */
extern const struct formula_world formula_ones;

/* False when it is no formula, or something in it has no value. */
bool formula_value(const char *text, const struct formula_world *, double *ret);

/* Whether it is a formula, and one that looks at the arguments or the result. */
bool formula_uses_arguments(const char *text);

#endif
