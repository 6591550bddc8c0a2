#include "jvm/agent/command.h"

#include "jvm/agent/rt_string.h"
#include "jvm/protocol.h"

#define MS_MAX (366ULL * 24 * 3600 * 1000)

enum type {
	TEXT,
	NUMBER,
	SITE, /* begins a site */
	SITE_TEXT,
	READER,
	CALL,
	ARG,
	MATCH,
};

static const struct key {
	const char *name;
	enum type type;
	size_t offset;
	uint64_t max;
} keys[] = {
	{ "uid", TEXT, offsetof(struct command, uid), JVM_UID_MAX },
	{ "key", TEXT, offsetof(struct command, key), JVM_KEY_MAX },
	{ "action", TEXT, offsetof(struct command, action), 31 },
	{ "when", TEXT, offsetof(struct command, when), 31 },
	{ "left", NUMBER, offsetof(struct command, left), MS_MAX },
	{ "count", NUMBER, offsetof(struct command, count), INT64_MAX },
	{ "percent", NUMBER, offsetof(struct command, percent), 100 },
	{ "seed", NUMBER, offsetof(struct command, seed), UINT64_MAX },
	{ "time", NUMBER, offsetof(struct command, time), MS_MAX },
	{ "offset", NUMBER, offsetof(struct command, offset), MS_MAX },
	{ "exception", TEXT, offsetof(struct command, exception), 1023 },
	{ "message", TEXT, offsetof(struct command, message), JVM_COMMAND_MAX },
	{ "value", TEXT, offsetof(struct command, value), JVM_COMMAND_MAX },
	{ "call", CALL, 0, 0 },
	{ "source", TEXT, offsetof(struct command, source), JVM_COMMAND_MAX },
	{ "class-name", TEXT, offsetof(struct command, class_name), 1023 },
	{ "jars", TEXT, offsetof(struct command, jars), JVM_COMMAND_MAX },
	{ "jar-dir", TEXT, offsetof(struct command, jar_dir), JVM_COMMAND_MAX },
	{ "area", TEXT, offsetof(struct command, area), 31 },
	{ "state", TEXT, offsetof(struct command, state), 31 },
	{ "wild", NUMBER, offsetof(struct command, wild), 1 },
	{ "interval", NUMBER, offsetof(struct command, interval), MS_MAX },
	{ "block", NUMBER, offsetof(struct command, block), 1 << 20 },
	{ "wait", NUMBER, offsetof(struct command, wait), 1 },
	{ "hold", NUMBER, offsetof(struct command, hold), 1 },
	{ "system", NUMBER, offsetof(struct command, system), 1 },
	{ "class", SITE, offsetof(struct site, class), 1023 },
	{ "by", SITE_TEXT, offsetof(struct site, by), 31 },
	{ "method", SITE_TEXT, offsetof(struct site, method), 8191 },
	{ "args", SITE_TEXT, offsetof(struct site, args), 8191 },
	{ "argc", SITE_TEXT, offsetof(struct site, argc), 7 },
	{ "else", SITE_TEXT, offsetof(struct site, otherwise), 1 },
	{ "reader", READER, 0, 0 },
	{ "arg", ARG, 0, 0 },
	{ "match", MATCH, 0, 0 },
};

static bool put_text(void *base, const struct key *key, const char *value)
{
	if (strlen(value) > key->max)
		return false;
	*(const char **)((char *)base + key->offset) = value;
	return true;
}

/* "N OP TEXT" or "KEY OP TEXT" */
static bool put_condition(struct command *c, char *value, bool by_argument)
{
	char *op = strchr(value, ' ');
	struct condition *to = &c->conditions[c->n_conditions];
	uint64_t n = 0;

	if (c->n_conditions == COMMAND_CONDITIONS_MAX || !op || op == value)
		return false;
	*op++ = '\0';
	if (!*op || !strchr(by_argument ? "=~^" : "=~^*", *op) || op[1] != ' ')
		return false;
	if (by_argument && !jvm_text_number(value, 254, &n))
		return false;
	*to = (struct condition){
		.arg = (unsigned)n,
		.key = by_argument ? NULL : value,
		.op = *op,
		.text = op + 2,
	};
	c->n_conditions++;
	return true;
}

/* "KEY TEXT", of the last site */
static bool put_reader(struct command *c, char *value)
{
	char *text = strchr(value, ' ');

	if (!c->n_sites || c->n_readers == COMMAND_READERS_MAX || !text || text == value)
		return false;
	*text++ = '\0';
	c->readers[c->n_readers++] = (struct site_reader){
		.site = c->n_sites - 1, .key = value, .text = text
	};
	return true;
}

/* "N NAME INT" */
static bool put_call(struct command *c, char *value)
{
	char *name = strchr(value, ' '), *number = name ? strchr(name + 1, ' ') : NULL;
	uint64_t arg, n;

	if (!number || number == name + 1)
		return false;
	*name++ = '\0';
	*number++ = '\0';
	if (!jvm_text_number(value, 254, &arg) || !jvm_text_number(number, INT32_MAX, &n))
		return false;
	c->call.arg = (unsigned)arg;
	c->call.name = name;
	c->call.number = (int)n;
	return true;
}

static bool put(struct command *c, const struct key *key, char *value)
{
	switch (key->type) {
	case TEXT:
		return put_text(c, key, value);
	case NUMBER:
		return jvm_text_number(value, key->max, (uint64_t *)((char *)c + key->offset));
	case SITE:
		if (c->n_sites == COMMAND_SITES_MAX)
			return false;
		c->sites[c->n_sites].by = "name";
		return put_text(&c->sites[c->n_sites++], key, value);
	case SITE_TEXT:
		return c->n_sites && put_text(&c->sites[c->n_sites - 1], key, value);
	case READER:
		return put_reader(c, value);
	case CALL:
		return put_call(c, value);
	default:
		return put_condition(c, value, key->type == ARG);
	}
}

static const struct key *find(const char *name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static bool parse_head(char *text, size_t len, size_t *pos, struct command *c)
{
	char *key, *value;

	if (jvm_text_next(text, len, pos, &key, &value) != 1 || strcmp(key, "cmd"))
		return false;
	c->cmd = value;
	return jvm_text_next(text, len, pos, &key, &value) == 1 && !strcmp(key, "id") &&
	       jvm_text_number(value, UINT64_MAX, &c->id) && c->id;
}

bool command_parse(char *text, size_t len, struct command *ret, char *why, size_t why_size)
{
	size_t pos = 0;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (!parse_head(text, len, &pos, ret)) {
		rt_copy(why, why_size, "the text does not begin with cmd and id");
		return false;
	}
	for (;;) {
		const struct key *key;
		char *name, *value;

		r = jvm_text_next(text, len, &pos, &name, &value);
		if (r <= 0)
			break;
		key = find(name);
		if (!key || !put(ret, key, value)) {
			rt_format(
				why, why_size, "%s %s", key ? "bad value of" : "unknown key", name);
			return false;
		}
	}
	if (r < 0)
		rt_copy(why, why_size, "a line is not key=value");
	for (size_t i = 0; r == 0 && i < ret->n_sites; i++)
		if (!ret->sites[i].method) {
			rt_format(why, why_size, "no method for class %s", ret->sites[i].class);
			return false;
		}
	if (ret->n_sites && ret->sites[0].otherwise) {
		rt_copy(why, why_size, "else at the first class");
		return false;
	}
	return r == 0;
}
