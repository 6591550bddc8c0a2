/* Rules that let by the connections by which the order came (net/traffic/exempt.h). */
#ifndef NET_FILTER_SPARE_H
#define NET_FILTER_SPARE_H

#include "net/filter.h"
#include "net/traffic/exempt.h"

enum { FILTER_SPARE_RULES = 8 };

struct filter_spared {
	struct exempts exempts;
	struct filter_keys keys[2]; /* by the local port, by the remote one */
};

/*
 * Fills rules, which borrow from ret, and adds their number to *n. A port that asked names was not
 * forgotten.
 */
int filter_spare(const struct traffic *asked, pid_t caller, struct filter_spared *ret,
	struct filter_rule rules[static FILTER_SPARE_RULES], size_t *n, struct err *e);
void filter_spared_note(const struct filter_spared *s, struct run *run); /* says it in the reply */
void filter_spared_free(struct filter_spared *s);

#endif
