/* Chaos Mesh's door. */
#include "dns/door/mesh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "dns/door/hold.h"
#include "dns/door/mesh.pb-c.h"
#include "dns/door/spec.h"
#include "dns/pattern.h"

/* --- the static action ------------------------------------------------------------------------ */

static int by_domain(const void *a, const void *b)
{
	const Pb__IpDomainMap *x = *(Pb__IpDomainMap *const *)a, *y = *(Pb__IpDomainMap *const *)b;
	int order = strcasecmp(x->domain, y->domain);

	return order != 0 ? order : strcasecmp(x->ip, y->ip);
}

/* The patterns, when there are any, say which of the domains are meant. */
static int chosen(const Pb__SetDNSChaosRequest *in, const char *domain, bool *ret, struct err *e)
{
	uint8_t wire[DNS_NAME_MAX];
	struct dns_name name;
	struct pattern p;
	size_t len = dns_name_wire(domain, wire);
	int r;

	if (len == 0 || dns_name_canonical(wire, len, &name) == 0)
		return err_illegal(e, "ipDomainMaps", domain, "names of domains");
	*ret = in->n_patterns == 0;
	for (size_t i = 0; i < in->n_patterns && !*ret; i++) {
		r = pattern_parse(in->patterns[i], &p, e);
		if (r < 0)
			return r;
		*ret = pattern_matches(&p, &name);
	}
	return 0;
}

static int maps_fill(struct grpc_call *call, const Pb__SetDNSChaosRequest *in,
	struct rule_spec *spec, struct err *e)
{
	const size_t n = in->n_ipdomainmaps;
	struct dns_map *maps = spec_array(call->arena, n, sizeof(*maps), e), *last = NULL;
	const char **answers = spec_array(call->arena, n, sizeof(*answers), e);
	const Pb__IpDomainMap *before = NULL;
	bool wanted;
	int r;

	if (!maps || !answers)
		return -ERR_NOMEM;
	if (n > 0)
		qsort(in->ipdomainmaps, n, sizeof(*in->ipdomainmaps), by_domain);
	for (size_t i = 0; i < n; i++) {
		const Pb__IpDomainMap *map = in->ipdomainmaps[i];
		bool same = before && strcasecmp(before->domain, map->domain) == 0;

		r = chosen(in, map->domain, &wanted, e);
		if (r < 0)
			return r;
		if (!wanted || (same && strcasecmp(before->ip, map->ip) == 0))
			continue;
		*answers = map->ip;
		if (!same) {
			last = &maps[spec->n_maps++];
			*last = (struct dns_map){ map->domain, answers, 0 };
		}
		last->n_answers++;
		answers++;
		before = map;
	}
	spec->maps = maps;
	spec->patterns = NULL;
	spec->n_patterns = 0;
	return spec->n_maps > 0
		       ? 0
		       : err_set(e, ERR_INVALID, 0,
				 "ipDomainMaps: the action static needs one whose domain the patterns fit");
}

/* --- Set -------------------------------------------------------------------------------------- */

static int action_fill(const Pb__SetDNSChaosRequest *in, struct rule_spec *spec, struct err *e)
{
	static const char *const actions[] = { "error", "random", "static" };

	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (str_eq(in->action, actions[i]))
			return rule_action_parse(in->action, spec, e);
	return err_illegal(e, "action", in->action, "error, random, static");
}

static int spec_fill(struct grpc_call *call, const Pb__SetDNSChaosRequest *in,
	struct rule_spec *ret, struct err *e)
{
	const struct mesh *m = call->ctx;
	int r;

	if (str_empty(in->name))
		return err_missing(e, "name");
	if (in->n_pods == 0)
		return err_missing(e, "pods");
	if (!str_empty(in->scope) && !str_eq(in->scope, "all"))
		return err_illegal(e, "scope", in->scope, "all");
	*ret = (struct rule_spec){
		.door = MESH_DOOR,
		.name = in->name,
		.n_clients = 1,
		.patterns = (const char *const *)in->patterns,
		.n_patterns = in->n_patterns,
		.percent = 100,
		.deadline_wall_ms = m->deadline_ms > 0 ? clock_wall_ms() + m->deadline_ms : 0,
	};
	r = action_fill(in, ret, e);
	return r < 0 || ret->what != DNS_DO_STATIC ? r : maps_fill(call, in, ret, e);
}

