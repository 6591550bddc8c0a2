/* The definition of a drill as requests and answers spell it. */
#ifndef BOX_API_DRILL_SHAPE_H
#define BOX_API_DRILL_SHAPE_H

#include "box/api/route.h"

/* Rows of a field table, shared by shapes that hold them among others. */
#define DRILL_DEFINITION_FIELDS                                                                    \
	{ "runMode", FIELD_TEXT, .max = 16,                                                        \
		.help = "PHASE (default): a phase of all flows, then the next; SEQUENCE: flow by " \
			"flow" },                                                                  \
		{ "duration", FIELD_INT,                                                           \
			.help = "seconds until automatic recovery, 900 when absent" },             \
		{ "schedulerConfig", FIELD_OBJECT, .shape = &drill_schedule_shape },               \
		{ "flowGroups", FIELD_LIST, .shape = &drill_group_shape },                         \
	{                                                                                          \
		"guardConf", FIELD_OBJECT, .shape = &drill_guards_shape                            \
	}

#define DRILL_BASIC_FIELDS                                                                         \
	{ "description", FIELD_TEXT, .max = 4096 }, { "tags", FIELD_TEXTS },                       \
		{ "miniAppDesc", FIELD_TEXTS }, { "workspaces", FIELD_TEXTS },                     \
		{ "outerId", FIELD_TEXT, .max = 128 }, { "relations", FIELD_LIST },                \
	{                                                                                          \
		"source", FIELD_INT                                                                \
	}

extern const struct shape drill_schedule_shape, drill_guards_shape, drill_activity_info_shape,
	drill_flow_shape, drill_group_shape, drill_definition_shape;

#endif
