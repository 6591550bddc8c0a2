/* Devices, applications, groups and memberships in the store. */
#include "box/store/fleet.h"

#include "base/str.h"
#include "box/store/db.h"

#define DEVICE_COLUMNS                                                                             \
	"d.id, d.user, d.namespace, d.configuration_id, d.device_id, d.device_type, d.hostname, "  \
	"d.private_ip, d.public_ip, d.port, d.os_type, d.cpu, d.mem_mb, d.uptime, "                \
	"d.startup_mode, d.agent_mode, d.cluster_id, d.cluster_name, d.version, "                  \
	"d.chaos_version, d.status, d.reachable, d.connected_ms, d.last_ping_ms, a.id, a.name, "   \
	"g.name, d.agent, k.configuration_id, d.kub_namespace, d.node_name, d.state, d.restarts, " \
	"d.containers"

#define DEVICE_TABLES                                                                              \
	" from device d left join app_device m on m.device = d.id "                                \
	"left join application a on a.id = m.application "                                         \
	"left join app_group g on g.id = m.app_group "                                             \
	"left join device k on k.id = d.agent "

static void read_device(const struct rows *rows, struct device *ret)
{
	ret->id = rows_int(rows, 0);
	ret->user = rows_int(rows, 1);
	rows_copy(rows, 2, ret->namespace, sizeof(ret->namespace));
	rows_copy(rows, 3, ret->configuration_id, sizeof(ret->configuration_id));
	rows_copy(rows, 4, ret->device_id, sizeof(ret->device_id));
	ret->device_type = (int)rows_int(rows, 5);
	rows_copy(rows, 6, ret->hostname, sizeof(ret->hostname));
	rows_copy(rows, 7, ret->private_ip, sizeof(ret->private_ip));
	rows_copy(rows, 8, ret->public_ip, sizeof(ret->public_ip));
	ret->port = (int)rows_int(rows, 9);
	ret->os_type = (int)rows_int(rows, 10);
	ret->cpu = (int)rows_int(rows, 11);
	ret->mem_mb = (int)rows_int(rows, 12);
	rows_copy(rows, 13, ret->uptime, sizeof(ret->uptime));
	rows_copy(rows, 14, ret->startup_mode, sizeof(ret->startup_mode));
	rows_copy(rows, 15, ret->agent_mode, sizeof(ret->agent_mode));
	rows_copy(rows, 16, ret->cluster_id, sizeof(ret->cluster_id));
	rows_copy(rows, 17, ret->cluster_name, sizeof(ret->cluster_name));
	rows_copy(rows, 18, ret->version, sizeof(ret->version));
	rows_copy(rows, 19, ret->chaos_version, sizeof(ret->chaos_version));
	ret->status = (int)rows_int(rows, 20);
	ret->reachable = rows_int(rows, 21) != 0;
	ret->connected_ms = rows_int(rows, 22);
	ret->last_ping_ms = rows_int(rows, 23);
	ret->app_id = rows_int(rows, 24);
	rows_copy(rows, 25, ret->app_name, sizeof(ret->app_name));
	rows_copy(rows, 26, ret->group_name, sizeof(ret->group_name));
	ret->agent = rows_int(rows, 27);
	rows_copy(rows, 28, ret->agent_cid, sizeof(ret->agent_cid));
	rows_copy(rows, 29, ret->kub_namespace, sizeof(ret->kub_namespace));
	rows_copy(rows, 30, ret->node_name, sizeof(ret->node_name));
	rows_copy(rows, 31, ret->state, sizeof(ret->state));
	ret->restarts = (int)rows_int(rows, 32);
	rows_copy(rows, 33, ret->containers, sizeof(ret->containers));
}

static int device_upsert(struct db *db, struct device *d, int64_t now_ms, struct err *e)
{
	int r;

	r = db_run(db, e,
		"insert into device (user, namespace, configuration_id, device_id, device_type, "
		"hostname, private_ip, port, os_type, cpu, mem_mb, uptime, startup_mode, "
		"agent_mode, cluster_id, cluster_name, version, chaos_version, status, reachable, "
		"connected_ms, last_ping_ms) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
		"?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, 1, ?20, ?20) "
		"on conflict (user, configuration_id) do update set namespace = ?2, "
		"device_id = ?4, device_type = ?5, hostname = ?6, private_ip = ?7, public_ip = '', "
		"port = ?8, os_type = ?9, cpu = ?10, mem_mb = ?11, uptime = ?12, "
		"startup_mode = ?13, agent_mode = ?14, cluster_id = ?15, cluster_name = ?16, "
		"version = ?17, chaos_version = ?18, status = ?19, reachable = 1, "
		"connected_ms = ?20, last_ping_ms = ?20",
		db_int(d->user), db_text(d->namespace), db_text(d->configuration_id),
		db_text(d->device_id), db_int(d->device_type), db_text(d->hostname),
		db_text(d->private_ip), db_int(d->port), db_int(d->os_type), db_int(d->cpu),
		db_int(d->mem_mb), db_text(d->uptime), db_text(d->startup_mode),
		db_text(d->agent_mode), db_text(d->cluster_id), db_text(d->cluster_name),
		db_text(d->version), db_text(d->chaos_version), db_int(d->status), db_int(now_ms));
	if (r < 0)
		return r;
	return db_number(db, &d->id, e,
		"select id from device where user = ?1 and configuration_id = ?2", db_int(d->user),
		db_text(d->configuration_id));
}

