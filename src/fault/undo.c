/* One record, as a revert sees it, and what the reverts say. */
#include "fault/undo.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "fault/journal.h"

const char *undo_get(const struct undo *u, const char *key)
{
	return json_text(u->values, key);
}

long long undo_get_int(const struct undo *u, const char *key)
{
	return strtoll(undo_get(u, key), NULL, 10);
}

bool undo_this_boot(const struct undo *u)
{
	return u->this_boot;
}

/* Of the experiment that this process reverted last, in however many attempts. */
static struct {
	char uid[sizeof(((struct journal_head *)0)->uid)], text[400];
} note;

void undo_note(const char *fmt, ...)
{
	size_t at = strlen(note.text);
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!strstr(note.text, text))
		snprintf(note.text + at, sizeof(note.text) - at, "%s%s", at > 0 ? "; " : "", text);
}

void undo_notes_of(const char *uid)
{
	if (str_eq(note.uid, uid))
		return;
	snprintf(note.uid, sizeof(note.uid), "%s", uid);
	note.text[0] = '\0';
}

const char *undo_notes(void)
{
	return note.text;
}
