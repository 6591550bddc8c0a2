/* The door for the host itself. */
#include "dns/door/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "dns/door/spec.h"
#include "grpc/pbjson.h"

#define BACKLOG	      16
#define MOST_CALLERS  32
#define IDLE_SECONDS  60
#define MOST_UNPACKED (256u << 20)

struct control {
	struct control_options o;
	struct sockaddr_un address;
	struct evconnlistener *listener;
	uid_t *users;
	size_t n_users;
	TAILQ_HEAD(, caller) callers;
	size_t n_callers;
};

struct caller {
	TAILQ_ENTRY(caller) link;
	struct control *control;
	struct bufferevent *bev;
	bool over;
	struct err denied; /* why each of its lines is, when one is set */
	uint64_t ticket;   /* of the change whose answer waits for the disk; 0: none does */
	json_t *reply;	   /* that answer */
};

/* --- verbs ------------------------------------------------------------------------------------ */

/* One line that came. */
struct question {
	const struct control *control;
	const json_t *in;
	struct arena *arena;
	json_t *reply;
	uint64_t ticket; /* of what it changed, 0: nothing */
};

typedef int control_verb_f(struct question *q, struct err *e);

static int change(struct question *q, const struct book_step *step, struct err *e)
{
	return book_change(q->control->o.sync->book, step, 1, &q->ticket, e);
}

static int control_set(struct question *q, struct err *e)
{
	const json_t *experiment = json_object_get(q->in, "experiment");
	ProtobufCMessage *x;
	struct rule_spec spec;
	int r;

	r = pb_from_json(&gale__dns__v1__experiment__descriptor, experiment, q->arena, &x, e);
	if (r == 0)
		r = spec_read((const Gale__Dns__V1__Experiment *)x, q->arena, &spec, e);
	if (r < 0)
		return r;
	spec.door = CONTROL_DOOR;
	return change(q, &(struct book_step){ .what = BOOK_SET, .spec = &spec }, e);
}

struct search {
	const char *uid;
	bool found;
};

static void search(const struct book_entry *entry, void *ctx)
{
	struct search *s = ctx;

	if (str_eq(entry->spec->name, s->uid))
		s->found = true;
}

static int control_cancel(struct question *q, struct err *e)
{
	const char *door, *owner, *uid;
	struct search found = { 0 };
	char text[256];
	int r;

	r = json_get_str(q->in, "door", CONTROL_DOOR, &door, e);
	if (r == 0)
		r = json_get_str(q->in, "owner", "", &owner, e);
	if (r == 0)
		r = json_get_str(q->in, "uid", "", &uid, e);
	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%s%s%s", door, str_empty(owner) ? "" : ":", owner);
	found.uid = uid;
	book_each(q->control->o.sync->book, text, search, &found);
	if (!found.found)
		return err_set(e, ERR_NOTFOUND, 0,
			"nothing stands under the name `%.100s` (door %s)", uid, text);
	return change(q, &(struct book_step){ .what = BOOK_CANCEL, .door = text, .name = uid }, e);
}

static int control_pod(struct question *q, struct err *e)
{
	ProtobufCMessage *pod;
	struct book_step step;
	int r;

	r = pb_from_json(
		&gale__dns__v1__pod__descriptor, json_object_get(q->in, "pod"), q->arena, &pod, e);
	if (r == 0)
		r = spec_read_pod((const Gale__Dns__V1__Pod *)pod, q->arena, &step, e);
	return r < 0 ? r : change(q, &step, e);
}

static int control_list(struct question *q, struct err *e)
{
	Gale__Dns__V1__State state;
	ProtobufCMessage *query;
	int r;

	r = pb_from_json(&gale__dns__v1__get_state_request__descriptor,
		json_object_get(q->in, "query"), q->arena, &query, e);
	if (r == 0)
		r = sync_state(q->control->o.sync, (const Gale__Dns__V1__GetStateRequest *)query,
			q->arena, &state, e);
	if (r == 0)
		json_object_set_new(q->reply, "state", pb_to_json(&state.base));
	return r;
}