int store_group_ensure(struct db *db, const struct device *d, int64_t now_ms, long long *ret_app,
	long long *ret_group, struct err *e)
{
	int r;

	r = db_run(db, e,
		"insert into application (user, namespace, name, app_type, created_ms) "
		"values (?1, ?2, ?3, ?4, ?5) on conflict (user, namespace, name) do nothing",
		db_int(d->user), db_text(d->namespace), db_text(d->app_name),
		db_int(str_empty(d->cluster_id) ? 0 : 1), db_int(now_ms));
	if (r >= 0)
		r = db_number(db, ret_app, e,
			"select id from application where user = ?1 and namespace = ?2 "
			"and name = ?3",
			db_int(d->user), db_text(d->namespace), db_text(d->app_name));
	if (r == 0)
		r = db_run(db, e,
			"insert into app_group (application, name) values (?1, ?2) "
			"on conflict (application, name) do nothing",
			db_int(*ret_app), db_text(d->group_name));
	if (r >= 0)
		r = db_number(db, ret_group, e,
			"select id from app_group where application = ?1 and name = ?2",
			db_int(*ret_app), db_text(d->group_name));
	return r;
}

int store_member_set(struct db *db, long long device, long long app, long long group, struct err *e)
{
	return db_run(db, e,
		"insert into app_device (device, application, app_group) values (?1, ?2, ?3) "
		"on conflict (device) do update set application = ?2, app_group = ?3",
		db_int(device), db_int(app), db_int(group));
}

int store_device_register(struct db *db, struct device *d, int64_t now_ms, struct err *e)
{
	autotx struct tx tx = { 0 };
	long long group;
	int r;

	d->status = DEVICE_ONLINE;
	d->reachable = true;
	d->public_ip[0] = '\0';
	d->connected_ms = d->last_ping_ms = now_ms;
	r = tx_begin(&tx, db, e);
	if (r == 0)
		r = device_upsert(db, d, now_ms, e);
	if (r == 0)
		r = store_group_ensure(db, d, now_ms, &d->app_id, &group, e);
	if (r == 0)
		r = store_member_set(db, d->id, d->app_id, group, e);
	return r < 0 ? r : tx_commit(&tx, e);
}

int store_device_find(
	struct db *db, long long user, const char *cid, struct device *ret, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select " DEVICE_COLUMNS DEVICE_TABLES
		"where d.user = ?1 and d.configuration_id = ?2",
		db_int(user), db_text(cid));
	if (r == 0)
		r = rows_next(&rows, e);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(e, ERR_NOTFOUND, 0, "no machine %s", cid);
	read_device(&rows, ret);
	return 0;
}

#define DEVICE_WHERE                                                                               \
	"where (?1 = 0 or d.user = ?1) and (?2 is null or d.namespace = ?2) "                      \
	"and (?3 is null or instr(d.private_ip, ?3) or instr(d.public_ip, ?3) "                    \
	"or instr(d.hostname, ?3)) and (?4 is null or g.name = ?4) "                               \
	"and (?5 is null or g.name in (select value from json_each(?5))) "                         \
	"and (?6 = 0 or a.id = ?6) and (?7 < 0 or d.os_type = ?7) "                                \
	"and (?8 = -9 or d.status = ?8) "                                                          \
	"and (?9 < 0 or (d.cluster_id <> '') = (?9 <> 0)) "                                        \
	"and (?10 = 0 or (d.agent is not null) = (?10 = 2)) "                                      \
	"and (?11 is null or d.cluster_id in (select value from json_each(?11))) "                 \
	"and (?12 is null or d.kub_namespace in (select value from json_each(?12))) "              \
	"and (?13 is null or not exists (select 1 from json_each(?13) w where not exists "         \
	"(select 1 from json_each(d.labels) l where l.key = w.key and l.value = w.value))) "       \
	"and (?14 is null or d.node_name = ?14) "

static const char *given(const char *text)
{
	return str_empty(text) || str_eq(text, "[]") || str_eq(text, "{}") ? NULL : text;
}

