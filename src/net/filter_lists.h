/*
 * Lists of addresses of a filter's rules that may have host names, which are looked up again while
 * the filter stands.
 */
#ifndef NET_FILTER_LISTS_H
#define NET_FILTER_LISTS_H

#include "net/filter.h"

enum { FILTER_MOST_LISTS = 2 };

struct filter_lists {
	const struct nets *asked[FILTER_MOST_LISTS]; /* NULL: none; borrowed */
	struct nets now[FILTER_MOST_LISTS]; /* blocks and addresses: what the rules borrow */
};

/* Fills now, and has the filter follow the names. Owned: filter_lists_free. */
int filter_lists_find(struct filter_lists *l, struct filter *f, struct err *e);
void filter_lists_free(struct filter_lists *l);

#endif
