/* The YAML of a configuration file, by libyaml's events: every scalar stays the text it is. */
#include "base/config.h"

#include <string.h>

#include <yaml.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define MOST_DEPTH 8
#define MOST_KEY   200
#define MOST_LIST  65536

struct yaml_walk {
	config_set_f *set;
	void *ctx;
	struct buf key;		   /* the dotted key so far */
	size_t prefix[MOST_DEPTH]; /* its length at the start of each open map */
	size_t depth;
	bool have_key; /* the next node is a value */
	bool in_list;
	struct buf list;
	size_t line;
};

static int yaml_bad(const struct yaml_walk *w, const char *what, struct err *e)
{
	return err_set(e, ERR_INVALID, 0, "line %zu: %s", w->line, what);
}

static void yaml_value_over(struct yaml_walk *w)
{
	w->key.len = w->prefix[w->depth - 1];
	w->have_key = false;
}

static bool yaml_is_null(const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

static int yaml_scalar(struct yaml_walk *w, const yaml_event_t *event, struct err *e)
{
	const char *text = (const char *)event->data.scalar.value;
	int r = 0;

	if (strlen(text) != event->data.scalar.length)
		return yaml_bad(w, "a NUL byte", e);
	if (w->depth == 0)
		return *text ? yaml_bad(w, "expected a map of settings", e) : 0;
	if (w->in_list) {
		buf_fmt(&w->list, "%s%s", w->list.len > 0 ? "," : "", text);
		return w->list.failed ? yaml_bad(w, "the list is too long", e) : 0;
	}
	if (!w->have_key) {
		buf_fmt(&w->key, "%s%s", w->key.len > 0 ? "." : "", text);
		w->have_key = true;
		return w->key.failed ? yaml_bad(w, "the key is too long", e) : 0;
	}
	if (!yaml_is_null(event))
		r = w->set(buf_text(&w->key), text, w->line, w->ctx, e);
	yaml_value_over(w);
	return r;
}

static int yaml_map_start(struct yaml_walk *w, struct err *e)
{
	if (w->in_list || (w->depth > 0 && !w->have_key))
		return yaml_bad(w, "a map cannot stand here", e);
	if (w->depth == MOST_DEPTH)
		return yaml_bad(w, "maps are nested too deeply", e);
	w->prefix[w->depth++] = w->key.len;
	w->have_key = false;
	return 0;
}

static int yaml_list_end(struct yaml_walk *w, struct err *e)
{
	int r = w->set(buf_text(&w->key), buf_text(&w->list), w->line, w->ctx, e);

	w->in_list = false;
	yaml_value_over(w);
	return r;
}

static int yaml_event(struct yaml_walk *w, const yaml_event_t *event, struct err *e)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return yaml_scalar(w, event, e);
	case YAML_MAPPING_START_EVENT:
		return yaml_map_start(w, e);
	case YAML_MAPPING_END_EVENT:
		if (--w->depth > 0)
			yaml_value_over(w);
		return 0;
	case YAML_SEQUENCE_START_EVENT:
		if (w->in_list || !w->have_key)
			return yaml_bad(w, "a list cannot stand here", e);
		w->in_list = true;
		buf_reset(&w->list);
		return 0;
	case YAML_SEQUENCE_END_EVENT:
		return yaml_list_end(w, e);
	case YAML_ALIAS_EVENT:
		return yaml_bad(w, "aliases are not taken", e);
	default:
		return 0;
	}
}

int config_yaml(const char *text, size_t len, config_set_f *set, void *ctx, struct err *e)
{
	struct yaml_walk w = {
		.set = set, .ctx = ctx, .key = BUF_INIT(MOST_KEY), .list = BUF_INIT(MOST_LIST)
	};
	yaml_parser_t parser;
	bool over = false;
	int r = 0;

	if (!yaml_parser_initialize(&parser))
		return err_set(e, ERR_NOMEM, 0, "read YAML");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (r == 0 && !over) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			r = err_set(e, ERR_INVALID, 0, "line %zu: not YAML: %s",
				parser.problem_mark.line + 1, parser.problem ? parser.problem : "");
			break;
		}
		w.line = event.start_mark.line + 1;
		over = event.type == YAML_STREAM_END_EVENT;
		r = yaml_event(&w, &event, e);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	buf_free(&w.key);
	buf_free(&w.list);
	return r;
}
