/* JSON values as block YAML: texts in double quotes, which YAML and JSON escape alike. */
#include "base/cleanup.h"
#include "base/json.h"
#include "cli/catalogue.h"

static void value_write(const json_t *value, int depth, struct buf *ret);

static void margin(int depth, struct buf *ret)
{
	buf_fmt(ret, "%*s", depth * 2, "");
}

static void scalar_write(const json_t *value, struct buf *ret)
{
	autofree char *line = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	buf_fmt(ret, " %s\n", line ? line : "null");
}

/* What follows "key:" or "-": on the same line when it is small or empty. */
static void member_write(const json_t *value, int depth, struct buf *ret)
{
	bool empty = json_is_object(value) ? json_object_size(value) == 0
					   : json_array_size(value) == 0;

	if ((!json_is_object(value) && !json_is_array(value)) || empty) {
		scalar_write(value, ret);
		return;
	}
	buf_str(ret, "\n");
	value_write(value, depth, ret);
}

static void value_write(const json_t *value, int depth, struct buf *ret)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, member)
		{
			margin(depth, ret);
			buf_str(ret, "-");
			member_write(member, depth + 1, ret);
		}
		return;
	}
	json_object_foreach((json_t *)value, key, member)
	{
		margin(depth, ret);
		buf_fmt(ret, "%s:", key);
		member_write(member, depth + 1, ret);
	}
}

void yaml_write(const json_t *value, struct buf *ret)
{
	value_write(value, 0, ret);
}