static int control_metrics(struct question *q, struct err *e)
{
	autobuf struct buf text = BUF_INIT(CONTROL_MOST);

	q->control->o.metrics(q->control->o.metrics_ctx, &text);
	if (text.failed)
		return err_set(e, ERR_NOMEM, 0, "no memory for the metrics");
	json_put_str(q->reply, "metrics", buf_text(&text));
	return 0;
}

static const struct {
	const char *name;
	control_verb_f *run;
} verbs[] = {
	{ "set", control_set },
	{ "cancel", control_cancel },
	{ "pod", control_pod },
	{ "list", control_list },
	{ "metrics", control_metrics },
};

static int verb_run(struct question *q, struct err *e)
{
	autoarena struct arena arena;
	const char *verb;
	int r;

	arena_init(&arena, MOST_UNPACKED);
	q->arena = &arena;
	r = json_get_str(q->in, "verb", "", &verb, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (str_eq(verbs[i].name, verb))
			return verbs[i].run(q, e);
	return err_illegal(e, "verb", verb, "set, cancel, pod, list, metrics");
}

/* --- lines ------------------------------------------------------------------------------------ */

static void reply_write(struct bufferevent *bev, const json_t *reply)
{
	autofree char *line = json_line(reply);

	if (line)
		evbuffer_add_printf(bufferevent_get_output(bev), "%s\n", line);
}

static void error_write(struct bufferevent *bev, const struct err *e)
{
	autojson json_t *reply = json_object();

	json_put_bool(reply, "ok", false);
	json_put_str(reply, "kind", err_name(e->kind));
	json_put_str(reply, "error", e->msg);
	reply_write(bev, reply);
}

/* Answers, or holds the answer back until what it tells of is on disk. */
static void line_run(struct caller *c, const char *line, size_t len)
{
	autojson json_t *reply = json_object();
	autojson json_t *in = NULL;
	struct question q = { .control = c->control, .reply = reply };
	struct err e;
	int r;

	if (c->denied.kind != ERR_NONE) {
		error_write(c->bev, &c->denied);
		return;
	}
	json_put_bool(reply, "ok", true);
	r = json_parse(line, len, &in, &e);
	q.in = in;
	if (r == 0)
		r = verb_run(&q, &e);
	if (r < 0) {
		error_write(c->bev, &e);
	} else if (q.ticket > book_durable(c->control->o.sync->book)) {
		c->ticket = q.ticket;
		c->reply = take_ptr(&reply);
	} else {
		reply_write(c->bev, reply);
	}
}

static void caller_free(struct caller *c)
{
	TAILQ_REMOVE(&c->control->callers, c, link);
	c->control->n_callers--;
	bufferevent_free(c->bev);
	json_decref(c->reply);
	free(c);
}

/* Answers go out in the order of the lines: none is looked at while one waits. */
static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct caller *c = arg;
	size_t len;

	while (c->ticket == 0) {
		autofree char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);

		if (!line)
			break;
		line_run(c, line, len);
	}
	if (evbuffer_get_length(in) > (c->denied.kind != ERR_NONE ? 65536 : CONTROL_MOST))
		caller_free(c);
}

