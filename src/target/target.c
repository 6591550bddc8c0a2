/* What a fault is aimed at. */
#include "target/target.h"

#include <unistd.h>

pid_t target_pid(const struct target *t)
{
	return t->query ? t->container.main.pid : getpid();
}
