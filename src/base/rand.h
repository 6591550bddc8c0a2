/* Randomness: secrets from the kernel, and a seeded generator whose choices can be repeated. */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

void rand_bytes(void *ret, size_t len);	 /* from getrandom(2); aborts when the kernel has none */
void rand_hex(char *ret, size_t digits); /* lower case, digits + 1 bytes written */
void rand_uuid(char ret[static 37]);	 /* version 4, RFC 9562 */

struct rand {
	uint64_t state;
};

struct rand rand_seeded(uint64_t seed);
uint64_t rand_next(struct rand *r);		     /* splitmix64 */
uint64_t rand_below(struct rand *r, uint64_t limit); /* 0 .. limit-1, without bias */
double rand_unit(struct rand *r);		     /* 0 <= x < 1, 53 bits */

#endif
