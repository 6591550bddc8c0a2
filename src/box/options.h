/* What gale-box is told: flags, GALE_... variables and the file, a row each in options.c. */
#ifndef BOX_OPTIONS_H
#define BOX_OPTIONS_H

#include <stdbool.h>

#include "base/config.h"

struct options {
	const char *listen, *admin, *db, *state, *sign_up, *log_level, *password_file, *url;
	long long loops, connections;
	long long agent_lost_ms, pods_lost_ms, ping_ms;
	bool secure_cookies;
};

/* As config_load. On success words are "", "openapi", "user add NAME". */
int options_load(
	int argc, char *const *argv, struct options *ret, struct config *config, struct err *e);

/* The path of the SQLite file; makes its folder. */
int options_db_path(const struct options *o, char *ret, size_t size, struct err *e);

#endif
