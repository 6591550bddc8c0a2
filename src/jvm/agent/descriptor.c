#include "jvm/agent/descriptor.h"

#include "jvm/agent/rt_string.h"

static const struct {
	char letter;
	const char *name;
} primitives[] = {
	{ 'B', "byte" },
	{ 'C', "char" },
	{ 'D', "double" },
	{ 'F', "float" },
	{ 'I', "int" },
	{ 'J', "long" },
	{ 'S', "short" },
	{ 'Z', "boolean" },
};

/* Behind the type that begins at text; NULL when none does. */
static const char *skip_type(const char *text)
{
	while (*text == '[')
		text++;
	if (*text == 'L') {
		text = strchr(text, ';');
		return text ? text + 1 : NULL;
	}
	for (size_t i = 0; i < sizeof(primitives) / sizeof(*primitives); i++)
		if (primitives[i].letter == *text)
			return text + 1;
	return NULL;
}

int descriptor_count(const char *descriptor)
{
	int n = 0;

	if (*descriptor++ != '(')
		return -1;
	for (; *descriptor != ')'; n++) {
		descriptor = skip_type(descriptor);
		if (!descriptor)
			return -1;
	}
	return n;
}

const char *descriptor_return(const char *descriptor)
{
	const char *end = strchr(descriptor, ')');

	return end ? end + 1 : "";
}

/* name..name+n is the element type at text (without its '['), as Java writes it. */
static bool same_element(const char *text, const char *name, size_t n)
{
	if (*text != 'L') {
		for (size_t i = 0; i < sizeof(primitives) / sizeof(*primitives); i++)
			if (primitives[i].letter == *text)
				return strlen(primitives[i].name) == n &&
				       !strncmp(primitives[i].name, name, n);
		return false;
	}
	for (text++; n; text++, name++, n--)
		if (*text != *name && !(*text == '/' && *name == '.'))
			return false;
	return *text == ';';
}

/* Text up to the next ',' without blanks around it. */
static const char *next_name(const char *types, size_t *ret_n, const char **ret_rest)
{
	const char *end;

	while (*types == ' ')
		types++;
	end = strchr(types, ',');
	*ret_rest = end ? end + 1 : NULL;
	*ret_n = end ? (size_t)(end - types) : strlen(types);
	while (*ret_n && types[*ret_n - 1] == ' ')
		--*ret_n;
	return types;
}

static bool same_type(const char *text, const char *name, size_t n)
{
	for (; *text == '['; text++) {
		if (n < 2 || name[n - 1] != ']' || name[n - 2] != '[')
			return false;
		n -= 2;
	}
	return same_element(text, name, n);
}

bool descriptor_takes(const char *descriptor, const char *types)
{
	const char *at = descriptor + 1, *rest = *types ? types : NULL;

	if (descriptor_count(descriptor) < 0)
		return false;
	while (rest && *at != ')') {
		size_t n;
		const char *name = next_name(rest, &n, &rest);

		if (!same_type(at, name, n))
			return false;
		at = skip_type(at);
	}
	return !rest && *at == ')';
}

bool descriptor_same_class(const char *internal, const char *name)
{
	for (;; internal++, name++) {
		char a = *internal == '/' ? '.' : *internal, b = *name == '/' ? '.' : *name;
		char x[2] = { a }, y[2] = { b };

		if (a != b && !rt_same_nocase(x, y))
			return false;
		if (!a)
			return true;
	}
}
