/*
 * class_tool KINDS IN OUT: copies the class files below the directory IN to OUT (which has the same
 * directories), with every method hooked. Prints "number class.method descriptor" for each, and to
 * stderr what was refused. KINDS: the union of enum class_kind; a constructor is not forced to
 * return.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jvm/classfile/class_rewrite.h"

enum { LARGEST = 1 << 22, ARENA = 8 * LARGEST };

static const char *from_dir, *to_dir;
static unsigned kinds, number;

static unsigned choose(void *ctx, const struct class_method *m, uint16_t *ret_id)
{
	(void)ctx;
	*ret_id = (uint16_t)(number++ % (CLASS_HOOK_MAX + 1));
	if (m->access & (CLASS_NATIVE | CLASS_ABSTRACT))
		return 0;
	if ((kinds & CLASS_ENTRY_RETURN) && class_text_is(m->name, "<init>"))
		return (kinds & ~(unsigned)CLASS_ENTRY_RETURN) | CLASS_ENTRY;
	return kinds;
}

static void outcome(void *ctx, const struct class_method *m, uint16_t id, const char *why)
{
	const char *path = ctx;

	fprintf(why ? stderr : stdout, "%u %.*s.%.*s %.*s%s%s\n", id, (int)strlen(path) - 6, path,
		m->name.n, (const char *)m->name.s, m->descriptor.n, (const char *)m->descriptor.s,
		why ? ": " : "", why ? why : "");
}

static size_t load(const char *path, uint8_t *to)
{
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(to, 1, LARGEST, f) : 0;

	if (f)
		fclose(f);
	return n;
}

static int hook_file(const char *path, const struct stat *st, int type, struct FTW *where)
{
	static uint8_t in[LARGEST], memory[ARENA] __attribute__((aligned(16)));
	struct class_plan plan = { .choose = choose, .outcome = outcome };
	struct class_arena arena = { memory, ARENA, 0 };
	const char *name = path + strlen(from_dir) + 1, *dot = strrchr(path, '.');
	struct class_report report;
	const uint8_t *out = in;
	char to[4096];
	size_t n;
	FILE *f;

	(void)st, (void)where;
	if (type != FTW_F || dot == NULL || strcmp(dot, ".class") != 0)
		return 0;
	plan.ctx = (void *)name;
	n = load(path, in);
	if (class_rewrite(in, n, &plan, &arena, &out, &n, &report) == CLASS_BAD) {
		fprintf(stderr, "%s: %s\n", name, report.why);
		return 1;
	}
	snprintf(to, sizeof(to), "%s/%s", to_dir, name);
	f = fopen(to, "wb");
	if (f == NULL || fwrite(out, 1, n, f) != n || fclose(f) != 0) {
		perror(to);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: class_tool KINDS IN OUT\n");
		return 2;
	}
	kinds = (unsigned)strtoul(argv[1], NULL, 0);
	from_dir = argv[2];
	to_dir = argv[3];
	return nftw(from_dir, hook_file, 16, FTW_PHYS) != 0;
}