#define DEVICE_BINDS(f)                                                                            \
	db_int((f)->user), db_text((f)->namespace), db_text(given((f)->key)),                      \
		db_text(given((f)->group)), db_text(given((f)->groups)), db_int((f)->app_id),      \
		db_int((f)->os_type), db_int((f)->status), db_int((f)->scope), db_int((f)->kind),  \
		db_text(given((f)->clusters)), db_text(given((f)->spaces)),                        \
		db_text(given((f)->labels)), db_text(given((f)->node))

int store_device_each(
	struct db *db, const struct device_filter *filter, device_f *each, void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select " DEVICE_COLUMNS DEVICE_TABLES DEVICE_WHERE
		"order by d.id limit ?15 offset ?16",
		DEVICE_BINDS(filter), db_int(filter->limit ? filter->limit : -1),
		db_int(filter->offset));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		struct device d = { 0 };

		read_device(&rows, &d);
		r = each(&d, arg, e);
	}
	return r;
}

int store_device_count(
	struct db *db, const struct device_filter *filter, long long *ret, struct err *e)
{
	return db_number(
		db, ret, e, "select count(*)" DEVICE_TABLES DEVICE_WHERE, DEVICE_BINDS(filter));
}

int store_device_beats(struct db *db, const struct device_beat *beats, size_t n, struct err *e)
{
	autotx struct tx tx = { 0 };
	int r;

	r = tx_begin(&tx, db, e);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = db_run(db, e,
			"update device set status = ?2, reachable = ?3, last_ping_ms = ?4, "
			"public_ip = ?5, version = ?6, chaos_version = ?7 where id = ?1",
			db_int(beats[i].id), db_int(beats[i].status), db_int(beats[i].reachable),
			db_int(beats[i].last_ping_ms), db_text(beats[i].public_ip),
			db_text(beats[i].version), db_text(beats[i].chaos_version));
	return r < 0 ? r : tx_commit(&tx, e);
}

int store_device_delete(struct db *db, long long user, const char *cid, struct err *e)
{
	int r = db_run(db, e,
		"delete from device where user = ?1 and configuration_id = ?2 and agent is null",
		db_int(user), db_text(cid));

	if (r < 0)
		return r;
	return r > 0 ? 0 : err_set(e, ERR_NOTFOUND, 0, "no machine %s", cid);
}

#define APPLICATION_COLUMNS                                                                        \
	"select a.id, a.user, a.namespace, a.name, a.app_type, "                                   \
	"(select count(*) from app_device m where m.application = a.id), "                         \
	"(select count(*) from app_device m join device d on d.id = m.device "                     \
	"where m.application = a.id and d.status = 2) from application a "

static void read_application(const struct rows *rows, struct application *ret)
{
	ret->id = rows_int(rows, 0);
	ret->user = rows_int(rows, 1);
	rows_copy(rows, 2, ret->namespace, sizeof(ret->namespace));
	rows_copy(rows, 3, ret->name, sizeof(ret->name));
	ret->app_type = (int)rows_int(rows, 4);
	ret->machines = rows_int(rows, 5);
	ret->online = rows_int(rows, 6);
}

#define APPLICATION_WHERE                                                                          \
	"where a.user = ?1 and a.namespace = ?2 and (?3 is null or instr(a.name, ?3)) "

int store_application_each(struct db *db, const struct application_filter *filter,
	application_f *each, void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		APPLICATION_COLUMNS APPLICATION_WHERE "order by a.id limit ?4 offset ?5",
		db_int(filter->user), db_text(filter->namespace), db_text(given(filter->key)),
		db_int(filter->limit ? filter->limit : -1), db_int(filter->offset));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		struct application a = { 0 };

		read_application(&rows, &a);
		r = each(&a, arg, e);
	}
	return r;
}

int store_application_count(
	struct db *db, const struct application_filter *filter, long long *ret, struct err *e)
{
	return db_number(db, ret, e, "select count(*) from application a " APPLICATION_WHERE,
		db_int(filter->user), db_text(filter->namespace), db_text(given(filter->key)));
}

int store_application_find(struct db *db, long long user, long long id, const char *namespace,
	const char *name, struct application *ret, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		APPLICATION_COLUMNS "where a.user = ?1 and "
				    "(a.id = ?2 or ?2 = 0 and a.namespace = ?3 and a.name = ?4)",
		db_int(user), db_int(id), db_text(namespace), db_text(name));
	if (r == 0)
		r = rows_next(&rows, e);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(e, ERR_NOTFOUND, 0, "no such application");
	read_application(&rows, ret);
	return 0;
}

int store_group_each(struct db *db, long long app_id, name_f *each, void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e,
		"select name from app_group where application = ?1 order by name", db_int(app_id));

	while (r == 0 && (r = rows_next(&rows, e)) > 0)
		r = each(rows_text(&rows, 0), arg, e);
	return r;
}
