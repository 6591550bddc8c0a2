/* Tags of drills. */
#include "box/api/drill_call.h"
#include "box/drill/view.h"
#include "box/store/db.h"
#include "box/store/drill_experiment.h"

static const struct shape search_request = { "TagSearchRequest",
	(const struct field[]){
		{ "key", FIELD_TEXT, .max = 128 },
		{ "type", FIELD_INT },
		{ 0 },
	} };

static const struct shape add_request = { "TagCreatingRequest",
	(const struct field[]){
		{ "name", FIELD_TEXT, FIELD_REQUIRED, .max = 60 },
		{ "code", FIELD_TEXT, .max = 60 },
		{ "type", FIELD_INT },
		{ 0 },
	} };

static const struct shape tag_shape = { "TagVO", (const struct field[]){
							 { "tagId", FIELD_TEXT },
							 { "label", FIELD_TEXT },
							 { 0 },
						 } };

static int add_row(const struct tag *tag, void *rows, struct err *e)
{
	json_t *row = json_object();

	(void)e;
	view_put_id(row, "tagId", tag->id);
	json_put_str(row, "label", tag->name);
	json_array_append_new(rows, row);
	return 0;
}

static int add_label(const struct tag *tag, void *names, struct err *e)
{
	return drill_add_name(tag->name, names, e);
}

static int list(struct call *c, tag_f *each, struct err *e)
{
	c->result = json_array();
	return store_tag_each(c->db, c->user.id, call_text(c, "key"), (int)call_int(c, "type", 0),
		each, c->result, e);
}

static int search(struct call *c, struct err *e)
{
	return list(c, add_row, e);
}

static int list_by_type(struct call *c, struct err *e)
{
	return list(c, add_label, e);
}

static int list_used(struct call *c, struct err *e)
{
	c->result = json_array();
	return store_experiment_tags_of_user(
		c->db, c->user.id, call_text(c, "key"), drill_add_name, c->result, e);
}

static int add(struct call *c, struct err *e)
{
	const struct tag tag = { .name = call_text(c, "name"),
		.code = call_text(c, "code"),
		.type = (int)call_int(c, "type", 0) };
	autotx struct tx tx = { 0 };
	long long id;
	int r;

	if ((r = tx_begin(&tx, c->db, e)) < 0 ||
		(r = store_tag_add(c->db, c->user.id, &tag, c->now_ms, &id, e)) < 0 ||
		(r = tx_commit(&tx, e)) < 0)
		return r;
	c->result = json_sprintf("%lld", id);
	return 0;
}

const struct route drill_tag_routes[] = {
	{ "/chaos/SearchTags", ROUTE_SESSION, search, &search_request, ANSWER_LIST, &tag_shape,
		"The user's tags" },
	{ "/chaos/ListUserTagsByType", ROUTE_SESSION, list_by_type, &search_request, ANSWER_TEXTS,
		NULL, "Names of the user's tags" },
	{ "/chaos/ListExperimentTags", ROUTE_SESSION, list_used, &search_request, ANSWER_TEXTS,
		NULL, "Names of the tags that drills carry" },
	{ "/chaos/AddTag", ROUTE_SESSION, add, &add_request, ANSWER_TEXT, NULL, "Makes a tag" },
	{ 0 },
};
