/* Rows of a network's quality by time. */
#include "net/profile.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { COLUMNS = 4, MOST_ROWS = 100000 };

#define MOST_SECONDS (366 * 86400.0)
#define MOST_DELAY   3600e3

/* The column as a text of its own, blanks around it cut off; NULL: there is none. */
static char *column(char **line)
{
	char *at = *line, *end;

	if (at == NULL)
		return NULL;
	*line = strchr(at, ',');
	if (*line != NULL)
		*(*line)++ = '\0';
	at += strspn(at, " \t\r");
	end = at + strlen(at);
	while (end > at && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return at;
}

static int parse_number(const char *text, double most, double *ret, struct err *e)
{
	*ret = 0;
	return str_empty(text) ? 0 : str_to_real(text, 0, most, ret, e);
}

static int parse_row(char *line, struct profile_row *ret, struct err *e)
{
	const char *columns[COLUMNS];
	long long bps = 0;
	int r;

	for (size_t i = 0; i < COLUMNS; i++)
		columns[i] = column(&line);
	if (line != NULL)
		return err_set(e, ERR_INVALID, 0, "more than %d columns", COLUMNS);
	if (str_empty(columns[0]))
		return err_set(e, ERR_INVALID, 0, "no time");
	r = parse_number(columns[0], MOST_SECONDS, &ret->at_ms, e);
	if (r == 0)
		r = parse_number(columns[1], MOST_DELAY, &ret->delay_ms, e);
	if (r == 0)
		r = parse_number(columns[2], 100, &ret->loss, e);
	if (r == 0 && !str_empty(columns[3]) && !str_eq(columns[3], "0"))
		r = str_to_rate(columns[3], 1000, 1000000000000, &bps, e);
	ret->at_ms *= 1000;
	ret->loss /= 100;
	ret->bps = (uint64_t)bps;
	return r;
}

static int add_row(struct profile *p, const struct profile_row *row, struct err *e)
{
	struct profile_row *v;

	if (p->n == 0 ? row->at_ms != 0 : row->at_ms <= p->v[p->n - 1].at_ms)
		return err_set(e, ERR_INVALID, 0, "times ascend from 0");
	if (p->n == MOST_ROWS)
		return err_set(e, ERR_INVALID, 0, "more than %d rows", MOST_ROWS);
	v = realloc(p->v, (p->n + 1) * sizeof(*v));
	if (v == NULL)
		return err_set(e, ERR_NOMEM, errno, "rows of a profile");
	p->v = v;
	p->v[p->n++] = *row;
	return 0;
}

static int parse_lines(char *text, struct profile *p, struct err *e)
{
	unsigned number = 0;

	for (char *next; text != NULL; text = next) {
		struct profile_row row;
		int r;

		next = strchr(text, '\n');
		if (next != NULL)
			*next++ = '\0';
		number++;
		text += strspn(text, " \t\r");
		if (*text == '\0' || *text == '#' || (p->n == 0 && isalpha((unsigned char)*text)))
			continue;
		r = parse_row(text, &row, e);
		if (r == 0)
			r = add_row(p, &row, e);
		if (r < 0)
			return err_wrap(e, "line %u", number);
	}
	return p->n > 0 ? 0 : err_set(e, ERR_INVALID, 0, "no rows");
}

static bool does_nothing(const struct profile_row *row)
{
	return row->delay_ms <= 0 && row->loss <= 0 && row->bps == 0;
}

int profile_parse(const char *text, struct profile *ret, struct err *e)
{
	char *copy = strdup(text);
	struct profile p = { 0 };
	int r;

	if (copy == NULL)
		return err_set(e, ERR_NOMEM, errno, "rows of a profile");
	r = parse_lines(copy, &p, e);
	free(copy);
	while (r == 0 && p.first < p.n && does_nothing(&p.v[p.first]))
		p.first++;
	if (r == 0 && p.first == p.n)
		r = err_set(e, ERR_INVALID, 0, "no row delays, loses or limits anything");
	if (r < 0)
		free(p.v);
	else
		*ret = p;
	return r;
}

void profile_free(struct profile *p)
{
	free(p->v);
	*p = (struct profile){ 0 };
}

const struct profile_row *profile_now(const struct profile *p, int64_t now_ns, double *ret_left_ms)
{
	long long start = atomic_load(p->start_ns);
	double ms = (double)(now_ns - start) / 1e6, length = p->v[p->n - 1].at_ms;
	size_t low = 0, high = p->n;

	*ret_left_ms = -1;
	if (start == 0)
		return &p->v[p->first];
	if (p->repeat && length > 0)
		ms = fmod(ms, length);
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (p->v[middle].at_ms <= ms)
			low = middle;
		else
			high = middle;
	}
	if (high < p->n)
		*ret_left_ms = p->v[high].at_ms - ms;
	return &p->v[low];
}
