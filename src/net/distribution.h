/*
 * How waits are spread by their jitter: the tables that tc gives to netem, so that both back-ends
 * draw from one. A wait is delay + jitter * entry / DISTRIBUTION_SCALE with an entry drawn evenly.
 */
#ifndef NET_DISTRIBUTION_H
#define NET_DISTRIBUTION_H

#include <stdint.h>

enum { DISTRIBUTION_ENTRIES = 4096, DISTRIBUTION_SCALE = 8192 }; /* NETEM_DIST_SCALE */

/* The choices of a parameter; in the order of the enum. */
#define NET_DISTRIBUTIONS "uniform normal pareto paretonormal"
enum net_distribution { NET_UNIFORM, NET_NORMAL, NET_PARETO, NET_PARETONORMAL };

enum net_distribution net_distribution(const char *name); /* NULL and what is unknown: uniform */
const char *net_distribution_name(enum net_distribution d);

/* NULL for uniform, which has none; else DISTRIBUTION_ENTRIES of them, valid until the next call
 * for another. */
const int16_t *net_distribution_table(enum net_distribution d);

#endif
