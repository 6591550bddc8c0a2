/* The list of all faults, made by the build from the names of the files in src/faults/. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "fault/fault.h"

#define MOST_FAULTS 256

#define X(name)	    extern const struct fault fault_##name;
#define TABLE(name) const struct fault *fault_table_##name(void);
#include "fault_list.h"
#undef X
#undef TABLE

#define X(name) &fault_##name,
#define TABLE(name)
static const struct fault *const constants[] = {
#include "fault_list.h"
	NULL,
};
#undef X
#undef TABLE

static const struct fault *faults[MOST_FAULTS + 1];
static size_t faults_n;
static once_flag faults_once = ONCE_FLAG_INIT;

static void faults_add(const struct fault *f)
{
	assert(faults_n < MOST_FAULTS);
	faults[faults_n++] = f;
}

static int faults_order(const void *a, const void *b)
{
	const struct fault *x = *(const struct fault *const *)a;
	const struct fault *y = *(const struct fault *const *)b;
	int r = strcmp(x->target, y->target);

	return r ? r : strcmp(x->action, y->action);
}

static void faults_gather(void)
{
	for (const struct fault *const *f = constants; *f; f++)
		faults_add(*f);
#define X(name)
#define TABLE(name)                                                                                \
	for (const struct fault *row = fault_table_##name(); row->target; row++)                   \
		faults_add(row);
#include "fault_list.h"
#undef X
#undef TABLE
	qsort(faults, faults_n, sizeof(*faults), faults_order);
}

const struct fault *const *fault_constants(void)
{
	return constants;
}

const struct fault *const *fault_list(void)
{
	call_once(&faults_once, faults_gather);
	return faults;
}
