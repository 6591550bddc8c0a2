/* The netlink reader: walks any bytes as messages and nested attributes. */
#include "sys/netlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct nl_view v, int depth)
{
	struct nl_attr a;
	char text[16];

	while (nl_next_attr(&v, &a)) {
		nl_text(&a, text, sizeof(text));
		nl_u32(&a);
		nl_be64(&a);
		if (depth > 0)
			walk(a.body, depth - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nl_view v = { data, size };
	struct nl_message m;

	while (nl_next_message(&v, &m))
		walk(m.body, 3);
	return 0;
}
