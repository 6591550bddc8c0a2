/* What is printed of a table of settings, on stdout. For config.c; programs call config_load. */
#ifndef BASE_CONFIG_PRINT_H
#define BASE_CONFIG_PRINT_H

#include "base/config.h"

/* common: the rows that every program has. */
void config_print_help(const struct config_program *p, const struct config_row *common);
void config_print_man(const struct config_program *p, const struct config_row *common);
/* YAML that --config takes, the origin of each value as a comment. */
void config_print_values(const struct config_row *rows, const struct config_value *values);

#endif
