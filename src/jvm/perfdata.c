/* hsperfdata: a header of 32 bytes, then entries of name and value. */
#include "jvm/perfdata.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define HEADER_SIZE   32
#define ENTRY_SIZE    20
#define BYTE_ORDER_AT 4	 /* 0: big endian */
#define ENTRIES_AT    28 /* how many */
#define FIRST_AT      24 /* where the first is */

struct perfdata {
	const uint8_t *v;
	size_t len;
	bool big;
};

static uint32_t perfdata_u32(const struct perfdata *d, size_t at)
{
	const uint8_t *b = d->v + at;

	if (d->big)
		return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

/* Behind the entry's head: the name, ended by a NUL, and at its own place the value. */
static bool perfdata_entry_is(const struct perfdata *d, size_t at, size_t length, const char *name)
{
	uint32_t name_at = perfdata_u32(d, at + 4);
	size_t n = strlen(name) + 1;

	return name_at <= length && n <= length - name_at &&
	       memcmp(d->v + at + name_at, name, n) == 0;
}

static int perfdata_value(
	const struct perfdata *d, size_t at, size_t length, char *ret, size_t size, struct err *e)
{
	uint32_t vector = perfdata_u32(d, at + 8), value_at = perfdata_u32(d, at + 16);
	char type = (char)d->v[at + 12];

	if (type != 'B' || value_at > length || vector > length - value_at)
		return err_set(e, ERR_PROTOCOL, 0, "hsperfdata: a value that is no text");
	snprintf(ret, size, "%.*s", (int)vector, (const char *)d->v + at + value_at);
	return 0;
}

int perfdata_text(
	const void *data, size_t len, const char *name, char *ret, size_t size, struct err *e)
{
	static const uint8_t magic[] = { 0xca, 0xfe, 0xc0, 0xc0 };
	struct perfdata d = { data, len, false };
	uint32_t entries;
	size_t at;

	if (len < HEADER_SIZE || memcmp(data, magic, sizeof(magic)) != 0)
		return err_set(e, ERR_PROTOCOL, 0, "hsperfdata: not such a file");
	d.big = d.v[BYTE_ORDER_AT] == 0;
	at = perfdata_u32(&d, FIRST_AT);
	entries = perfdata_u32(&d, ENTRIES_AT);
	for (uint32_t i = 0; i < entries; i++) {
		uint32_t length;

		if (at > len || len - at < ENTRY_SIZE)
			return err_set(e, ERR_PROTOCOL, 0, "hsperfdata: cut off");
		length = perfdata_u32(&d, at);
		if (length < ENTRY_SIZE || length > len - at)
			return err_set(
				e, ERR_PROTOCOL, 0, "hsperfdata: an entry of %u bytes", length);
		if (perfdata_entry_is(&d, at, length, name))
			return perfdata_value(&d, at, length, ret, size, e);
		at += length;
	}
	return err_set(e, ERR_NOTFOUND, 0, "hsperfdata: no %s", name);
}
