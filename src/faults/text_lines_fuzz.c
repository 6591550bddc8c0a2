/* Lines that are put into any text come out of it again, and leave it as it was. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "faults/shared/text_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char lines[] = "nameserver 127.71.1.1\nnameserver 127.71.1.2\n";
	static const char *const words[] = { "nameserver", "", NULL };
	autobuf struct buf text = BUF_INIT(1 << 20), with = BUF_INIT(1 << 20),
			   removed = BUF_INIT(1 << 20), without = BUF_INIT(1 << 20);

	if (size == 0 || memchr(data, '\0', size) != NULL || size > 65536)
		return 0;
	buf_add(&text, data + 1, size - 1);
	lines_add(buf_text(&text), lines, words[data[0] % 3], &with, &removed);
	assert(strstr(buf_text(&with), lines) != NULL);
	assert(lines_take_out(buf_text(&with), lines, buf_text(&removed), &without));
	/* Of all that can differ: an end of line that was missing, name servers that stood apart.
	 */
	assert(without.len >= text.len && without.len <= text.len + 1);
	return 0;
}
