/* A rule as it stands in the book: checked, with its own copy of all that it was set with. */
#ifndef DNS_COMPILED_H
#define DNS_COMPILED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/epoch.h"
#include "dns/pattern.h"
#include "dns/rule.h"
#include "dns/table.h"

/* What a static rule answers for one of its patterns. */
struct static_answer {
	uint16_t n_a, n_aaaa;
	uint16_t cname; /* octets of the name, 0: none */
	uint8_t data[]; /* the name, the IPv4 addresses, the IPv6 addresses */
};

struct rule {
	struct rule_spec spec; /* everything it points to is owned; has_seed is always set */
	struct static_answer **answers; /* one a pattern; NULL when it is no static rule */
	uint64_t threshold;		/* a throw of the die below it: yes */
	uint64_t number;		/* in the order of setting */
	int64_t deadline_boot_ms;	/* INT64_MAX: none */
	atomic_ullong asked, applied;
	void *memory; /* of the copies */

	/* the index: visible to readers who stand on from to before until */
	atomic_ullong from, until;
	struct group *group; /* of its clients, NULL: it has none */
	struct link *links;  /* one an entry */
	size_t n_links;
	struct garbage garbage;
	/* the book */
	struct table_item key;	    /* of door, name and part */
	struct named *named;	    /* all of its door and name */
	struct rule *next, **at;    /* in named */
	struct rule *older, *newer; /* of all that stand, in the order of setting */
	struct rule *instead;	    /* of which it was set, in the change that is being made */
	bool doomed;		    /* goes with that change */
	bool replaced;		    /* by another that has its key now */
	size_t heap;		    /* its place among the deadlines, counted from 1; 0: none */
};

/* -ERR_INVALID names the rule and what is wrong with it; its patterns are left to the index. */
int rule_new(const struct rule_spec *spec, struct rule **ret, struct err *e);
void rule_free(struct rule *r); /* NULL allowed */

/* Whether setting spec in place of r would change nothing. */
bool rule_same(const struct rule *r, const struct rule_spec *spec);

size_t rule_patterns(const struct rule_spec *spec); /* at least 1: no patterns are `*` */
const char *rule_pattern(const struct rule_spec *spec, size_t i); /* the i-th */

bool rule_has_type(const struct rule_spec *spec, uint16_t type);

/* Throws the die for one more query. *ret_chance is of this throw. */
bool rule_throw(struct rule *r, uint64_t *ret_chance);

#endif
