/*
 * What the console knows of the cluster's pods, on disk: so that an agent that was started again
 * tells it of those that went meanwhile. A line each, "+UID CID", or "-UID" for one forgotten.
 */
#ifndef AGENT_PODBOOK_FILE_H
#define AGENT_PODBOOK_FILE_H

#include "agent/podbook.h"
#include "base/buf.h"

struct podbook_file {
	int fd, spare; /* kept open: whoever writes may not open or rename them any more */
	size_t octets; /* of the first */
};

/*
 * STATE/agent.pods: what is in it is known to p from then on. Beside it STATE/agent.pods.new, empty
 * but while the first is written anew; it counts in its place when its last line, "=", is there.
 */
int podbook_file_open(
	const char *state, struct podbook *p, struct podbook_file *ret, struct err *e);
void podbook_file_close(struct podbook_file *f);

/* Lines that are unreadable, as the last one of an agent that was killed, are passed over. */
void podbook_file_read(const char *text, struct podbook *p);

podbook_note_f podbook_file_note; /* ctx: a struct buf that gathers lines */
/* Adds the lines; where the file has grown out of proportion it is written anew, from p: whoever is
 * killed meanwhile has lost nothing. */
int podbook_file_add(
	struct podbook_file *f, const struct buf *lines, const struct podbook *p, struct err *e);

#endif
