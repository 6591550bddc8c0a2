/* Fuzzes the reading of journals, up to what would be reverted. */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault/journal.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal *j = NULL;
	struct err e;

	if (journal_new("state", "uid", &j, &e) < 0)
		return 0;
	j->fd = memfd_create("journal", MFD_CLOEXEC);
	if (fd_write_all(j->fd, data, size, &e) == 0 && journal_read(j, &e) == 0) {
		size_t n = json_array_size(j->lines);
		autofree bool *reverted = calloc(n + 1, sizeof(*reverted));

		journal_mark(j, reverted);
		for (size_t i = 0; i < n; i++)
			process_from(json_object_get(json_array_get(j->lines, i), "worker"));
	}
	journal_close(j);
	return 0;
}
