/* What the two halves of a filter, its table and its probes, have in common. */
#ifndef NET_FILTER_TABLE_H
#define NET_FILTER_TABLE_H

#include "fault/run.h"
#include "net/filter.h"

enum {
	FILTER_TABLE = 80,
	FILTER_MARK = 0x47a1ffff, /* of probes for the chain in: the chain out passes them */
};

const char *filter_chain(enum filter_hook hook);
void filter_table_name(
	const struct run *run, const struct filter *f, char ret[static FILTER_TABLE]);

#endif
