/* The rules of a DNS fault: its parameters as the library takes them. */
#ifndef FAULTS_SHARED_DNS_RULES_H
#define FAULTS_SHARED_DNS_RULES_H

#include "base/str.h"
#include "dns/addr.h"
#include "dns/book.h"
#include "dns/pattern.h"
#include "faults/shared/dns_fault.h"

struct dns_rules {
	struct words patterns, spared_texts, types, mapped;
	struct pattern *spared;
	size_t n_spared;
	struct addrs servers; /* who answer; none: the rules */
	struct rule_spec spec;
	const char **pattern_texts;
	struct dns_map *maps;
	const char **answers; /* of all maps, one behind the other */
};

/* Parses; errors name the parameter. ret is in place (it points into itself): dns_rules_done. */
int dns_rules_init(struct dns_rules *ret, const struct dns_args *a, struct err *e);
void dns_rules_done(struct dns_rules *r);

/* A book of them. deadline_ms: CLOCK_BOOTTIME, 0: never. */
int dns_rules_book(
	struct dns_rules *r, uint64_t seed, int64_t deadline_ms, struct book **ret, struct err *e);

/* "SERVFAIL", "a delay of 200 ms": what happens, for a plan. */
void dns_rules_text(const struct dns_rules *r, const struct dns_args *a, char *ret, size_t size);

/* A name that the rules are for, as text; false: none could be made. And one that they are not. */
bool dns_rules_example(const struct dns_rules *r, char *ret, size_t size);
bool dns_rules_other(const struct dns_rules *r, char *ret, size_t size);
uint16_t dns_rules_type(const struct dns_rules *r); /* one that they are for */

#endif
