/* Pods in the store. */
#include "box/store/pod.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "box/store/db.h"

/* Applications and groups that this report has met: thousands of pods share a few of them. */
struct group {
	const char *app, *name;
	long long app_id, id;
};

struct report {
	struct db *db;
	const struct device *agent;
	int64_t now_ms;
	struct group *groups;
	size_t n_groups;
};

static int find_group(
	struct report *r, const struct pod *pod, const struct group **ret, struct err *e)
{
	struct device member = *r->agent;
	struct group *more;
	int rc;

	for (size_t i = 0; i < r->n_groups; i++)
		if (str_eq(r->groups[i].app, pod->app) && str_eq(r->groups[i].name, pod->group)) {
			*ret = &r->groups[i];
			return 0;
		}
	more = reallocarray(r->groups, r->n_groups + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	r->groups = more;
	more += r->n_groups;
	*more = (struct group){ .app = pod->app, .name = pod->group };
	snprintf(member.app_name, sizeof(member.app_name), "%s", pod->app);
	snprintf(member.group_name, sizeof(member.group_name), "%s", pod->group);
	rc = store_group_ensure(r->db, &member, r->now_ms, &more->app_id, &more->id, e);
	if (rc < 0)
		return rc;
	r->n_groups++;
	*ret = more;
	return 0;
}

static int upsert(struct report *r, const struct pod *pod, long long *ret_id, struct err *e)
{
	const struct device *a = r->agent;
	int rc;

	rc = db_run(r->db, e,
		"insert into device (user, namespace, configuration_id, device_id, device_type, "
		"hostname, private_ip, port, os_type, agent_mode, cluster_id, cluster_name, "
		"status, connected_ms, last_ping_ms, agent, kub_namespace, node_name, state, "
		"restarts, labels, containers) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, "
		"?10, ?11, ?12, ?13, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20) "
		"on conflict (user, configuration_id) do update set hostname = ?6, "
		"private_ip = ?7, port = ?8, agent_mode = ?9, cluster_id = ?10, "
		"cluster_name = ?11, status = ?12, last_ping_ms = ?13, agent = ?14, "
		"kub_namespace = ?15, node_name = ?16, state = ?17, restarts = ?18, labels = ?19, "
		"containers = ?20",
		db_int(a->user), db_text(a->namespace), db_text(pod->cid), db_text(pod->uid),
		db_int(DEVICE_TYPE_POD), db_text(pod->name),
		db_text(str_empty(pod->ip) ? "0.0.0.0" : pod->ip), db_int(a->port),
		db_text(a->agent_mode), db_text(a->cluster_id), db_text(a->cluster_name),
		db_int(pod->running ? DEVICE_ONLINE : DEVICE_OFFLINE), db_int(r->now_ms),
		db_int(a->id), db_text(pod->namespace), db_text(pod->node), db_text(pod->state),
		db_int(pod->restarts), db_text(pod->labels), db_text(pod->containers));
	if (rc < 0)
		return rc;
	return db_number(r->db, ret_id, e,
		"select id from device where user = ?1 and configuration_id = ?2", db_int(a->user),
		db_text(pod->cid));
}

/* A pod that does not run makes no application, and leaves the one that it had when it ran. */
static int report_full(struct report *r, const struct pod *pod, struct err *e)
{
	const struct group *group;
	long long id;
	int rc = upsert(r, pod, &id, e);

	if (rc < 0)
		return rc;
	if (str_empty(pod->app))
		return db_run(r->db, e, "delete from app_device where device = ?1", db_int(id));
	if (!pod->running)
		return 0;
	rc = find_group(r, pod, &group, e);
	return rc < 0 ? rc : store_member_set(r->db, id, group->app_id, group->id, e);
}

static int report_deleted(struct report *r, const struct pod *pod, struct err *e)
{
	return db_run(r->db, e,
		"update device set status = ?3, state = 'Deleted' "
		"where user = ?1 and configuration_id = ?2 and agent is not null",
		db_int(r->agent->user), db_text(pod->cid), db_int(DEVICE_OFFLINE));
}

/* All summaries at once. A pod that was lost meanwhile is what it was before. */
static int report_summaries(struct report *r, const json_t *cids, struct err *e)
{
	autofree char *list = json_line(cids);

	if (!list)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return db_run(r->db, e,
		"update device set last_ping_ms = ?3, agent = ?4, "
		"status = case lower(state) when 'running' then 2 else 3 end "
		"where user = ?1 and configuration_id in (select value from json_each(?2)) "
		"and agent is not null and containers <> ''",
		db_int(r->agent->user), db_text(list), db_int(r->now_ms), db_int(r->agent->id));
}

static int report_all(
	struct report *r, const struct pod *pods, size_t n, size_t *ret_unknown, struct err *e)
{
	autojson json_t *cids = json_array();
	int rc = 0;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (pods[i].kind == POD_FULL)
			rc = report_full(r, &pods[i], e);
		else if (pods[i].kind == POD_DELETED)
			rc = report_deleted(r, &pods[i], e);
		else
			json_array_append_new(cids, json_string(pods[i].cid));
	}
	if (rc >= 0)
		rc = report_summaries(r, cids, e);
	if (rc < 0)
		return rc;
	*ret_unknown = json_array_size(cids) - (size_t)rc;
	return 0;
}

