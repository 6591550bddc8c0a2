/* The agent's small files. */
#include "agent/keep.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fd.h"

#define MOST_LINE 255

int keep_check(const struct words *words, struct err *e)
{
	bool good = words->n == 2;

	for (size_t i = 0; i < words->n && good; i++) {
		good = *words->v[i] && strlen(words->v[i]) <= MOST_LINE;
		for (const char *at = words->v[i]; *at && good; at++)
			good = (unsigned char)*at >= 0x20 && *at != 0x7f;
	}
	return good ? 0
		    : err_set(e, ERR_INVALID, 0,
			      "two texts of 1 to %d bytes without control characters are needed",
			      MOST_LINE);
}

static int words_write(
	const char *path, const char *const *names, const struct words *w, struct err *e)
{
	char text[2 * MOST_LINE + 16];
	int len, r = keep_check(w, e);

	if (r < 0)
		return r;
	len = snprintf(text, sizeof(text), "%s%s\n%s%s\n", names[0], w->v[0], names[1], w->v[1]);
	return file_replace(path, 0600, text, (size_t)len, e);
}

int keep_cert(const struct words *words, struct err *e)
{
	const char *home = getenv("HOME");
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/.chaos.cert", str_empty(home) ? "/root" : home);
	return words_write(path, (const char *const[]){ "AK=", "SK=" }, words, e);
}

static void app_path(const char *state, char ret[static PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/agent.app", state);
}

int keep_app(const char *state, const struct words *words, struct err *e)
{
	char path[PATH_MAX];
	int r = dir_make(state, 0700, e);

	app_path(state, path);
	return r < 0 ? r : words_write(path, (const char *const[]){ "", "" }, words, e);
}

int keep_app_load(const char *state, struct words *ret, struct err *e)
{
	autobuf struct buf text = BUF_INIT(2 * MOST_LINE + 16);
	char path[PATH_MAX];
	int r;

	app_path(state, path);
	r = file_read(AT_FDCWD, path, &text, e);
	if (r < 0)
		return r == -ERR_NOTFOUND ? 0 : r;
	r = words_split(buf_text(&text), '\n', ret, e);
	if (r == 0 && keep_check(ret, e) < 0)
		return err_wrap(e, "%s", path);
	return r;
}
