/*
 * The agents: who they are, that they live, and how they are called. What heartbeats change is
 * kept in memory and written once a second; everything else goes to the store at once.
 */
#ifndef BOX_FLEET_FLEET_H
#define BOX_FLEET_FLEET_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "box/store/fleet.h"

struct client;
struct db;
struct event_base;
struct fleet;
struct mailbox;
struct topics;
struct user;
struct user_secret;

struct fleet_options {
	struct event_base *base; /* of the main thread, like the next three */
	struct mailbox *mailbox;
	struct client *client;
	struct db *db;
	const char *db_path;   /* of the same store, for a thread that takes reports of pods */
	struct topics *topics; /* news of "fleet/<user>" when an agent comes or goes */
	int64_t lost_ms;       /* OFFLINE after so long without a heartbeat */
	int64_t ping_ms;       /* 0: no pings */
	int64_t pods_lost_ms;  /* a pod is OFFLINE after so long without a report of it */
};

/* Loads what the store knows and starts the timers. */
int fleet_new(const struct fleet_options *options, struct fleet **ret, struct err *e);
void fleet_free(struct fleet *fleet); /* writes what is not yet written */

/* ---- callbacks of agents: any thread */

/* -ERR_INVALID; ret is filled from the request of AgentRegister but for what the store gives. */
int fleet_read_registration(const json_t *body, struct device *ret, struct err *e);

/*
 * Stores the device and keeps it in memory. cid is 32 hex digits of the protocol's formula; a
 * second agent on the same address and host, with another port, gets one of its own.
 */
int fleet_register(struct fleet *fleet, struct db *db, const struct user *user,
	const struct user_secret *secret, struct device *device, int64_t now_ms, struct err *e);

struct fleet_caller {
	long long device, user;
	char cid[40];
};

enum fleet_proof {
	FLEET_PROVEN,
	FLEET_UNKNOWN, /* no agent with this cid */
	FLEET_STALE,   /* ts is missing or not of now */
	FLEET_FORGED,  /* licence or signature do not fit */
};

/* Whether the body of a callback was sent by the agent whose cid it names. */
enum fleet_proof fleet_prove(
	struct fleet *fleet, const json_t *body, int64_t now_ms, struct fleet_caller *ret);

/* public_ip: "" when the agent tells none; one that is no address is left out. */
void fleet_heartbeat(struct fleet *fleet, const char *cid, const char *version,
	const char *chaos_version, const char *public_ip, int64_t now_ms);
void fleet_goodbye(struct fleet *fleet, const char *cid, int64_t now_ms);
void fleet_forget(struct fleet *fleet, const char *cid); /* after store_device_delete */

/*
 * Called once, in the thread of the reports: the answer ({uid: cid}, taken over), or why there is
 * none: ERR_CONFLICT when the agent has to tell all of them in full.
 */
typedef void pods_done_f(json_t *answer, const struct err *e, void *arg);

/* Writes a report; text is borrowed until done. -ERR_BUSY: too many wait; done is not called. */
int fleet_report_pods(struct fleet *fleet, const struct fleet_caller *who, const char *text,
	int64_t now_ms, pods_done_f *done, void *arg, struct err *e);

/*
 * The living values (status, last_ping_ms, reachable, public_ip) over what the store gave; of a
 * pod only whether its agent is there.
 */
void fleet_refresh(struct fleet *fleet, struct device *device);

struct fleet_count {
	uint64_t agents, online, heartbeats, refused, orders, failures;
};

void fleet_counts(struct fleet *fleet, struct fleet_count *ret);

/* ---- orders to agents: any thread */

struct agent_reply {
	int code;
	bool success;
	const char *error;    /* "" without one */
	const json_t *result; /* NULL without one */
	const json_t *effect; /* of gale's own agents, or NULL */
	const char *deadline; /* the same, "" */
};

/*
 * Called once, in the main thread's loop. Without an answer, e says why: ERR_BUSY (too many orders
 * wait: not sent), ERR_TIMEOUT or ERR_PROTOCOL (it may have been seen). All borrowed.
 */
typedef void agent_done_f(const struct agent_reply *reply, const struct err *e, void *arg);

/*
 * POSTs params (texts, copied) to "/chaosblade", "/ping" ... of the device, signed with its
 * owner's secret so that agents 1.0.x and 1.1.x take it. An error here: done is not called.
 */
int fleet_order(struct fleet *fleet, const struct device *device, const char *path,
	const json_t *params, int timeout_ms, agent_done_f *done, void *arg, struct err *e);

bool fleet_is_address(const char *text); /* IPv4 or IPv6, no name */

/* ---- the protocol's ids */

void fleet_host_cid(const char *user_id, const char *namespace, const char *ip, int device_type,
	const char *device_id, char ret[static 33]);
void fleet_pod_cid(
	const char *user_id, const char *namespace, const char *pod_uid, char ret[static 33]);

#endif