/* One that has said all may still be reading. */
static void caller_settle(struct caller *c)
{
	if (c->over && c->ticket == 0 && evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		caller_free(c);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	(void)bev;
	caller_settle(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct caller *c = arg;

	(void)bev;
	c->over = true;
	if (what & BEV_EVENT_EOF)
		caller_settle(c);
	else
		caller_free(c);
}

void control_release(struct control *control, uint64_t durable, const struct err *failed)
{
	struct caller *c, *next;

	for (c = TAILQ_FIRST(&control->callers); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->ticket == 0 || (c->ticket > durable && !failed))
			continue;
		if (c->ticket <= durable)
			reply_write(c->bev, c->reply);
		else
			error_write(c->bev, failed);
		c->ticket = 0;
		json_decref(take_ptr(&c->reply));
		on_read(c->bev, c);
	}
}

/* --- callers ---------------------------------------------------------------------------------- */

static int caller_check(const struct control *c, int fd, struct err *e)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return err_set(e, ERR_SYSTEM, errno, "who calls");
	if (peer.uid == 0 || peer.uid == geteuid())
		return 0;
	for (size_t i = 0; i < c->n_users; i++)
		if (c->users[i] == peer.uid)
			return 0;
	return err_set(e, ERR_DENIED, 0, "user %u may not: --control-users does not name it",
		(unsigned)peer.uid);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
	int len, void *arg)
{
	const struct timeval idle = { IDLE_SECONDS, 0 };
	struct control *control = arg;
	struct caller *c = control->n_callers < MOST_CALLERS ? calloc(1, sizeof(*c)) : NULL;

	(void)sa, (void)len;
	if (c)
		c->bev = bufferevent_socket_new(
			evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->bev) {
		free(c);
		close(fd);
		return;
	}
	c->control = control;
	TAILQ_INSERT_TAIL(&control->callers, c, link);
	control->n_callers++;
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_set_timeouts(c->bev, &idle, &idle);
	caller_check(control, fd, &c->denied);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

/* --- the socket ------------------------------------------------------------------------------- */

static int users_read(struct control *c, const char *text, struct err *e)
{
	autowords struct words ids = { 0 };
	long long id;
	int r = words_split(text, ',', &ids, e);

	if (r < 0)
		return r;
	c->users = calloc(ids.n + 1, sizeof(*c->users));
	if (!c->users)
		return err_set(e, ERR_NOMEM, 0, "no memory for users");
	for (size_t i = 0; i < ids.n; i++) {
		r = str_to_int(ids.v[i], 0, UINT32_MAX, &id, e);
		if (r < 0)
			return err_wrap(e, "control-users");
		c->users[c->n_users++] = (uid_t)id;
	}
	return 0;
}

/* A socket that nobody listens on was left by a server that was killed. */
static int socket_clear(const struct sockaddr_un *to, struct err *e)
{
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 &&
		(connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0 || errno == EAGAIN))
		return err_set(e, ERR_BUSY, 0, "%s: another server answers there", to->sun_path);
	if (unlink(to->sun_path) < 0 && errno != ENOENT)
		return err_set(e, ERR_SYSTEM, errno, "remove %s", to->sun_path);
	return 0;
}

static int socket_open(struct control *c, struct event_base *base, struct err *e)
{
	int r, n;

	c->address.sun_family = AF_UNIX;
	n = snprintf(
		c->address.sun_path, sizeof(c->address.sun_path), "%s/" CONTROL_SOCKET, c->o.dir);
	if (n >= (int)sizeof(c->address.sun_path))
		return err_set(e, ERR_INVALID, 0, "%s: too long for a socket's path", c->o.dir);
	r = dir_make(c->o.dir, 0755, e);
	if (r == 0)
		r = socket_clear(&c->address, e);
	if (r < 0)
		return r;
	c->listener = evconnlistener_new_bind(base, on_accept, c,
		LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, BACKLOG,
		(struct sockaddr *)&c->address, sizeof(c->address));
	/* Whoever may connect: on_accept asks the kernel who it is. */
	if (!c->listener || chmod(c->address.sun_path, 0666) < 0)
		return err_set(e, ERR_SYSTEM, errno, "listen on %s", c->address.sun_path);
	return 0;
}

int control_open(struct event_base *base, const struct control_options *o, struct control **ret,
	struct err *e)
{
	struct control *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_set(e, ERR_NOMEM, 0, "no memory for the control socket");
	c->o = *o;
	TAILQ_INIT(&c->callers);
	r = users_read(c, o->users, e);
	if (r == 0)
		r = socket_open(c, base, e);
	if (r < 0) {
		control_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

void control_close(struct control *c)
{
	struct caller *caller;

	if (!c)
		return;
	while ((caller = TAILQ_FIRST(&c->callers)))
		caller_free(caller);
	if (c->listener) {
		evconnlistener_free(c->listener);
		unlink(c->address.sun_path);
	}
	free(c->users);
	free(c);
}
