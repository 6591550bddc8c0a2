/* What a filter lets by. */
#include "net/filter_spare.h"

/* Seen from this host: what comes in has the local port as its destination. */
static void add_rules(struct filter_rule *rules, size_t *n, const struct nets *peer,
	const struct ranges *local, const struct ranges *remote)
{
	rules[(*n)++] = (struct filter_rule){ .hook = FILTER_IN,
		.act = FILTER_PASS,
		.source = peer,
		.source_port = remote,
		.destination_port = local };
	rules[(*n)++] = (struct filter_rule){ .hook = FILTER_OUT,
		.act = FILTER_PASS,
		.destination = peer,
		.source_port = local,
		.destination_port = remote };
}

static void add_key(struct filter_spared *s, size_t i, struct filter_rule *rules, size_t *n)
{
	const struct live_key *key = &s->exempts.keys.v[i];
	unsigned port = key->local_port ? key->local_port : key->remote_port;

	s->addresses[i] = live_net(key);
	s->peers[i] = (struct nets){ .v = &s->addresses[i], .n = 1 };
	s->numbers[i] = (struct range){ port, port };
	s->ports[i] = (struct ranges){ .v = &s->numbers[i], .n = 1 };
	if (key->local_port != 0)
		add_rules(rules, n, &s->peers[i], &s->ports[i], NULL);
	else
		add_rules(rules, n, &s->peers[i], NULL, &s->ports[i]);
}

int filter_spare(const struct traffic *asked, pid_t caller, struct filter_spared *ret,
	struct filter_rule rules[static FILTER_SPARE_RULES], size_t *n, struct err *e)
{
	int r = exempts_find(asked, caller, &ret->exempts, e);

	if (r < 0)
		return r;
	if (ret->exempts.keys.n > FILTER_MOST_SPARED) {
		filter_spared_free(ret);
		return err_set(e, ERR_MANY, 0,
			"more than %d connections that are left alone; --include control takes them all",
			FILTER_MOST_SPARED);
	}
	if (ret->exempts.ports.n > 0) {
		add_rules(rules, n, NULL, &ret->exempts.ports, NULL);
		add_rules(rules, n, NULL, NULL, &ret->exempts.ports);
	}
	for (size_t i = 0; i < ret->exempts.keys.n; i++)
		add_key(ret, i, rules, n);
	return 0;
}

void filter_spared_note(const struct filter_spared *s, struct run *run)
{
	if (s->exempts.text.len > 0)
		run_note(run, "left alone: %s", buf_text(&s->exempts.text));
}

void filter_spared_free(struct filter_spared *s)
{
	exempts_free(&s->exempts);
}
