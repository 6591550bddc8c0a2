/* Randomness. */
#include "base/rand.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void rand_bytes(void *ret, size_t len)
{
	uint8_t *at = ret;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0)
			abort();
		at += n;
		len -= (size_t)n;
	}
}

void rand_hex(char *ret, size_t digits)
{
	rand_bytes(ret, digits);
	for (size_t i = 0; i < digits; i++)
		ret[i] = "0123456789abcdef"[ret[i] & 15];
	ret[digits] = '\0';
}

void rand_uuid(char ret[static 37])
{
	uint8_t b[16];
	int at = 0;

	rand_bytes(b, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	for (int i = 0; i < 16; i++)
		at += snprintf(ret + at, 37 - (size_t)at,
			i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
}

struct rand rand_seeded(uint64_t seed)
{
	return (struct rand){ seed };
}

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014). */
uint64_t rand_next(struct rand *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint64_t rand_below(struct rand *r, uint64_t limit)
{
	uint64_t reject = -limit % limit, x;

	do
		x = rand_next(r);
	while (x < reject);
	return x % limit;
}

double rand_unit(struct rand *r)
{
	return (double)(rand_next(r) >> 11) * 0x1p-53;
}
