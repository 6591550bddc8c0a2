/* What an order must look like before root runs it. */
#include "agent/order.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/rand.h"

#define MOST_WORDS 256
#define MOST_NAME  64

static const struct verb {
	const char *name, *alias;
	size_t least, most; /* names behind the verb */
} verbs[] = {
	{ "create", "c", 2, 3 },
	{ "destroy", "d", 0, 3 },
	{ "prepare", "p", 1, 1 },
	{ "revoke", "r", 1, 1 },
	{ "status", "s", 0, 1 },
	{ "query", "q", 1, 3 },
	{ "check", "k", 0, 4 },
	{ "version", "v", 0, 0 },
	{ "recover", "recover", 0, 0 },
};

/*
 * Where the engine keeps things, whom it calls and which cluster is meant is the host's business.
 * async is taken out by the network side.
 */
static const char *const kept_flags[] = { "state", "run", "config", "flood-allow", "endpoint",
	"nohup", "async", "a", "e", "n", "debug", "kubeconfig", "kubectl-proxy", "token", "k" };

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (str_eq(verbs[i].name, name) || str_eq(verbs[i].alias, name))
			return &verbs[i];
	}
	return NULL;
}

static bool name_good(const char *text, size_t len)
{
	if (len == 0 || len > MOST_NAME || !isalnum((unsigned char)text[0]))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i]))
			return false;
	}
	return true;
}

/* One flag as it stands in the words: "--name=value", or "--name" and perhaps a value behind. */
struct flag {
	const char *name, *value; /* value NULL: none */
	size_t len;		  /* of the name */
	size_t words;		  /* 1 or 2 */
};

static bool flag_is(const struct flag *f, const char *name)
{
	return strlen(name) == f->len && memcmp(f->name, name, f->len) == 0;
}

/* A dash and a digit is a value ("-5"); a dash and anything else is a flag. */
static bool is_value(const char *word)
{
	return word && (word[0] != '-' || isdigit((unsigned char)word[1]));
}

static int flag_read(char *const *at, struct flag *ret, struct err *e)
{
	const char *name = str_starts(at[0], "--") ? at[0] + 2 : "";
	size_t len = strcspn(name, "=");
	bool value_behind = !name[len] && is_value(at[1]);

	if (!name_good(name, len))
		return err_set(e, ERR_INVALID, 0, "`%.60s` is not a flag", at[0]);
	*ret = (struct flag){ name,
		name[len]      ? name + len + 1
		: value_behind ? at[1]
			       : NULL,
		len, value_behind ? 2 : 1 };
	return 0;
}

static int timeout_check(const char *value, struct err *e)
{
	long long ms = 0;
	int r = 0;

	if (!value)
		return err_missing(e, "timeout");
	if (!str_eq(value, "never"))
		r = str_to_duration(value, &ms, e);
	if (r == 0 && ms == 0)
		return err_set(e, ERR_DENIED, 0,
			"an order of the console needs a deadline: not `--timeout %.20s`", value);
	return r;
}

static int flags_check(char *const *at, bool *ret_timeout, struct err *e)
{
	bool timeout = false;
	struct flag f;
	int r;

	for (; *at; at += f.words) {
		r = flag_read(at, &f, e);
		if (r < 0)
			return r;
		for (size_t i = 0; i < ARRAY_LEN(kept_flags); i++) {
			if (flag_is(&f, kept_flags[i]))
				return err_set(e, ERR_DENIED, 0,
					"--%s is not taken from the console", kept_flags[i]);
		}
		if (flag_is(&f, "timeout")) {
			r = timeout_check(f.value, e);
			if (r < 0)
				return r;
			timeout = true;
		}
	}
	*ret_timeout = timeout;
	return 0;
}

/* "network" covers "network" and "network.delay". */
static bool covers(const char *whole, const char *part)
{
	size_t len = strlen(whole);

	return strncmp(whole, part, len) == 0 && (part[len] == '.' || part[len] == '\0');
}

