/* Fuzzes the root helper's reading of an order as if every signature were right. */
#include <stdint.h>
#include <stdlib.h>

#include "agent/node_order.h"
#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct node_ended ended;
	struct words allow = { 0 };
	const struct node_rules rules = {
		.node = "n", .allow = &allow, .now_ms = 100, .ended = &ended
	};
	autowords struct words words = { 0 };
	struct err e;

	if (node_order_words(data, size, &rules, &words, &e) == 0 && words.n < 2)
		abort();
	return 0;
}
