/* Codes of faults, of preparations, and of what takes them back. */
#include "box/catalogue/code.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define INSTALL "install"

bool code_is_prepare(const char *code)
{
	const char *dot = strrchr(code, '.');

	return dot != NULL && str_eq(dot + 1, INSTALL);
}

bool code_is_k8s(const char *code, bool *ret_nodes)
{
	*ret_nodes = str_starts(code, "chaos.node-");
	return *ret_nodes || str_starts(code, "chaos.pod-") || str_starts(code, "chaos.container-");
}

void code_recovery(const char *code, char ret[static CODE_MAX])
{
	size_t len = strlen(code);

	if (code_is_prepare(code))
		snprintf(ret, CODE_MAX, "%.*sun" INSTALL, (int)(len - strlen(INSTALL)), code);
	else
		snprintf(ret, CODE_MAX, "%s.stop", code);
}

bool code_takes_back(const char *recovery, const char *code)
{
	char wanted[CODE_MAX];

	code_recovery(code, wanted);
	return str_eq(recovery, wanted);
}
