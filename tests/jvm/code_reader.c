/*
 * A native agent that reads the code of a class's methods as the JVM has it now: loaded with the
 * options "CLASS FILE" (CLASS as "java/lang/String"), it puts a line "name descriptor code" for
 * each method into FILE. A JVM may number the constant pool anew when it redefines a class, so an
 * index is written as what stands there.
 */
#include <jvmti.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jvm/classfile/class_code.h"
#include "jvm/classfile/class_pool.h"

static uint8_t memory[1 << 20] __attribute__((aligned(16)));

/*
 * What is behind the tag of each constant: i is an index of the pool, x a byte, and - one of the
 * number of a bootstrap method, which stand outside the pool.
 */
static const char *const bodies[] = { [3] = "xxxx",
	[4] = "xxxx",
	[5] = "xxxxxxxx",
	[6] = "xxxxxxxx",
	[7] = "i",
	[8] = "i",
	[9] = "ii",
	[10] = "ii",
	[11] = "ii",
	[12] = "ii",
	[15] = "xi",
	[16] = "i",
	[17] = "--i",
	[18] = "--i" };

static void write_text(struct class_text text, FILE *out)
{
	for (uint16_t i = 0; i < text.n; i++)
		fprintf(out, text.s[i] > ' ' ? "%c" : "\\%02x", text.s[i]);
}

static void write_constant(const struct class_pool *pool, uint16_t index, FILE *out)
{
	const uint8_t *at = pool->base + pool->at[index];

	write_text(class_pool_utf8(pool, index), out);
	if (*at >= sizeof(bodies) / sizeof(bodies[0]) || !bodies[*at])
		return;
	fprintf(out, "(%d", *at);
	for (const char *body = bodies[*at++]; *body; body++, at++) {
		if (*body == 'x')
			fprintf(out, " %02x", *at);
		if (*body != 'i')
			continue;
		fputc(' ', out);
		write_constant(pool, (uint16_t)class_get2(at++), out);
	}
	fputc(')', out);
}

/* Bytes of the index behind an instruction. */
static uint32_t index_size(uint8_t op)
{
	if (op == 0x12) /* ldc */
		return 1;
	/* ldc_w ldc2_w, getstatic..new, anewarray, checkcast instanceof, multianewarray */
	return op == 0x13 || op == 0x14 || (op >= 0xb2 && op <= 0xbb) || op == 0xbd || op == 0xc0 ||
			       op == 0xc1 || op == 0xc5
		       ? 2
		       : 0;
}

static void write_code(
	const struct class_pool *pool, const uint8_t *bytes, uint32_t size, FILE *out)
{
	static uint8_t marks[CLASS_CODE_MAX + 1];
	struct class_code code = { .bytes = bytes, .size = size, .mark = marks };
	const char *why = class_code_scan(&code);
	uint32_t n = 0;

	if (why)
		fprintf(out, " %s", why);
	for (uint32_t pc = 0; !why && pc < size; pc += 1 + n) {
		n = marks[pc] == CLASS_INSIDE ? 0 : index_size(bytes[pc]);
		fprintf(out, " %02x", bytes[pc]);
		if (n > 0)
			write_constant(pool,
				n == 1 ? bytes[pc + 1] : (uint16_t)class_get2(bytes + pc + 1), out);
	}
}

static void write_method(jvmtiEnv *ti, jmethodID method, const struct class_pool *pool, FILE *out)
{
	char *name, *descriptor;
	unsigned char *code;
	jint n;

	if ((*ti)->GetMethodName(ti, method, &name, &descriptor, NULL) != 0)
		return;
	fprintf(out, "%s %s", name, descriptor);
	if ((*ti)->GetBytecodes(ti, method, &n, &code) == 0 && n > 0)
		write_code(pool, code, (uint32_t)n, out);
	fputc('\n', out);
}

static const char *pool_of(jvmtiEnv *ti, jclass class, struct class_pool *ret)
{
	struct class_arena arena = { memory, sizeof(memory), 0 };
	struct class_reader reader = { 0 };
	unsigned char *constants;
	uint8_t *all;
	jint count, size;

	if ((*ti)->GetConstantPool(ti, class, &count, &size, &constants) != 0)
		return "no constant pool";
	all = class_arena_take(&arena, (size_t)size + 2);
	if (!all)
		return "constant pool is too large";
	all[0] = (uint8_t)(count >> 8);
	all[1] = (uint8_t)count;
	memcpy(all + 2, constants, (size_t)size);
	reader.at = all;
	reader.end = all + 2 + size;
	return class_pool_read(ret, all, &reader, &arena);
}

static void write_class(jvmtiEnv *ti, jclass class, FILE *out)
{
	struct class_pool pool;
	const char *why = pool_of(ti, class, &pool);
	jmethodID *methods;
	jint n;

	if (why)
		fprintf(out, "%s\n", why);
	if (why || (*ti)->GetClassMethods(ti, class, &n, &methods) != 0)
		return;
	for (jint i = 0; i < n; i++)
		write_method(ti, methods[i], &pool, out);
}

JNIEXPORT jint JNICALL Agent_OnAttach(JavaVM *vm, char *options, void *reserved)
{
	jvmtiCapabilities wanted = { .can_get_bytecodes = 1, .can_get_constant_pool = 1 };
	char name[200], path[500], signature[203], *found;
	jvmtiEnv *ti;
	jclass *classes;
	jint n;
	FILE *out;

	(void)reserved;
	if (!options || sscanf(options, "%199s %499s", name, path) != 2 ||
		(*vm)->GetEnv(vm, (void **)&ti, JVMTI_VERSION_1_2) != 0 ||
		(*ti)->AddCapabilities(ti, &wanted) != 0 ||
		(*ti)->GetLoadedClasses(ti, &n, &classes) != 0)
		return 1;
	out = fopen(path, "w");
	snprintf(signature, sizeof(signature), "L%s;", name);
	for (jint i = 0; out && i < n; i++)
		if ((*ti)->GetClassSignature(ti, classes[i], &found, NULL) == 0 &&
			strcmp(found, signature) == 0)
			write_class(ti, classes[i], out);
	if (out)
		fclose(out);
	(*ti)->DisposeEnvironment(ti);
	return 0;
}
