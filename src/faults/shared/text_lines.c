/* Lines in texts. */
#include "faults/shared/text_lines.h"

#include <string.h>

#include "base/str.h"

/* The length of the line at this place, its newline counted. */
static size_t line_len(const char *at)
{
	size_t len = strcspn(at, "\n");

	return len + (at[len] == '\n');
}

static bool begins_with_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && (line[len] == ' ' || line[len] == '\t');
}

static void end_line(struct buf *b)
{
	if (b->len > 0 && b->data[b->len - 1] != '\n')
		buf_str(b, "\n");
}

void lines_add(const char *text, const char *lines, const char *word, struct buf *ret,
	struct buf *ret_removed)
{
	bool added = word != NULL && *word == '\0';

	buf_str(ret, added ? lines : "");
	for (const char *at = text; *at != '\0'; at += line_len(at)) {
		if (word == NULL || *word == '\0' || !begins_with_word(at, word)) {
			buf_add(ret, at, line_len(at));
			continue;
		}
		buf_add(ret_removed, at, line_len(at));
		if (!added)
			buf_str(ret, lines);
		added = true;
	}
	end_line(ret_removed);
	if (!added) {
		end_line(ret);
		buf_str(ret, lines);
	}
}

static bool same_line(const char *a, size_t a_len, const char *b, size_t b_len)
{
	a_len -= a_len > 0 && a[a_len - 1] == '\n';
	b_len -= b_len > 0 && b[b_len - 1] == '\n';
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static const char *find_last(const char *text, const char *line, size_t len)
{
	const char *found = NULL;

	for (const char *at = text; *at != '\0'; at += line_len(at))
		if (same_line(at, line_len(at), line, len))
			found = at;
	return found;
}

bool lines_take_out(const char *text, const char *lines, const char *instead, struct buf *ret)
{
	struct buf now = BUF_INIT(ret->max), next = BUF_INIT(ret->max);
	bool found = false;

	buf_str(&now, text);
	for (const char *line = lines; *line != '\0'; line += line_len(line)) {
		const char *at = find_last(buf_text(&now), line, line_len(line));

		if (at == NULL)
			continue;
		buf_reset(&next);
		buf_add(&next, now.data, (size_t)(at - now.data));
		buf_str(&next, found ? "" : instead);
		buf_str(&next, at + line_len(at));
		buf_reset(&now);
		buf_str(&now, buf_text(&next));
		found = true;
	}
	buf_str(ret, buf_text(&now));
	ret->failed = ret->failed || now.failed || next.failed;
	buf_free(&now);
	buf_free(&next);
	return found;
}
