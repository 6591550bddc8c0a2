/* The running console: makes the parts, runs until a signal, takes them down. */
#ifndef BOX_SERVE_H
#define BOX_SERVE_H

#include "base/err.h"

struct options;

int serve(const struct options *options, struct err *e);

#endif
