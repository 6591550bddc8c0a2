/* What is kept comes back as it is due, and memory stays what it was. */
#include "dns/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dns/wire.h"

#define NOW 1000000

struct answer {
	uint8_t packet[600];
	size_t question, len;
};

/* An answer to name with one A record whose TTL is 60, and so many octets of TXT behind it. */
static struct answer answer_of(const char *name, uint8_t last, size_t more)
{
	struct answer a = { .packet = { 0, 0, 0x81, 0x80, 0, 1, 0, 1 } };
	uint8_t *at = a.packet + DNS_HEADER;

	at += dns_name_wire(name, at);
	memcpy(at, "\0\1\0\1", 4);
	at += 4;
	a.question = (size_t)(at - a.packet) - DNS_HEADER;
	memcpy(at, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0", 15);
	at[15] = last;
	at += 16;
	if (more) {
		a.packet[7] = 2;
		memcpy(at, "\xc0\x0c\0\x10\0\1\0\0\0\x3c", 10);
		dns_set_u16(at + 10, (uint16_t)more);
		at += 12 + more;
	}
	a.len = (size_t)(at - a.packet);
	return a;
}

static struct cache_key key_of(const struct answer *a, uint8_t flags)
{
	return (struct cache_key){ a->packet + DNS_HEADER, a->question, flags };
}

static void test_case_and_time(void **state)
{
	struct answer a = answer_of("www.example.com", 7, 0),
		      asked = answer_of("wWw.eXample.com", 0, 0);
	struct cache *c = cache_new(1 << 16);
	struct cache_key key = key_of(&a, 1), other = key_of(&asked, 1),
			 flagged = key_of(&asked, 3);
	uint8_t out[600];

	(void)state;
	assert_non_null(c);
	assert_int_equal(cache_get(c, &key, out, sizeof(out), NOW), 0);
	cache_put(c, &key, a.packet, a.len, NOW, NOW + 60000);
	assert_int_equal(cache_get(c, &flagged, out, sizeof(out), NOW), 0);
	assert_int_equal(cache_get(c, &other, out, sizeof(out), NOW + 20999), a.len);
	assert_memory_equal(out + DNS_HEADER, asked.packet + DNS_HEADER, asked.question);
	assert_int_equal(dns_u32(out + DNS_HEADER + a.question + 6), 40);
	assert_int_equal(out[a.len - 1], 7);
	assert_int_equal(cache_get(c, &key, out, sizeof(out), NOW + 60000), 0);
	cache_put(c, &flagged, a.packet, a.len, NOW, NOW);
	assert_int_equal(cache_get(c, &flagged, out, sizeof(out), NOW), 0);
	cache_free(c);
}

static void test_type_is_exact(void **state)
{
	struct answer a = answer_of("a.example", 1, 0), b = a;
	struct cache *c = cache_new(1 << 16);
	struct cache_key key = key_of(&a, 0), other = key_of(&b, 0);
	uint8_t out[600];

	(void)state;
	a.packet[DNS_HEADER + a.question - 3] = 'A'; /* type 65 */
	b.packet[DNS_HEADER + a.question - 3] = 'a'; /* type 97 */
	cache_put(c, &key, a.packet, a.len, NOW, NOW + 1000);
	assert_int_equal(cache_get(c, &other, out, sizeof(out), NOW), 0);
	assert_int_equal(cache_get(c, &key, out, sizeof(out), NOW), a.len);
	cache_free(c);
}

static void test_too_long_for_the_client(void **state)
{
	struct answer a = answer_of("long.example", 1, 500);
	struct cache *c = cache_new(1 << 16);
	struct cache_key key = key_of(&a, 0);
	uint8_t out[512];

	(void)state;
	cache_put(c, &key, a.packet, a.len, NOW, NOW + 1000);
	assert_int_equal(cache_get(c, &key, out, sizeof(out), NOW), a.len);
	assert_memory_equal(out, a.packet, sizeof(out));
	cache_free(c);
}

static struct answer numbered(int i)
{
	char name[64];

	snprintf(name, sizeof(name), "n%d.example", i);
	return answer_of(name, (uint8_t)i, (size_t)i % 97);
}

/* A hundred times more than fits: what is found is right, and the newest are there. */
static void test_full(void **state)
{
	enum { SIZE = 1 << 16, PUT = 60000 };
	struct cache *c = cache_new(SIZE);
	unsigned found = 0;
	uint8_t out[600];

	(void)state;
	for (int i = 0; i < PUT; i++) {
		struct answer a = numbered(i);
		struct cache_key key = key_of(&a, 0);

		cache_put(c, &key, a.packet, a.len, NOW, NOW + 1000);
		assert_int_equal(cache_get(c, &key, out, sizeof(out), NOW), a.len);
		assert_memory_equal(out, a.packet, a.len);
	}
	assert_true(cache_used(c) <= SIZE);
	for (int i = 0; i < PUT; i++) {
		struct answer a = numbered(i);
		struct cache_key key = key_of(&a, 0);

		if (!cache_get(c, &key, out, sizeof(out), NOW))
			continue;
		assert_memory_equal(out, a.packet, a.len);
		assert_true(i > PUT - SIZE / 64);
		found++;
	}
	assert_in_range(found, 100, SIZE / 64);
	cache_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_case_and_time),
		cmocka_unit_test(test_type_is_exact),
		cmocka_unit_test(test_too_long_for_the_client),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
