/* What the console is told of this host. */
#ifndef AGENT_HOST_H
#define AGENT_HOST_H

#include <stddef.h>

#include "base/err.h"

#define HOST_IP_SIZE 46

/* The address from which this host reaches the console (a name: from which it reaches others). */
int host_ip(const char *console, char ret[static HOST_IP_SIZE], struct err *e);
void host_name(char ret[static 128]);
void host_uptime(char ret[static 64]); /* as uptime(1) up to the first comma */
double host_memory_kb(void);

#endif
