/* What agents report of the pods of their clusters. Pods are devices (store/fleet.h). */
#ifndef BOX_STORE_POD_H
#define BOX_STORE_POD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "box/store/fleet.h"

enum pod_report_kind {
	POD_FULL,
	POD_SUMMARY, /* as it was said before */
	POD_DELETED,
};

/* One element of a report; texts are borrowed, "" when they are not told. */
struct pod {
	enum pod_report_kind kind;
	char cid[33];
	const char *uid, *name, *namespace, *ip, *node, *state;
	char *labels, *containers; /* a JSON object, a list; whose: fleet/pod_report.h */
	const char *app, *group;   /* "" without a label that names one */
	int restarts;
	bool running; /* state says so */
};

/*
 * Brings what the agent (its device, as store_device_find gives it) reports into the store, in one
 * transaction. *ret_unknown: how many summaries are of pods that the store does not know; they have
 * to be told in full.
 */
int store_pods_report(struct db *db, const struct device *agent, const struct pod *pods, size_t n,
	int64_t now_ms, size_t *ret_unknown, struct err *e);

/* Pods that nobody has reported since then are offline; the number of them, or -ERR_x. */
int store_pods_lost(struct db *db, int64_t before_ms, struct err *e);
/* Those that nobody has reported since then are forgotten. */
int store_pods_forget(struct db *db, int64_t before_ms, struct err *e);

/* Clusters of a user and namespace: all that agents have told of one. */
struct cluster {
	char id[64], name[128];
	long long agents, online;    /* agents of it */
	long long pods, pods_online; /* and what they report */
	char install_mode[32], version[32];
};

typedef int cluster_f(const struct cluster *c, void *arg, struct err *e);

int store_cluster_each(struct db *db, long long user, const char *namespace, cluster_f *each,
	void *arg, struct err *e); /* by name */

/* Nodes that reports have named, and how many pods run on each. */
struct node {
	char name[254], cluster_id[64], cluster_name[128];
	long long pods;
};

typedef int node_f(const struct node *n, void *arg, struct err *e);

/* cluster_id NULL or "": of all clusters. By name; *ret_total counts those of all pages. */
int store_node_each(struct db *db, const struct device_filter *filter, const char *cluster_id,
	node_f *each, void *arg, long long *ret_total, struct err *e);

/* Namespaces that have pods, by name; app 0: of all applications; groups as in
 * device_filter; key: a part of the name, "" for all. */
int store_pod_namespace_each(struct db *db, long long user, const char *namespace, long long app,
	const char *groups, const char *key, name_f *each, void *arg, struct err *e);

/* An agent of the cluster that was heard of last, for orders. -ERR_NOTFOUND: it has none. */
int store_cluster_agent(
	struct db *db, long long user, const char *cluster_id, struct device *ret, struct err *e);

#endif
