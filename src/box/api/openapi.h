/* The OpenAPI 3.1 document of the API, from the tables of routes. */
#ifndef BOX_API_OPENAPI_H
#define BOX_API_OPENAPI_H

#include <stdio.h>

#include "base/err.h"

int openapi_print(FILE *out, struct err *e);

#endif
