/* Telling an HTTP endpoint what came of an experiment. */
#ifndef CLI_POST_H
#define CLI_POST_H

#include "base/err.h"

/* -ERR_INVALID when it is no http URL; nothing is connected. */
int post_check(const char *url, struct err *e);

/* POSTs the text as application/json; tries three times. An answer other than 2xx is an error. */
int post_json(const char *url, const char *text, struct err *e);

#endif
