/* The body of an HTTP/1.1 answer: in chunks, of a given length, or up to the connection's end. */
#ifndef KUBE_CHUNK_H
#define KUBE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chunk {
	bool over;
	bool chunked, to_the_end;
	bool closes;   /* the connection ends with this answer, or something is wrong with it */
	uint64_t left; /* octets of the body, or of this chunk */
	enum { CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_DATA, CHUNK_DATA_END, CHUNK_TRAILER } state;
	unsigned digits; /* of the size */
	bool blank;	 /* so far nothing in this line of the trailer */
};

/* head: the answer's, without the blank line. false: it is none. */
bool chunk_begin(struct chunk *c, const char *head, int *ret_status);
/* Leaves of the n octets at data those that are body, at its beginning. false: malformed. */
bool chunk_take(struct chunk *c, char *data, size_t n, size_t *ret_own);
/* The connection may end here. */
bool chunk_may_end(const struct chunk *c);
/* The body is there, and another answer may come on the connection. */
bool chunk_leaves_open(const struct chunk *c);

#endif
