/*
 * The pods of a cluster: what there are, and what the console knows of them. Its reports are bodies
 * of some hundred pods: in full those that it does not know as they are, in short the others; then
 * those that are gone, until it has heard that. Not for two threads at once.
 */
#ifndef AGENT_PODBOOK_H
#define AGENT_PODBOOK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct podbook;

int podbook_new(struct podbook **ret, struct err *e);
void podbook_free(struct podbook *p); /* NULL allowed */

/* What there is, by a list and watch: between begin and end all are named. Objects are borrowed. */
void podbook_begin(struct podbook *p);
void podbook_seen(struct podbook *p, const json_t *pod);
void podbook_gone(struct podbook *p, const json_t *pod);
void podbook_end(struct podbook *p);
void podbook_service_begin(struct podbook *p);
void podbook_service_seen(struct podbook *p, const json_t *service);
void podbook_service_gone(struct podbook *p, const json_t *service);
void podbook_service_end(struct podbook *p);
bool podbook_listed(const struct podbook *p); /* both were named once */

/* What the console knew before this agent was started. */
void podbook_known(struct podbook *p, const char *uid, const char *cid);
void podbook_unknown(struct podbook *p, const char *uid); /* it forgot that one */

/*
 * The next body of the round, as the text of a JSON array, to be answered by one of the two below
 * before the next one; the caller frees it. NULL: the round is over, and the next call begins anew.
 */
char *podbook_body(struct podbook *p);
/*
 * result: {uid: cid}; of those that are gone nothing is read in it. What changed in what the
 * console knows is told to note; cid NULL: forgotten. false: it is no object, and podbook_failed()
 * was called.
 */
typedef void podbook_note_f(const char *uid, const char *cid, void *ctx);
bool podbook_accepted(struct podbook *p, const json_t *result, podbook_note_f *note, void *ctx);
/* Nothing is known of what the console knows: all is told in full next time. */
void podbook_failed(struct podbook *p);

size_t podbook_count(const struct podbook *p); /* that there are */
/* Calls note for all that the console knows. */
void podbook_each_known(const struct podbook *p, podbook_note_f *note, void *ctx);

#endif
