#include "jvm/agent/site.h"

#include "jvm/agent/descriptor.h"
#include "jvm/agent/rt_string.h"
#include "jvm/protocol.h"

bool site_has_class(const struct site *s, const struct site_class *c)
{
	if (!strcmp(s->by, "super"))
		return c->super && descriptor_same_class(c->super, s->class);
	if (!strcmp(s->by, "interface")) {
		for (size_t i = 0; i < c->n_interfaces; i++)
			if (descriptor_same_class(c->interfaces[i], s->class))
				return true;
		return false;
	}
	return descriptor_same_class(c->name, s->class);
}

static bool in_list(const char *list, const char *name)
{
	char one[256];

	while (*list) {
		const char *end = strchr(list, ',');
		size_t n = end ? (size_t)(end - list) : strlen(list);

		if (n < sizeof(one)) {
			memcpy(one, list, n);
			one[n] = '\0';
			if (rt_same_nocase(one, name))
				return true;
		}
		list += n + (end ? 1 : 0);
	}
	return false;
}

static bool count_fits(const char *rule, int count)
{
	char op = *rule == '<' || *rule == '>' ? *rule++ : '=';
	uint64_t n;

	if (!jvm_text_number(rule, 255, &n))
		return false;
	if (op == '<')
		return count < (int)n;
	return op == '>' ? count > (int)n : count == (int)n;
}

bool site_has_method(const struct site *s, const char *name, const char *descriptor)
{
	return in_list(s->method, name) && (!s->args || descriptor_takes(descriptor, s->args)) &&
	       (!s->argc || count_fits(s->argc, descriptor_count(descriptor)));
}

bool site_is_system(const char *name)
{
	static const char *const prefixes[] = { "java/", "jdk/", "sun/", "com/sun/" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

bool site_is_hidden(const char *name)
{
	const char *last = NULL;

	for (const char *at = name; *at; at++) {
		if (*at == '.')
			return true;
		if (*at == '/')
			last = at + 1;
	}
	if (!last || !*last)
		return false;
	for (; *last; last++)
		if (*last < '0' || *last > '9')
			return false;
	return true;
}