/* A target may be made ready when at least one of its faults is allowed. */
static int allow_check(const struct words *allow, const struct verb *verb, char *const *names,
	size_t n, struct err *e)
{
	autobuf struct buf fault = BUF_INIT(4 * MOST_NAME);
	bool prepare = str_eq(verb->name, "prepare"), cluster = str_eq(names[0], "k8s");
	const char *dash = cluster && n > 1 ? strchr(names[1], '-') : NULL;

	if (!prepare && !str_eq(verb->name, "create"))
		return 0;
	/* "k8s pod-network delay" is the fault network.delay */
	for (size_t i = cluster; i < n; i++)
		buf_fmt(&fault, "%s%s", i > cluster ? "." : "",
			dash && i == 1 ? dash + 1 : names[i]);
	for (size_t i = 0; i < allow->n; i++) {
		if (covers(allow->v[i], buf_text(&fault)) ||
			(prepare && covers(buf_text(&fault), allow->v[i])))
			return 0;
	}
	if (allow->n == 0)
		return 0;
	return err_set(e, ERR_DENIED, 0, "%s is not among the faults that this host allows",
		buf_text(&fault));
}

static int names_check(const struct verb *verb, char *const *names, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!name_good(names[i], strlen(names[i])))
			return err_set(e, ERR_INVALID, 0, "`%.60s` is not a name", names[i]);
	}
	if (n < verb->least || n > verb->most)
		return err_set(e, ERR_INVALID, 0, "%s takes %zu to %zu names, not %zu", verb->name,
			verb->least, verb->most, n);
	return 0;
}

/* The words that only a cluster's agent takes, and those that it does not take. */
static int place_check(
	enum order_place place, const struct verb *verb, const struct words *given, struct err *e)
{
	static const char *const of_clusters[] = { "create", "query" };
	static const char *const of_hosts[] = { "prepare", "revoke", "check" };
	bool k8s = given->n > 1 && str_eq(given->v[1], "k8s");
	bool wrong = place == ORDER_HOST && k8s;

	for (size_t i = 0; i < ARRAY_LEN(of_clusters) && place == ORDER_CLUSTER; i++)
		wrong |= !k8s && str_eq(verb->name, of_clusters[i]);
	for (size_t i = 0; i < ARRAY_LEN(of_hosts) && place == ORDER_CLUSTER; i++)
		wrong |= str_eq(verb->name, of_hosts[i]);
	for (size_t i = 1; i < given->n && str_eq(verb->name, "destroy"); i++)
		wrong |= place == ORDER_HOST && (str_eq(given->v[i], "k8s") || /* behind a switch */
							str_eq(given->v[i], "--target") ||
							str_starts(given->v[i], "--target="));
	if (!wrong)
		return 0;
	return err_set(e, ERR_UNSUPPORTED, 0,
		place == ORDER_HOST
			? "`%s`: this agent is a host's: it reaches no cluster"
			: "`%s`: this agent is a cluster's: it takes create k8s, query k8s and destroy",
		verb->name);
}

#define LEAST_WAITING_MS 10000 /* as agents of 1.1.1 look for what came of it */
#define MOST_WAITING_MS	 50000 /* a job has a minute */

/* What is put behind the words of an order to a cluster: there, the last flag of a name counts. */
static int cluster_words(const struct verb *verb, struct words *order, struct err *e)
{
	long long waiting_ms = LEAST_WAITING_MS, given_ms;
	char flag[64];
	struct flag f;

	for (size_t i = 1; i < order->n; i++) {
		if (order->v[i][0] == '-' && flag_read(order->v + i, &f, NULL) == 0 &&
			flag_is(&f, "waiting-time") && f.value &&
			str_to_duration(f.value, &given_ms, NULL) == 0)
			waiting_ms = given_ms < LEAST_WAITING_MS  ? LEAST_WAITING_MS
				     : given_ms > MOST_WAITING_MS ? MOST_WAITING_MS
								  : given_ms;
	}
	snprintf(flag, sizeof(flag), "--waiting-time=%lldms", waiting_ms);
	if (str_eq(verb->name, "create"))
		return words_add(order, flag, strlen(flag), e);
	return str_eq(verb->name, "destroy") ? words_add(order, "--target=k8s", 12, e) : 0;
}

static int words_copy(const struct words *from, struct words *ret, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < from->n && r == 0; i++)
		r = words_add(ret, from->v[i], strlen(from->v[i]), e);
	return r;
}

