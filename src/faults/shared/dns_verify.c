/* What the target now sees of a DNS fault, and that it sees the rest as before. */
#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "dns/reply.h"
#include "faults/shared/dns_fault.h"
#include "faults/shared/dns_redirect.h"
#include "faults/shared/dns_standing.h"
#include "sys/nft.h"

enum {
	WAIT_MS = 1000, /* for a server that answers */
	DROP_MS = 700,	/* no answer by then is none */
	FEW = 5,
	MANY = 60, /* to see a share of them */
};

static struct {
	struct dns_rules rules;
	struct places places;
	struct dns_standing *v;
	size_t n;
} own;

static const struct rule_spec *const spec = &own.rules.spec;

void dns_standing_clear(void)
{
	dns_rules_done(&own.rules);
	places_free(&own.places);
	free(own.v);
	own.v = NULL;
	own.n = 0;
}

struct dns_rules *dns_standing_rules(void)
{
	return &own.rules;
}

struct places *dns_standing_places(void)
{
	return &own.places;
}

/* --- asking ----------------------------------------------------------------------------------- */

/* Behind apply the group is the fault's, so that what is asked from it is hit. */
static struct dns_probe probe_of(const struct place *p, const char *name)
{
	struct dns_probe probe = { .netns = &p->netns,
		.group = p->n_groups > 0 ? p->groups[0].path : NULL,
		.name = name,
		.type = dns_rules_type(&own.rules),
		.count = 1,
		.wait_ms = WAIT_MS };

	dns_probe_server(p->pid, &probe.server);
	return probe;
}

static int ask_once(const struct place *p, const char *name, bool *ret_answered, struct err *e)
{
	struct dns_probe probe = probe_of(p, name);
	struct dns_seen seen = { 0 };
	int r = dns_probe_run(&probe, &seen, e);

	*ret_answered = seen.answered;
	return r;
}

/* The best of a few: a busy moment before would be taken off what is measured afterwards. */
static int ask_before(struct dns_standing *s, const char *name, struct err *e)
{
	struct dns_probe probe = probe_of(s->place, name);
	struct dns_seen seen[FEW] = { 0 };
	int r;

	probe.count = FEW;
	r = dns_probe_run(&probe, seen, e);
	s->ms = probe.wait_ms;
	for (unsigned i = 0; i < FEW; i++)
		if (seen[i].answered && seen[i].ms < s->ms)
			s->ms = seen[i].ms;
	return r;
}

int dns_standing_add(struct place *place, struct dns_standing **ret, struct err *e)
{
	struct dns_standing *more = realloc(own.v, (own.n + 1) * sizeof(*more)), *s;
	char name[DNS_NAME_MAX + 1];
	int r = 0;

	if (more == NULL)
		return err_set(e, ERR_NOMEM, 0, "places");
	own.v = more;
	s = &more[own.n];
	*s = (struct dns_standing){ .place = place };
	if (dns_rules_example(&own.rules, name, sizeof(name)))
		r = ask_once(place, name, &s->answered, e);
	if (r == 0 && s->answered) /* now the server knows it */
		r = ask_before(s, name, e);
	if (r == 0 && dns_rules_other(&own.rules, name, sizeof(name)))
		r = ask_once(place, name, &s->other_answered, e);
	if (r < 0)
		return r;
	own.n++;
	*ret = s;
	return 0;
}

/* --- judging one answer ----------------------------------------------------------------------- */

static unsigned answers_in(const struct dns_seen *s)
{
	return dns_u16(s->packet + 6);
}

/* The first record is of one of these addresses. */
static bool has_address(const struct dns_seen *s)
{
	struct dns_records records;
	struct dns_record record;

	if (!dns_records_begin(&records, s->packet, s->len) ||
		dns_records_next(&records, &record) != 1 || record.section != 0)
		return false;
	for (size_t i = 0; i < spec->n_maps; i++) {
		for (size_t k = 0; k < spec->maps[i].n_answers; k++) {
			const char *text = spec->maps[i].answers[k];
			uint8_t a[16];
			size_t len = inet_pton(AF_INET, text, a) == 1	 ? 4
				     : inet_pton(AF_INET6, text, a) == 1 ? 16
									 : 0;

			if (len == 0 ? record.type == DNS_CNAME
				     : record.data_len == len &&
						memcmp(s->packet + record.data_at, a, len) == 0)
				return true;
		}
	}
	/* The other version of IP: no data. */
	return false;
}

static bool has_ttl(const struct dns_seen *s, uint32_t ttl)
{
	uint32_t least;

	return dns_reply_least_ttl(s->packet, s->len, &least) && least == ttl;
}

