/* What the faults on processes share: the parameters that select, and their part of a plan. */
#ifndef FAULTS_SHARED_PROCESS_H
#define FAULTS_SHARED_PROCESS_H

#include "fault/plan.h"
#include "fault/run.h"
#include "target/process_select.h"
#include "target/target.h"

/* Rows for a struct process_selector that is the member `select` of struct args. */
#define PROCESS_ROWS(args) PROCESS_ROWS_OF(args, select)

/* The same for any member. */
#define PROCESS_ROWS_OF(args, member)                                                              \
	{ "process", PARAM_STR, offsetof(args, member.command_line), .flags = PARAM_MATCHER,       \
		.help = "part of the command line", .zh = "命令行中包含的文本" },                  \
		{ "process-cmd", PARAM_STR, offsetof(args, member.name), .flags = PARAM_MATCHER,   \
			.help = "name of the program, the whole of it; not with --process",        \
			.zh = "程序名，完全匹配；指定 --process 时无效" },                         \
		{ "local-port", PARAM_RANGES, offsetof(args, member.ports), 1, 65535,              \
			.flags = PARAM_MATCHER,                                                    \
			.help = "ports on which it listens; not with --process or --process-cmd",  \
			.zh = "监听的端口；指定 --process 或 --process-cmd 时无效" },              \
		{ "pid", PARAM_RANGES, offsetof(args, member.pids), 1, 4194304,                    \
			.flags = PARAM_MATCHER, .help = "process ids; not with the other three",   \
			.zh = "进程号；指定前三项之一时无效" },                                    \
		{ "exclude-process", PARAM_STR, offsetof(args, member.exclude),                    \
			.flags = PARAM_MATCHER,                                                    \
			.help = "parts of command lines, separated by commas: these are left out", \
			.zh = "排除命令行中包含这些文本的进程，以逗号分隔" },                      \
		{ "count", PARAM_INT, offsetof(args, member.count), 0, 4194304, .fallback = "0",   \
			.flags = PARAM_MATCHER,                                                    \
			.help = "how many of them, drawn at random by the seed; 0 for all",        \
			.zh = "命中的进程数，按种子随机抽取；0 表示全部" },                        \
	{                                                                                          \
		"ignore-not-found", PARAM_BOOL, offsetof(args, member.ignore_not_found),           \
			.help = "it is no error when there is no such process",                    \
			.zh = "找不到进程时不报错"                                        \
	}

/* Selects as apply will, and writes the targets. */
int process_plan(
	const struct target *t, const struct process_selector *s, struct plan *ret, struct err *e);
/* Those of the target: this host's, or a container's. */
int process_find_all(struct run *run, const struct target *t, const struct process_selector *s,
	struct selected_processes *ret, struct err *e);

#endif
