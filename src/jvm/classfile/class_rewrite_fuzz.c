/* Fuzzes the rewriter: whatever defines a class in a JVM writes what it reads. */
#include <stdlib.h>
#include <string.h>

#include "jvm/classfile/class_helper.h"
#include "jvm/classfile/class_rewrite.h"
#include "jvm/classfile/class_sample.h"

enum { ARENA = 4 << 20, LARGEST = 1 << 16 };

static unsigned kinds;

static unsigned choose(void *ctx, const struct class_method *m, uint16_t *ret_id)
{
	(void)ctx;
	*ret_id = (uint16_t)(m->name.n + m->throws.n);
	return class_method_is(m, "<init>", "()") ? kinds & ~(unsigned)CLASS_ENTRY_RETURN : kinds;
}

/* The input as a class file, or, so that it does not take a corpus to get past the first bytes, as
 * edits of one: the place in two bytes, then the new byte. */
static size_t make_class(uint8_t *class, const uint8_t *data, size_t size)
{
	size_t n, i, at;

	if (size >= 4 && memcmp(data, "\xca\xfe\xba\xbe", 4) == 0) {
		n = size < LARGEST ? size : LARGEST;
		memcpy(class, data, n);
		return n;
	}
	if (size % 2) {
		n = sizeof(class_sample);
		memcpy(class, class_sample, n);
	} else {
		n = class_helper_size;
		memcpy(class, class_helper_bytes, n);
	}
	for (i = 0; i + 3 <= size; i += 3) {
		at = ((size_t)data[i] << 8 | data[i + 1]) % n;
		class[at] = data[i + 2];
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t memory[ARENA] __attribute__((aligned(16)));
	const struct class_plan plan = { .choose = choose };
	struct class_arena arena = { memory, ARENA, 0 };
	struct class_report report;
	const uint8_t *out, *again;
	uint8_t *class;
	size_t n;

	if (size == 0)
		return 0;
	class = malloc(LARGEST);
	if (class == NULL)
		return 0;
	kinds = data[0] & 63;
	n = make_class(class, data + 1, size - 1);
	class = realloc(class, n ? n : 1); /* exactly as large: the sanitizer sees a step too far */
	if (class && class_rewrite(class, n, &plan, &arena, &out, &n, &report) == CLASS_CHANGED)
		class_rewrite(out, n, &plan, &arena, &again, &n, &report); /* hooks on hooks */
	free(class);
	return 0;
}
