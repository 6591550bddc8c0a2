/* The list of all faults, made by the build from the names of the files in src/faults/. */
#include "fault/fault.h"

#define X(name) extern const struct fault fault_##name;
#include "fault_list.h"
#undef X

static const struct fault *const faults[] = {
#define X(name) &fault_##name,
#include "fault_list.h"
#undef X
	NULL,
};

const struct fault *const *fault_list(void)
{
	return faults;
}