/* The pod as a client; its name is the part of the experiment. */
static int pod_fill(
	struct grpc_call *call, const Pb__Pod *pod, struct dns_client *ret, struct err *e)
{
	const struct mesh *m = call->ctx;
	size_t size = strlen(pod->namespace_) + strlen(pod->name) + 2;
	char *text = spec_array(call->arena, size, 1, e);
	int r;

	if (!text)
		return -ERR_NOMEM;
	snprintf(text, size, "%s/%s", pod->namespace_, pod->name);
	r = dns_client_parse(text, ret, e);
	if (r == 0 && ret->kind != DNS_CLIENT_POD)
		r = err_illegal(e, "pods", text, "namespace and name of a pod");
	if (r == 0 && book_pod_state(m->book, text) == BOOK_POD_UNKNOWN)
		r = err_set(e, ERR_NOTFOUND, 0, "nobody has told of a pod %s", text);
	return r;
}

static int answer(struct grpc_call *call, struct err *e)
{
	Pb__DNSChaosResponse out = PB__DNSCHAOS_RESPONSE__INIT;

	out.result = true;
	return grpc_reply(call, &out.base, e);
}

static int mesh_set(struct grpc_call *call, const ProtobufCMessage *message, struct err *e)
{
	const Pb__SetDNSChaosRequest *in = (const Pb__SetDNSChaosRequest *)message;
	struct book_step *steps = spec_array(call->arena, in->n_pods, sizeof(*steps), e);
	struct rule_spec *specs = spec_array(call->arena, in->n_pods, sizeof(*specs), e);
	struct dns_client *clients = spec_array(call->arena, in->n_pods, sizeof(*clients), e);
	const struct mesh *m = call->ctx;
	struct rule_spec spec;
	int r;

	if (!steps || !specs || !clients)
		return -ERR_NOMEM;
	r = spec_fill(call, in, &spec, e);
	for (size_t i = 0; i < in->n_pods && r == 0; i++) {
		r = pod_fill(call, in->pods[i], &clients[i], e);
		specs[i] = spec;
		specs[i].clients = &clients[i];
		specs[i].part = clients[i].pod;
		steps[i] = (struct book_step){ .what = BOOK_SET, .spec = &specs[i] };
	}
	if (r == 0)
		r = book_change_held(call, m->book, steps, in->n_pods, e);
	return r < 0 ? r : answer(call, e);
}

/* --- Cancel ----------------------------------------------------------------------------------- */

static int mesh_cancel(struct grpc_call *call, const ProtobufCMessage *message, struct err *e)
{
	const Pb__CancelDNSChaosRequest *in = (const Pb__CancelDNSChaosRequest *)message;
	const struct mesh *m = call->ctx;
	const struct book_step step = { .what = BOOK_CANCEL, .door = MESH_DOOR, .name = in->name };
	int r;

	if (str_empty(in->name))
		return err_missing(e, "name");
	r = book_change_held(call, m->book, &step, 1, e);
	return r < 0 ? r : answer(call, e);
}

const struct grpc_method mesh_methods[] = {
	{ "/pb.DNS/SetDNSChaos", &pb__set_dnschaos_request__descriptor, mesh_set },
	{ "/pb.DNS/CancelDNSChaos", &pb__cancel_dnschaos_request__descriptor, mesh_cancel },
	{ "/chaos_dns.DNS/SetDNSChaos", &pb__set_dnschaos_request__descriptor, mesh_set },
	{ "/chaos_dns.DNS/CancelDNSChaos", &pb__cancel_dnschaos_request__descriptor, mesh_cancel },
	{ 0 },
};
