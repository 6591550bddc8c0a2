/* Rows of gale status as messages. */
#include "agent/node_reply.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"

static Gale__Node__V1__State state_read(const char *status)
{
	static const struct {
		const char *name;
		Gale__Node__V1__State state;
	} states[] = {
		{ "Created", GALE__NODE__V1__STATE__STATE_CREATED },
		{ "Success", GALE__NODE__V1__STATE__STATE_SUCCESS },
		{ "Error", GALE__NODE__V1__STATE__STATE_ERROR },
		{ "Destroyed", GALE__NODE__V1__STATE__STATE_DESTROYED },
	};

	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (str_eq(states[i].name, status))
			return states[i].state;
	return GALE__NODE__V1__STATE__STATE_UNKNOWN;
}

static char *text(const json_t *row, const char *key)
{
	return (char *)json_text(row, key);
}

static double number(const json_t *row, const char *key)
{
	double value = 0;

	str_to_real(json_text(row, key), -1e300, 1e300, &value, NULL);
	return value;
}

void node_reply_row(const json_t *row, const char *uid, Gale__Node__V1__Experiment *ret)
{
	*ret = (Gale__Node__V1__Experiment)GALE__NODE__V1__EXPERIMENT__INIT;
	ret->uid = (char *)uid;
	if (!row)
		return;
	ret->state = state_read(text(row, "Status"));
	ret->active = str_eq(text(row, "Active"), "true");
	ret->verdict = text(row, "Effect");
	ret->requested = number(row, "Requested");
	ret->measured = number(row, "Measured");
	ret->unit = text(row, "Unit");
	ret->how = text(row, "How");
	ret->error = text(row, "Error");
	ret->ended_by = text(row, "EndedBy");
	ret->notes = text(row, "Notes");
	clock_rfc3339_parse(text(row, "Deadline"), &ret->deadline_ms);
}

const json_t *node_reply_find(const json_t *said, const char *uid)
{
	const json_t *result = json_object_get(said, "result"), *row;
	size_t i;

	if (json_is_object(result))
		return str_eq(json_text(result, "Uid"), uid) ? result : NULL;
	json_array_foreach(result, i, row)
	{
		if (str_eq(json_text(row, "Uid"), uid))
			return row;
	}
	return NULL;
}
