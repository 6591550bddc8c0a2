/* A growable byte buffer with a maximum and a sticky failure: append many times, check once. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* always ends with a NUL behind len bytes, or NULL while empty */
	size_t len, cap, max;
	bool failed; /* an append did not fit, or no memory: nothing was appended since */
};

#define BUF_INIT(maximum) ((struct buf){ .max = (maximum) })

void buf_free(struct buf *b);  /* leaves an empty buffer of the same maximum */
void buf_reset(struct buf *b); /* length 0, failure forgotten, memory kept */

void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *text);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The text so far, "" when empty. Borrowed until the next append. */
const char *buf_text(const struct buf *b);
/* The text as malloc'ed memory that the caller frees; NULL after a failure. The buffer is empty
 * then. */
char *buf_take(struct buf *b);

#define autobuf __attribute__((cleanup(buf_free)))

#endif
