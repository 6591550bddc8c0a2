/* Agents and pods (devices), applications, their groups and members in the store. */
#ifndef BOX_STORE_FLEET_H
#define BOX_STORE_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db;

/* The numbers are the protocol's. */
enum device_status {
	DEVICE_INSTALL_FAIL = -1,
	DEVICE_WAIT_INSTALL = 0, /* the agent has said good-bye */
	DEVICE_INSTALLING = 1,
	DEVICE_ONLINE = 2,
	DEVICE_OFFLINE = 3,
	DEVICE_UNINSTALLING = 4,
	DEVICE_UNINSTALL_FAIL = 5,
};

enum { DEVICE_TYPE_HOST = 0, DEVICE_TYPE_POD = 2 };
enum { SCOPE_HOST = 0, SCOPE_K8S = 2 };

struct device {
	long long id, user;
	char namespace[64];
	char configuration_id[40]; /* the cid */
	char device_id[128];
	int device_type;
	char hostname[128];
	char private_ip[48], public_ip[48]; /* public: "" when the agent told none */
	int port, os_type, cpu, mem_mb;
	char uptime[128], startup_mode[32], agent_mode[32];
	char cluster_id[64], cluster_name[128];
	char version[32], chaos_version[32];
	int status;
	bool reachable; /* the last ping or order reached the agent; of a pod: its agent is online
			 */
	int64_t connected_ms, last_ping_ms;
	/* Of a pod, which its cluster's agent reports; 0 and "" of agents. */
	long long agent;
	char agent_cid[40];
	char kub_namespace[64], node_name[254], state[64];
	char containers[1024]; /* a JSON list of names; one that is longer is cut, and no JSON */
	int restarts;
	long long app_id; /* its application and group; 0 and "" without one */
	char app_name[128], group_name[128];
};

static inline bool device_is_pod(const struct device *d)
{
	return d->agent != 0;
}

/* Where orders are sent. */
static inline const char *device_address(const struct device *d)
{
	return d->public_ip[0] ? d->public_ip : d->private_ip;
}

/*
 * Adds or renews the device by (user, configuration_id), its application, group and membership, in
 * one transaction. Fills id and app_id.
 */
int store_device_register(struct db *db, struct device *d, int64_t now_ms, struct err *e);

/* -ERR_NOTFOUND: the user has none with this cid. */
int store_device_find(
	struct db *db, long long user, const char *cid, struct device *ret, struct err *e);

enum device_kind { DEVICE_ANY, DEVICE_AGENT, DEVICE_POD };

struct device_filter {
	enum device_kind kind;
	long long user;		 /* 0: of all users */
	const char *namespace;	 /* NULL: of all */
	const char *key;	 /* part of an address or a host name; NULL or "": any */
	const char *group;	 /* NULL or "": any */
	const char *groups;	 /* JSON list of group names; NULL or "[]": any */
	long long app_id;	 /* 0: any */
	int os_type;		 /* -1: any */
	int status;		 /* -9: any */
	int scope;		 /* SCOPE_HOST, SCOPE_K8S, -1: any */
	const char *clusters;	 /* JSON list of cluster ids; NULL or "[]": any */
	const char *spaces;	 /* JSON list of namespaces of Kubernetes; the same */
	const char *labels;	 /* JSON object: all of them; NULL or "{}": any */
	const char *node;	 /* NULL or "": any */
	long long offset, limit; /* limit 0: all */
};

#define DEVICE_FILTER_ALL ((struct device_filter){ .os_type = -1, .status = -9, .scope = -1 })

typedef int device_f(const struct device *d, void *arg, struct err *e);

int store_device_each(struct db *db, const struct device_filter *filter, device_f *each, void *arg,
	struct err *e); /* by id */
int store_device_count(
	struct db *db, const struct device_filter *filter, long long *ret, struct err *e);

/* What changes with heartbeats, pings and good-byes. */
struct device_beat {
	long long id;
	int status;
	bool reachable;
	int64_t last_ping_ms;
	char public_ip[48], version[32], chaos_version[32];
};

/* One transaction; beats are sorted by id. */
int store_device_beats(struct db *db, const struct device_beat *beats, size_t n, struct err *e);

/* An agent with its memberships and its pods. -ERR_NOTFOUND. */
int store_device_delete(struct db *db, long long user, const char *cid, struct err *e);

struct application {
	long long id, user;
	char namespace[64], name[128];
	int app_type;
	long long machines, online;
};

struct application_filter {
	long long user;
	const char *namespace;
	const char *key; /* part of the name */
	long long offset, limit;
};

typedef int application_f(const struct application *a, void *arg, struct err *e);

int store_application_each(struct db *db, const struct application_filter *filter,
	application_f *each, void *arg, struct err *e);
int store_application_count(
	struct db *db, const struct application_filter *filter, long long *ret, struct err *e);
/* By id or, with id 0, by name. -ERR_NOTFOUND when the user has none. */
int store_application_find(struct db *db, long long user, long long id, const char *namespace,
	const char *name, struct application *ret, struct err *e);

/*
 * The application and its group in the caller's transaction, made when they are not there; its type
 * is that of who comes first.
 */
int store_group_ensure(struct db *db, const struct device *member, int64_t now_ms,
	long long *ret_app, long long *ret_group, struct err *e);
int store_member_set(
	struct db *db, long long device, long long app, long long group, struct err *e);

typedef int name_f(const char *name, void *arg, struct err *e);

int store_group_each(struct db *db, long long app_id, name_f *each, void *arg, struct err *e);

#endif
