/* Any text as a pattern, matched with a name of any octets; then the index must say the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/book.h"
#include "dns/pattern.h"

static bool index_says(const char *text, const struct dns_query *q)
{
	struct dns_client any = { .kind = DNS_CLIENT_ANY };
	struct dns_address a = { { 1 } };
	struct rule_spec spec = { .door = "fuzz",
		.name = "x",
		.part = "",
		.clients = &any,
		.n_clients = 1,
		.patterns = &text,
		.n_patterns = 1,
		.what = DNS_DO_DROP,
		.percent = 100 };
	struct book_step step = { .what = BOOK_SET, .spec = &spec };
	static struct book *book;
	static struct book_reader *reader;
	struct decision d;
	bool yes;

	if (!book && (book_open(NULL, &book, NULL) < 0 || book_reader_new(book, &reader, NULL) < 0))
		abort();
	if (book_change(book, &step, 1, NULL, NULL) < 0)
		abort();
	book_enter(reader);
	yes = book_decide(reader, &a, q, false, 0, &d);
	book_leave(reader);
	return yes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, 0, size);
	size_t octets = end ? size - (size_t)(end - data) - 1 : 0;
	struct dns_query q = { .class = DNS_IN, .type = DNS_A };
	uint8_t wire[DNS_NAME_MAX];
	struct pattern p;

	if (!end || pattern_parse((const char *)data, &p, NULL) < 0)
		return 0;
	if (octets > 63) /* one label, or by its own lengths */
		octets = 63;
	wire[0] = (uint8_t)octets;
	memcpy(wire + 1, end + 1, octets);
	wire[octets + 1] = 0;
	if (dns_name_canonical(wire, octets + 2, &q.name) == 0 &&
		dns_name_canonical(end + 1, size - (size_t)(end - data) - 1, &q.name) == 0)
		return 0;
	if (pattern_matches(&p, &q.name) != index_says((const char *)data, &q))
		abort();
	return 0;
}
