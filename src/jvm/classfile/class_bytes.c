/* Big-endian bytes with a failure that sticks. */
#include "jvm/classfile/class_bytes.h"

#include <string.h>

const uint8_t *class_skip(struct class_reader *r, size_t n)
{
	const uint8_t *p = r->at;

	if (r->why == NULL && n > (size_t)(r->end - r->at))
		r->why = "class file is cut short";
	if (r->why)
		return NULL;
	r->at += n;
	return p;
}

uint8_t class_read1(struct class_reader *r)
{
	const uint8_t *p = class_skip(r, 1);

	return p ? *p : 0;
}

uint16_t class_read2(struct class_reader *r)
{
	const uint8_t *p = class_skip(r, 2);

	return p ? (uint16_t)class_get2(p) : 0;
}

uint32_t class_read4(struct class_reader *r)
{
	const uint8_t *p = class_skip(r, 4);

	return p ? class_get4(p) : 0;
}

static uint8_t *make_room(struct class_writer *w, size_t n)
{
	size_t room = w->room ? w->room : 256;
	uint8_t *bytes;

	if (w->why)
		return NULL;
	if (n <= w->room - w->size)
		return w->bytes + w->size;
	while (room - w->size < n)
		room *= 2;
	bytes = class_arena_take(w->arena, room);
	if (bytes == NULL) {
		w->why = "class file is too large for the memory set aside";
		return NULL;
	}
	if (w->size)
		memcpy(bytes, w->bytes, w->size);
	w->bytes = bytes;
	w->room = room;
	return w->bytes + w->size;
}

void class_write(struct class_writer *w, const void *from, size_t n)
{
	uint8_t *to = make_room(w, n);

	if (to == NULL || n == 0)
		return;
	memcpy(to, from, n);
	w->size += n;
}

void class_write1(struct class_writer *w, unsigned v)
{
	class_write(w, (uint8_t[]){ (uint8_t)v }, 1);
}

void class_write2(struct class_writer *w, unsigned v)
{
	class_write(w, (uint8_t[]){ (uint8_t)(v >> 8), (uint8_t)v }, 2);
}

void class_write4(struct class_writer *w, uint32_t v)
{
	class_write2(w, v >> 16);
	class_write2(w, v & 0xffff);
}

void class_patch2(struct class_writer *w, size_t at, unsigned v)
{
	if (w->why || at + 2 > w->size)
		return;
	w->bytes[at] = (uint8_t)(v >> 8);
	w->bytes[at + 1] = (uint8_t)v;
}

void class_patch4(struct class_writer *w, size_t at, uint32_t v)
{
	class_patch2(w, at, v >> 16);
	class_patch2(w, at + 2, v & 0xffff);
}
