/* What the parts of a filter, its table, its probes and its needs, have in common. */
#ifndef NET_FILTER_TABLE_H
#define NET_FILTER_TABLE_H

#include "base/buf.h"
#include "fault/run.h"
#include "net/filter.h"

enum {
	FILTER_TABLE = 80,
	FILTER_MARK = 0x47a1ffff, /* of probes for the chain in: the chain out passes them */
	FILTER_OUT_MARK = 0x47a1fffe,
};

uint32_t filter_mark(enum filter_hook hook);		 /* of probes for a chain */
void filter_match_text(struct buf *b, const char *text); /* NULL: any */
const char *filter_chain(enum filter_hook hook);
void filter_table_name(
	const struct run *run, const struct filter *f, char ret[static FILTER_TABLE]);

#endif