static bool is_answer_hit(const struct dns_seen *s, double before_ms)
{
	unsigned flags = dns_u16(s->packet + 2), answers = answers_in(s);
	bool fine = (flags & DNS_RCODE) == DNS_NOERROR;

	switch (spec->what) {
	case DNS_DO_ERROR:
		return (flags & DNS_RCODE) == spec->rcode && answers == 0;
	case DNS_DO_RANDOM:
		return fine && answers == 1 && has_ttl(s, spec->ttl);
	case DNS_DO_STATIC:
		return fine && (answers == 0 || has_address(s));
	case DNS_DO_TRUNCATE:
		return (flags & DNS_TC) && answers == 0;
	case DNS_DO_TTL:
		return has_ttl(s, spec->ttl);
	default:
		return s->ms - before_ms >= 0.5 * spec->delay_ms;
	}
}

static bool is_hit(const struct dns_seen *s, double before_ms)
{
	if (spec->what == DNS_DO_DROP)
		return !s->answered;
	return s->answered && is_answer_hit(s, before_ms);
}

/* --- all of them ------------------------------------------------------------------------------ */

struct tally {
	unsigned asked, answered, hit;
	double *ms;
};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int ask_place(const struct dns_standing *s, const char *name, struct tally *t, struct err *e)
{
	autofree struct dns_seen *seen = calloc(PROBE_MOST, sizeof(*seen));
	struct dns_probe probe = probe_of(s->place, name);
	int r;

	if (seen == NULL)
		return err_set(e, ERR_NOMEM, 0, "probes");
	probe.count = spec->percent < 100 ? MANY : FEW;
	probe.wait_ms = spec->what == DNS_DO_DROP ? DROP_MS : WAIT_MS + spec->delay_ms;
	r = dns_probe_run(&probe, seen, e);
	for (unsigned i = 0; i < probe.count && r == 0; i++) {
		t->asked++;
		t->hit += is_hit(&seen[i], s->ms);
		if (seen[i].answered)
			t->ms[t->answered++] = seen[i].ms - s->ms;
	}
	return r;
}

static int ask_other(const struct dns_standing *s, struct err *e)
{
	char name[DNS_NAME_MAX + 1];
	bool answered = false;
	int r;

	if (!s->other_answered || !dns_rules_other(&own.rules, name, sizeof(name)))
		return 0;
	r = ask_once(s->place, name, &answered, e);
	if (r == 0 && !answered)
		r = err_set(e, ERR_INEFFECTIVE, 0,
			"`%s`, which is not to be hit, is answered no more", name);
	return r;
}

static const char *others_text(void)
{
	for (size_t i = 0; i < own.n; i++)
		if (own.v[i].other_answered)
			return "; other names are answered as before";
	return own.n > 0 && own.v[0].answered ? "" : "; no server answered before, either";
}

static void judge(const char *name, const struct tally *t, struct effect *ret)
{
	double share = t->asked > 0 ? 100.0 * t->hit / t->asked : 0, p = spec->percent;

	if (spec->what == DNS_DO_DELAY && p >= 100 && t->answered > 0) {
		qsort(t->ms, t->answered, sizeof(*t->ms), by_size);
		effect_judge(ret, "ms", spec->delay_ms, t->ms[t->answered / 2],
			20 + spec->delay_ms / 10.0, "%.40s, median of %u beyond the time before%s",
			name, t->answered, others_text());
		return;
	}
	effect_judge(ret, "percent", p, share,
		p < 100 && t->asked > 0 ? 3 * sqrt(p * (100 - p) / t->asked) : 0,
		"%u of %u probes of %.30s%s", t->hit, t->asked, name, others_text());
}

/* A fault that needs an answer to bite has nothing to show without one. */
static int check_answers(const struct tally *t, struct err *e)
{
	if (t->answered > 0 || (spec->what != DNS_DO_DELAY && spec->what != DNS_DO_TTL))
		return 0;
	return err_set(e, ERR_INEFFECTIVE, 0,
		"the target's name server answers nothing that could be changed");
}

static int verify_once(struct effect *ret, struct err *e)
{
	autofree double *ms = calloc(PROBE_MOST * own.n + 1, sizeof(*ms));
	struct tally tally = { .ms = ms };
	char name[DNS_NAME_MAX + 1];
	int r = ms == NULL ? err_set(e, ERR_NOMEM, 0, "probes") : 0;

	if (r == 0 && !dns_rules_example(&own.rules, name, sizeof(name)))
		return err_set(e, ERR_INVALID, 0, "exclude-patterns leave no name of the patterns");
	for (size_t i = 0; i < own.n && r == 0; i++) {
		r = ask_place(&own.v[i], name, &tally, e);
		if (r == 0)
			r = ask_other(&own.v[i], e);
	}
	if (r == 0)
		r = check_answers(&tally, e);
	if (r == 0)
		judge(name, &tally, ret);
	return r;
}

/* A machine that is busy for a moment answers late, or not in time: then it is asked once more. */
int dns_fault_verify(struct run *run, const struct target *t, const void *args, struct effect *ret,
	struct err *e)
{
	int r = verify_once(ret, e);

	(void)run, (void)t, (void)args;
	if (r == -ERR_INEFFECTIVE || (r == 0 && ret->verdict != EFFECTIVE))
		r = verify_once(ret, e);
	return r;
}
