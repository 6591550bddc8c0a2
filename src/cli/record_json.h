/* A record as JSON: blade's keys first, Gale's behind them, every value a string. */
#ifndef CLI_RECORD_JSON_H
#define CLI_RECORD_JSON_H

#include <jansson.h>

#include "fault/preparation.h"
#include "fault/record.h"

json_t *record_json(const char *state, const struct record *r);

/* That of the record of uid; -ERR_NOTFOUND. */
int record_row(const char *state, const char *uid, json_t **ret, struct err *e);

json_t *preparation_json(const struct preparation *p);

/* {"cpu-percent":"80"} from blade's spelling of flags, " --cpu-percent=80". */
json_t *record_flags(const struct record *r);

#endif
