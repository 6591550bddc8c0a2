/* The settings of the agent: ChaosBlade's long flags, and the ones of its safe sides. */
#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#include <stdbool.h>

#include "base/config.h"
#include "base/log.h"
#include "base/nets.h"

struct options {
	const char *license, *namespace_, *app_instance, *app_group;
	const char *endpoint, *listen, *local_ip, *admin;
	const char *agent_mode, *startup_mode, *os_type, *cluster_id, *cluster_name;
	const char *node_listen, *node_cert, *node_key, *node_ca, *node_clients, *node_sign_key;
	const char *node_name;
	const char *allow, *flood_allow, *legacy_unsigned, *state, *run, *user, *log_level;
	const char *unused; /* flags that are taken and mean nothing here */
	const char *kubeconfig;
	long long port, heartbeat_ms, timeout_ms, pod_period_ms, unused_number;
	bool restricted, external_ip, leave_container, pod_report, unused_switch;

	/* Made of the above by options_load. */
	char host[256]; /* the endpoint's; "": no console */
	int host_port;
	bool cluster;	       /* it is a cluster's agent */
	char own_cluster[300]; /* what cluster_id is when it was not given */
	char own_name[128];    /* what node_name is when it was not given */
	enum log_level least_log;
	struct words allow_list;
	struct nets legacy_nets;
};

/* As config_load: 1 when something was printed and the program ends well. */
int options_load(int argc, char *const *argv, struct options *ret, struct config *c, struct err *e);
void options_free(struct options *o);

#endif
