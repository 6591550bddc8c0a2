/* gale-box: the console. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/str.h"
#include "box/account/account.h"
#include "box/api/openapi.h"
#include "box/options.h"
#include "box/serve.h"
#include "box/store/db.h"

#define DRAWN_PASSWORD 20

static int cmd_serve(const struct options *o, const struct words *words, struct err *e)
{
	(void)words;
	return serve(o, e);
}

static int cmd_openapi(const struct options *o, const struct words *words, struct err *e)
{
	(void)o;
	(void)words;
	return openapi_print(stdout, e);
}

/* The first line of the file, or a drawn one. */
static int read_password(const char *file, char *ret, size_t size, struct err *e)
{
	if (str_empty(file)) {
		rand_hex(ret, DRAWN_PASSWORD);
		return 0;
	}
	return file_read_line(AT_FDCWD, file, ret, size, e);
}

static int add_user(struct db *db, const char *name, const char *password, struct err *e)
{
	char hash[HASH_SIZE];
	struct user user;
	int r;

	r = account_check_name("NAME", name, e);
	if (r == 0)
		r = account_check_password(password, e);
	if (r == 0)
		r = db_migrate(db, clock_wall_ms(), e);
	if (r == 0)
		r = password_hash(password, hash, e);
	if (r == 0)
		r = account_create(db, name, hash, false, clock_wall_ms(), &user, e);
	if (r == 0)
		printf("license %s\n", user.license);
	return r;
}

static int cmd_user_add(const struct options *o, const struct words *words, struct err *e)
{
	char path[512], password[PASSWORD_MAX + 1];
	struct db *db = NULL;
	int r;

	if (words->n != 3)
		return err_set(e, ERR_INVALID, 0, "usage: gale-box user add NAME");
	r = account_init(e);
	if (r == 0)
		r = options_db_path(o, path, sizeof(path), e);
	if (r == 0)
		r = read_password(o->password_file, password, sizeof(password), e);
	if (r == 0)
		r = db_open(path, &db, e);
	if (r == 0)
		r = add_user(db, words->v[2], password, e);
	if (r == 0 && str_empty(o->password_file))
		printf("password %s\n", password);
	db_close(db);
	return r;
}

static const struct {
	const char *first, *second;
	int (*run)(const struct options *o, const struct words *words, struct err *e);
} commands[] = {
	{ NULL, NULL, cmd_serve },
	{ "openapi", NULL, cmd_openapi },
	{ "user", "add", cmd_user_add },
};

static int run(const struct options *o, const struct words *words, struct err *e)
{
	const char *first = words->n > 0 ? words->v[0] : NULL;
	const char *second = words->n > 1 ? words->v[1] : NULL;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (str_eq(commands[i].first, first) &&
			(!commands[i].second || str_eq(commands[i].second, second)))
			return commands[i].run(o, words, e);
	return err_set(e, ERR_INVALID, 0, "unknown command %s, see gale-box --help", first);
}

int main(int argc, char **argv)
{
	autoconfig struct config config = { 0 };
	struct options options = { 0 };
	enum log_level level = LOG_INFO;
	struct err e = { 0 };
	int r;

	log_init("gale-box", LOG_INFO);
	r = options_load(argc, argv, &options, &config, &e);
	if (r > 0)
		return 0;
	if (r == 0) {
		log_level_parse(options.log_level, &level);
		log_init("gale-box", level);
		r = run(&options, &config.words, &e);
	}
	if (r < 0)
		fprintf(stderr, "gale-box: %s\n", e.msg);
	return r < 0 ? 1 : 0;
}
