/* YAML as JSON. */
#include "kube/yaml.h"

#include <errno.h>
#include <stdbool.h>

#include <yaml.h>

#include "base/json.h"

enum { DEPTH_MAX = 16 };

struct level {
	json_t *node; /* an object or an array */
	json_t *key;  /* of an object: waits for its value */
};

struct builder {
	struct level levels[DEPTH_MAX];
	size_t depth;
	json_t *root;
};

/* Takes the reference. */
static const char *builder_put(struct builder *b, json_t *value)
{
	struct level *top = b->depth > 0 ? &b->levels[b->depth - 1] : NULL;
	int r;

	if (!value)
		return "no text, or no memory";
	if (!top) {
		b->root = value;
		return NULL;
	}
	if (json_is_array(top->node)) {
		r = json_array_append_new(top->node, value);
	} else if (!top->key) {
		top->key = value;
		return json_is_string(value) ? NULL : "a key is not a text";
	} else {
		r = json_object_set_new(top->node, json_string_value(top->key), value);
		json_decref(top->key);
		top->key = NULL;
	}
	return r == 0 ? NULL : "no memory";
}

static const char *builder_open(struct builder *b, json_t *node)
{
	const char *wrong;

	if (b->depth == DEPTH_MAX) {
		json_decref(node);
		return "nested too deeply";
	}
	wrong = builder_put(b, node);
	if (!wrong)
		b->levels[b->depth++] = (struct level){ .node = node };
	return wrong;
}

static const char *builder_close(struct builder *b)
{
	b->depth--;
	return b->levels[b->depth].key ? "a key without a value" : NULL;
}

/* What is wrong with the event, NULL: nothing. */
static const char *builder_event(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return builder_put(b, json_stringn((const char *)event->data.scalar.value,
					      event->data.scalar.length));
	case YAML_MAPPING_START_EVENT:
		return builder_open(b, json_object());
	case YAML_SEQUENCE_START_EVENT:
		return builder_open(b, json_array());
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return builder_close(b);
	case YAML_ALIAS_EVENT:
		return "aliases are not supported";
	default:
		return NULL;
	}
}

static int build(yaml_parser_t *parser, struct builder *b, struct err *e)
{
	bool over = false;

	while (!over) {
		yaml_event_t event;
		const char *wrong;

		if (!yaml_parser_parse(parser, &event))
			return err_set(e, ERR_INVALID, 0, "line %zu: %s",
				parser->problem_mark.line + 1,
				parser->problem ? parser->problem : "no YAML");
		wrong = builder_event(b, &event);
		over = event.type == YAML_DOCUMENT_END_EVENT || event.type == YAML_STREAM_END_EVENT;
		if (wrong)
			err_set(e, ERR_INVALID, 0, "line %zu: %s", event.start_mark.line + 1,
				wrong);
		yaml_event_delete(&event);
		if (wrong)
			return -ERR_INVALID;
	}
	return b->root ? 0 : err_set(e, ERR_INVALID, 0, "empty");
}

int kube_yaml(const char *text, size_t len, json_t **ret, struct err *e)
{
	struct builder b = { 0 };
	yaml_parser_t parser;
	int r;

	if (!yaml_parser_initialize(&parser))
		return err_set(e, ERR_NOMEM, ENOMEM, "read YAML");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	r = build(&parser, &b, e);
	yaml_parser_delete(&parser);
	for (size_t i = 0; i < b.depth; i++)
		json_decref(b.levels[i].key);
	if (r < 0)
		json_decref(b.root);
	else
		*ret = b.root;
	return r;
}
