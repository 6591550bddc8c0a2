/* usage: member KEY... <TEXT: prints the member of a JSON text found along the keys (or indexes).
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const json_t *find(const json_t *from, const char *key)
{
	long index;
	char *end;

	if (!json_is_array(from))
		return json_object_get(from, key);
	index = strtol(key, &end, 10);
	if (*end != '\0')
		return NULL;
	return json_array_get(
		from, (size_t)(index < 0 ? index + (long)json_array_size(from) : index));
}

int main(int argc, char **argv)
{
	json_error_t e;
	json_t *text = json_loadf(stdin, JSON_DECODE_ANY, &e);
	const json_t *value = text;

	if (text == NULL) {
		fprintf(stderr, "member: line %d: %s\n", e.line, e.text);
		return 1;
	}
	for (int i = 1; i < argc && value != NULL; i++)
		value = find(value, argv[i]);
	if (json_is_string(value)) {
		puts(json_string_value(value));
	} else if (value != NULL && !json_is_null(value)) {
		json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
		putchar('\n');
	}
	json_decref(text);
	return 0;
}
