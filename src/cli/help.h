/* Help, printed from the tables of verbs and faults. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/buf.h"
#include "cli/cli.h"

/* What --help after these verb and words asks for. */
int help_print(const struct cli *c, struct err *e);

/* "whole number", "list", ...: what stands behind a flag of this type; "" behind a switch. */
const char *help_metavar(const struct param *p);
/* The sentence of a flag with its unit, limits, default and duties. */
void help_sentence(const struct param *p, struct buf *ret);

#endif
