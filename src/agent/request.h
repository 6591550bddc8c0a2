/* A call of the console: the form field "body" = {"headers":{..},"params":{..}}, and its proof. */
#ifndef AGENT_REQUEST_H
#define AGENT_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/replay.h"
#include "agent/reply.h"

#define REQUEST_MOST (256u << 10) /* bytes of a form */

struct request_rules {
	const char *ak, *sk, *cid; /* as the console gave them; sk "": it has not yet */
	bool unsigned_allowed;	   /* this peer may leave the signature out */
	int64_t wall_ms, boot_ms;
	int64_t begun_ms; /* wall clock: signatures seen before that are not remembered */
	struct replay *replay;
};

/*
 * Reads and proves a form of len bytes, NUL behind it. Returns AGENT_OK with *ret_params (a new
 * reference to an object of texts), else the code to answer with the text in e.
 */
int request_read(const char *form, size_t len, const struct request_rules *rules,
	json_t **ret_params, struct err *e);

#endif
