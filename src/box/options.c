/* The rows of gale-box's options. */
#include "box/options.h"

#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"

#define DB_SQLITE "sqlite:"

static const struct config_row rows[] = {
	{ "listen", CONFIG_TEXT, offsetof(struct options, listen), "127.0.0.1:7001",
		"where pages, API and agents' callbacks are served" },
	{ "admin", CONFIG_TEXT, offsetof(struct options, admin), NULL,
		"ADDR:PORT for /healthz and /metrics" },
	{ "url", CONFIG_TEXT, offsetof(struct options, url), NULL,
		"HOST:PORT under which agents reach the box, for the install command; default: "
		"as the browser calls it" },
	{ "state", CONFIG_TEXT, offsetof(struct options, state), "/var/lib/gale-box",
		"directory of the database" },
	{ "db", CONFIG_TEXT, offsetof(struct options, db), NULL,
		"sqlite:PATH; default: gale-box.db in the state directory" },
	{ "sign-up", CONFIG_TEXT, offsetof(struct options, sign_up), "first",
		"who may sign up: everybody, the first user only, nobody",
		.allowed = "open|first|closed" },
	{ "password-file", CONFIG_TEXT, offsetof(struct options, password_file), NULL,
		"user add: the first line is the password; default: one is drawn and printed" },
	{ "secure-cookies", CONFIG_BOOL, offsetof(struct options, secure_cookies), NULL,
		"browsers come through TLS: cookies for TLS only" },
	{ "loops", CONFIG_INT, offsetof(struct options, loops), "2", "threads that serve HTTP",
		.min = 1, .max = 64 },
	{ "max-connections", CONFIG_INT, offsetof(struct options, connections), "10000",
		"open at once; more of them wait", .min = 16, .max = 1000000 },
	{ "agent-lost", CONFIG_DURATION, offsetof(struct options, agent_lost_ms), "20s",
		"an agent is offline after so long without a heartbeat" },
	{ "pods-lost", CONFIG_DURATION, offsetof(struct options, pods_lost_ms), "60s",
		"a pod is offline after so long without a report of it" },
	{ "ping-period", CONFIG_DURATION, offsetof(struct options, ping_ms), "10s",
		"how often agents are pinged; 0: never" },
	{ "log.level", CONFIG_TEXT, offsetof(struct options, log_level), "info", "least level",
		.allowed = "debug|info|warn|error" },
	{ 0 },
};

static const struct config_program program = {
	.name = "gale-box",
	.summary = "The console of Gale: users, agents, drills, API and pages.",
	.words = "[openapi | user add NAME]",
	.file = "/etc/gale/gale-box.yaml",
	.rows = rows,
};

int options_load(
	int argc, char *const *argv, struct options *ret, struct config *config, struct err *e)
{
	return config_load(&program, argc, argv, ret, config, e);
}

int options_db_path(const struct options *o, char *ret, size_t size, struct err *e)
{
	int n, r;

	if (str_empty(o->db)) {
		r = dir_make(o->state, 0700, e);
		if (r < 0)
			return r;
		n = snprintf(ret, size, "%s/gale-box.db", o->state);
	} else if (str_starts(o->db, DB_SQLITE)) {
		n = snprintf(ret, size, "%s", o->db + strlen(DB_SQLITE));
	} else {
		return err_illegal(e, "db", o->db, "sqlite:PATH");
	}
	return (size_t)n < size ? 0 : err_set(e, ERR_INVALID, 0, "the database path is too long");
}
