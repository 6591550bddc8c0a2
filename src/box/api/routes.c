/* All tables of routes. */
#include "box/api/route.h"

#include <stddef.h>

const struct route *const route_tables[] = {
#define ROUTE_ROW(table) table,
	ROUTE_TABLES(ROUTE_ROW)
#undef ROUTE_ROW
		NULL,
};
