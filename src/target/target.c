/* What a fault is aimed at. */
#include "target/target.h"

void target_host(struct target *ret)
{
	*ret = (struct target){ .scope = "host" };
}