/* What the order lacks is put behind its words. */
static int words_complete(const struct verb *verb, enum order_place place, bool timeout,
	struct words *order, struct err *e)
{
	static const char deadline[] = "--timeout=" ORDER_DEADLINE;
	int r = 0;

	if (str_eq(verb->name, "create") && !timeout)
		r = words_add(order, deadline, sizeof(deadline) - 1, e);
	return r == 0 && place == ORDER_CLUSTER ? cluster_words(verb, order, e) : r;
}

int order_check(const struct words *allow, enum order_place place, const struct words *given,
	struct words *ret, struct err *e)
{
	autowords struct words out = { 0 };
	const struct verb *verb = given->n > 0 ? verb_find(given->v[0]) : NULL;
	bool timeout = false;
	size_t names = 0;
	int r;

	if (!verb)
		return err_set(e, ERR_UNSUPPORTED, 0, "`%.40s` is not carried out by this agent",
			given->n > 0 ? given->v[0] : "");
	if (given->n > MOST_WORDS)
		return err_set(e, ERR_INVALID, 0, "more than %d words", MOST_WORDS);
	while (given->v[1 + names] && given->v[1 + names][0] != '-')
		names++;
	r = names_check(verb, given->v + 1, names, e);
	if (r == 0)
		r = flags_check(given->v + 1 + names, &timeout, e);
	if (r == 0)
		r = place_check(place, verb, given, e);
	if (r == 0)
		r = allow_check(allow, verb, given->v + 1, names, e);
	if (r == 0)
		r = words_copy(given, &out, e);
	if (r == 0)
		r = words_complete(verb, place, timeout, &out, e);
	if (r < 0)
		return r;
	*ret = out;
	out = (struct words){ 0 };
	return 0;
}

static bool is_async(const char *word)
{
	static const char *const spellings[] = { "--async", "--async=true", "--a", "--a=true",
		"-a" };

	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		if (str_eq(word, spellings[i]))
			return true;
	}
	return false;
}

static void word_remove(struct words *w, size_t i)
{
	free(w->v[i]);
	memmove(&w->v[i], &w->v[i + 1], (w->n - i) * sizeof(*w->v));
	w->n--;
}

/* Takes --async out; *ret_uid is "" when it was not there. */
static int async_take(struct words *order, char *ret_uid, size_t size, struct err *e)
{
	char flag[80], uid[64] = "";
	bool async = false;
	struct flag f;
	int r;

	for (size_t i = 1; i < order->n;) {
		if (is_async(order->v[i])) {
			async = true;
			word_remove(order, i);
			if (order->v[i] && str_eq(order->v[i], "true"))
				word_remove(order, i); /* the console writes --async 'true' */
			continue;
		}
		if (order->v[i][0] == '-' && flag_read(order->v + i, &f, NULL) == 0 &&
			flag_is(&f, "uid") && f.value)
			snprintf(uid, sizeof(uid), "%s", f.value);
		i++;
	}
	if (!async)
		return 0;
	if (!*uid) {
		rand_hex(uid, 16);
		snprintf(flag, sizeof(flag), "--uid=%s", uid);
		r = words_add(order, flag, strlen(flag), e);
		if (r < 0)
			return r;
	}
	snprintf(ret_uid, size, "%s", uid);
	return 0;
}

int order_reports(struct words *order, struct order_report *ret, struct err *e)
{
	const struct verb *verb = order->n > 1 ? verb_find(order->v[0]) : NULL;
	struct order_report report = { 0 };
	int r = 0;

	if (verb && str_eq(verb->name, "create")) {
		r = async_take(order, report.uid, sizeof(report.uid), e);
		report.instead = *report.uid;
		report.call = report.instead ? "chaosbladeAsync" : NULL;
		report.done = "Success";
	} else if (verb && str_eq(verb->name, "prepare") && str_eq(order->v[1], "jvm")) {
		report.call = "javaAgentInstall";
		report.done = "Running";
	} else if (verb && str_eq(verb->name, "revoke")) {
		report.call = "javaAgentUninstall";
		report.done = "Revoked";
		snprintf(report.uid, sizeof(report.uid), "%s", order->v[1]);
	}
	if (r == 0)
		*ret = report;
	return r;
}
