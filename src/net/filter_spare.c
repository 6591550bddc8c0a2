/* What a filter lets by. */
#include "net/filter_spare.h"

#include "base/cleanup.h"

static const enum filter_hook hooks[] = { FILTER_IN, FILTER_OUT };

/* Of what comes in the source is the peer. */
static void pass_ports(struct filter_rule *rules, size_t *n, const struct ranges *ports)
{
	for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
		rules[(*n)++] = (struct filter_rule){
			.hook = hooks[i], .act = FILTER_PASS, .source_port = ports
		};
		rules[(*n)++] = (struct filter_rule){
			.hook = hooks[i], .act = FILTER_PASS, .destination_port = ports
		};
	}
}

static void pass_keys(struct filter_rule *rules, size_t *n, const struct filter_keys *keys)
{
	for (size_t i = 0; i < ARRAY_LEN(hooks) && keys->keys.n > 0; i++)
		rules[(*n)++] = (struct filter_rule){
			.hook = hooks[i], .act = FILTER_PASS, .keys = keys
		};
}

int filter_spare(const struct traffic *asked, pid_t caller, struct filter_spared *ret,
	struct filter_rule rules[static FILTER_SPARE_RULES], size_t *n, struct err *e)
{
	const struct live_keys *all = &ret->exempts.keys;
	int r = exempts_find(asked, caller, &ret->exempts, e);

	ret->keys[0].of = FILTER_LOCAL | FILTER_PEER;
	ret->keys[1].of = FILTER_REMOTE | FILTER_PEER;
	for (size_t i = 0; r == 0 && i < all->n; i++)
		r = live_keys_add(&ret->keys[all->v[i].local_port == 0].keys, &all->v[i], e);
	if (r < 0) {
		filter_spared_free(ret);
		return r;
	}
	if (ret->exempts.ports.n > 0)
		pass_ports(rules, n, &ret->exempts.ports);
	for (size_t i = 0; i < ARRAY_LEN(ret->keys); i++)
		pass_keys(rules, n, &ret->keys[i]);
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
	for (size_t i = 0; i < ARRAY_LEN(s->keys); i++)
		live_keys_free(&s->keys[i].keys);
}
