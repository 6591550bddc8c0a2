/* network profile: delay, loss and rate of an interface follow a table by time. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "fault/fault.h"
#include "net/fault.h"
#include "net/profile.h"

#define MOST_FILE (4 * 1024 * 1024)

struct network_profile_args {
	struct traffic traffic;
	char *file, *rows;
	bool repeat;
};

#define MEMBER(name) offsetof(struct network_profile_args, name)

static const struct param network_profile_params[] = {
	{ "file", PARAM_STR, MEMBER(file),
		.help = "CSV file of this host, an absolute path, with a row for each change: time in "
			"seconds from 0, delay in ms, loss in percent, rate such as 2mbit (none: 0)",
		.zh = "本机 CSV 文件的绝对路径，每行一次变化：时间（秒，从 0 开始）、延迟（毫秒）、丢包率（百分比）、"
		      "速率（如 2mbit，0 表示不限）" },
	{ "rows", PARAM_STR, MEMBER(rows),
		.help = "the rows themselves, separated by semicolons, such as 0,20,0,10mbit;30,200,5,1mbit",
		.zh = "直接给出各行，以分号分隔，例如 0,20,0,10mbit;30,200,5,1mbit" },
	{ "repeat", PARAM_BOOL, MEMBER(repeat),
		.help = "begin again at the time of the last row, which otherwise stays",
		.zh = "到达最后一行的时间后从头重复；否则保持最后一行" },
	TRAFFIC_PARAMS(struct network_profile_args, traffic),
	{ 0 },
};

static int network_profile_read(
	const struct network_profile_args *a, struct profile *ret, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_FILE);
	int r = 0;

	if ((a->file != NULL) == (a->rows != NULL))
		return err_missing(e, "file|rows");
	if (a->file != NULL && a->file[0] != '/')
		return err_illegal(e, "file", a->file, "allowed is an absolute path");
	if (a->file != NULL)
		r = file_read(AT_FDCWD, a->file, &text, e);
	else
		buf_str(&text, a->rows);
	if (r < 0)
		return err_set(e, ERR_INVALID, 0, "illegal `file` parameter value: %.300s", e->msg);
	for (size_t i = 0; a->rows != NULL && i < text.len; i++)
		if (text.data[i] == ';')
			text.data[i] = '\n';
	r = profile_parse(buf_text(&text), ret, e);
	if (r < 0)
		return err_wrap(e, "illegal `%s` parameter value", a->file ? "file" : "rows");
	ret->repeat = a->repeat;
	return 0;
}

/* As the row that holds until its effect was seen. */
static struct net_fault network_profile_fault(
	const struct network_profile_args *a, const struct profile *p)
{
	return net_fault_of_row(
		&(struct net_fault){ .traffic = &a->traffic, .profile = p }, &p->v[p->first]);
}

static int network_profile_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct network_profile_args *a = args;
	struct profile p = { 0 };
	struct net_fault f;
	int r = network_profile_read(a, &p, e);

	(void)t;
	if (r < 0)
		return r;
	f = network_profile_fault(a, &p);
	r = net_fault_plan(&f, ret, e);
	plan_operation(ret, "%zu rows over %g s%s; row %zu until its effect was seen", p.n,
		p.v[p.n - 1].at_ms / 1000, p.repeat ? ", again and again" : "", p.first + 1);
	profile_free(&p);
	return r;
}

/* Of this supervisor and its workers. */
static struct profile network_profile_rows;

static int network_profile_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	struct profile *p = &network_profile_rows;
	struct net_fault f;
	int r = network_profile_read(args, p, e);

	(void)t;
	if (r < 0)
		return r;
	p->start_ns = mmap(NULL, sizeof(*p->start_ns), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p->start_ns == MAP_FAILED)
		return err_set(e, ERR_SYSTEM, errno, "shared memory");
	f = network_profile_fault(args, p);
	return net_fault_apply(run, &f, e);
}

/* What is measured has to hold still; then the clock starts. */
static int network_profile_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	struct net_fault f = network_profile_fault(args, &network_profile_rows);
	int r = net_fault_verify(run, &f, ret, e);

	(void)t;
	atomic_store(network_profile_rows.start_ns, clock_mono_ns());
	return r;
}

const struct fault fault_network_profile = {
	.target = "network",
	.action = "profile",
	.summary = "Let delay, loss and rate of an interface follow a table by time",
	.zh = "按时间表回放网络质量：延迟、丢包率和带宽",
	.example = "--interface lo --rows 0,20;10,100,5,1mbit --remote-port 9 --timeout 20",
	.category = "system_network",
	.params = network_profile_params,
	.args_size = sizeof(struct network_profile_args),
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN | NEED_BPF,
	.plan = network_profile_plan,
	.apply = network_profile_apply,
	.verify = network_profile_verify,
	.watch = net_fault_watch,
	.revert = net_fault_revert,
};
