/* Any octets as a ledger, and as a change in it: refused, or a change that can be made. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/book.h"
#include "dns/ledger.h"
#include "dns/written.h"

static int change(const uint8_t *octets, size_t len, void *ctx, struct err *e)
{
	struct book *book = ctx;
	struct written w;

	if (written_read(octets, len, "boot", &w, e) < 0)
		return 0;
	if (w.n < 100)
		book_change(book, w.steps, w.n, NULL, e);
	written_free(&w);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct book *book;
	struct err e;
	size_t end;

	if (book_open(NULL, &book, &e) < 0)
		abort();
	ledger_scan(data, size, change, book, &end, &e);
	change(data, size, book, &e);
	book_close(book);
	return 0;
}
