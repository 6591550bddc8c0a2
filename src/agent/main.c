/* gale-agent: takes the console's orders and carries them out on this host. */
#include <stdio.h>

#include "agent/helper.h"
#include "agent/keep.h"
#include "agent/network.h"
#include "agent/options.h"

/* What the console said last about the application goes before flags of the first day. */
static void app_recall(struct options *o, struct words *app)
{
	struct err e;

	if (keep_app_load(o->state, app, &e) < 0) {
		log_write(LOG_WARN, "application.unread", "error", e.msg, NULL);
	} else if (app->n == 2) {
		o->app_instance = app->v[0];
		o->app_group = app->v[1];
	}
}

int main(int argc, char **argv)
{
	autoconfig struct config config = { 0 };
	autowords struct words app = { 0 };
	struct options o;
	struct err e;
	int r;

	r = options_load(argc, argv, &o, &config, &e);
	if (r < 0)
		fprintf(stderr, "gale-agent: %s\n", e.msg);
	if (r == 0) {
		log_init("gale-agent", o.least_log);
		app_recall(&o, &app);
		r = helper_run(&o, network_run, &e);
		if (r < 0)
			log_write(LOG_ERROR, "ended", "error", e.msg, NULL);
	}
	options_free(&o);
	return r < 0;
}
