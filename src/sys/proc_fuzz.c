/* Fuzzes what is read from /proc: names of processes hold any byte. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sys/proc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct proc_stat st;

	proc_stat_parse(text, &st, NULL);
	free(text);
	return 0;
}