int store_pods_report(struct db *db, const struct device *agent, const struct pod *pods, size_t n,
	int64_t now_ms, size_t *ret_unknown, struct err *e)
{
	struct report report = { .db = db, .agent = agent, .now_ms = now_ms };
	autotx struct tx tx = { 0 };
	size_t unknown;
	int r = tx_begin(&tx, db, e);

	if (r == 0)
		r = report_all(&report, pods, n, &unknown, e);
	free(report.groups);
	if (r == 0)
		r = tx_commit(&tx, e);
	if (r == 0)
		*ret_unknown = unknown;
	return r;
}

int store_pods_lost(struct db *db, int64_t before_ms, struct err *e)
{
	return db_run(db, e,
		"update device set status = ?2 "
		"where agent is not null and status <> ?2 and last_ping_ms < ?1",
		db_int(before_ms), db_int(DEVICE_OFFLINE));
}

int store_pods_forget(struct db *db, int64_t before_ms, struct err *e)
{
	return db_run(db, e, "delete from device where agent is not null and last_ping_ms < ?1",
		db_int(before_ms));
}

/* ---- clusters ---- */

int store_cluster_each(struct db *db, long long user, const char *namespace, cluster_f *each,
	void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select cluster_id, max(cluster_name), count(*) filter (where agent is null), "
		"count(*) filter (where agent is null and status = 2), "
		"count(agent), count(agent) filter (where status = 2), "
		"max(agent_mode), max(version) from device "
		"where user = ?1 and namespace = ?2 and cluster_id <> '' group by cluster_id "
		"order by 2, 1",
		db_int(user), db_text(namespace));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		struct cluster c = {
			.agents = rows_int(&rows, 2),
			.online = rows_int(&rows, 3),
			.pods = rows_int(&rows, 4),
			.pods_online = rows_int(&rows, 5),
		};

		rows_copy(&rows, 0, c.id, sizeof(c.id));
		rows_copy(&rows, 1, c.name, sizeof(c.name));
		rows_copy(&rows, 6, c.install_mode, sizeof(c.install_mode));
		rows_copy(&rows, 7, c.version, sizeof(c.version));
		r = each(&c, arg, e);
	}
	return r;
}

#define NODES                                                                                      \
	"from device where user = ?1 and namespace = ?2 and agent is not null "                    \
	"and node_name <> '' and (?3 = '' or cluster_id = ?3) "

int store_node_each(struct db *db, const struct device_filter *filter, const char *cluster_id,
	node_f *each, void *arg, long long *ret_total, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_number(db, ret_total, e,
		"select count(*) from (select distinct cluster_id, node_name " NODES ")",
		db_int(filter->user), db_text(filter->namespace), db_text(cluster_id));
	if (r == 0)
		r = db_query(db, &rows, e,
			"select node_name, cluster_id, max(cluster_name), "
			"count(*) filter (where status = 2) " NODES
			"group by cluster_id, node_name order by 1, 2 limit ?4 offset ?5",
			db_int(filter->user), db_text(filter->namespace), db_text(cluster_id),
			db_int(filter->limit), db_int(filter->offset));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		struct node n = { .pods = rows_int(&rows, 3) };

		rows_copy(&rows, 0, n.name, sizeof(n.name));
		rows_copy(&rows, 1, n.cluster_id, sizeof(n.cluster_id));
		rows_copy(&rows, 2, n.cluster_name, sizeof(n.cluster_name));
		r = each(&n, arg, e);
	}
	return r;
}

int store_pod_namespace_each(struct db *db, long long user, const char *namespace, long long app,
	const char *groups, const char *key, name_f *each, void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select distinct d.kub_namespace from device d "
		"left join app_device m on m.device = d.id "
		"left join app_group g on g.id = m.app_group "
		"where d.user = ?1 and d.namespace = ?2 and d.agent is not null "
		"and (?3 = 0 or m.application = ?3) "
		"and (?4 is null or g.name in (select value from json_each(?4))) "
		"and (?5 = '' or instr(d.kub_namespace, ?5)) order by 1",
		db_int(user), db_text(namespace), db_int(app), db_text(groups), db_text(key));
	while (r == 0 && (r = rows_next(&rows, e)) > 0)
		r = each(rows_text(&rows, 0), arg, e);
	return r;
}

int store_cluster_agent(
	struct db *db, long long user, const char *cluster_id, struct device *ret, struct err *e)
{
	autorows struct rows rows = { 0 };
	char cid[40];
	int r;

	r = db_query(db, &rows, e,
		"select configuration_id from device where user = ?1 and cluster_id = ?2 "
		"and agent is null order by status = 2 desc, last_ping_ms desc limit 1",
		db_int(user), db_text(cluster_id));
	if (r == 0)
		r = rows_next(&rows, e);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(e, ERR_NOTFOUND, 0, "the cluster %s has no agent", cluster_id);
	rows_copy(&rows, 0, cid, sizeof(cid));
	return store_device_find(db, user, cid, ret, e);
}
