/* Clocks. Deadlines use the boot clock: it counts through suspend and nobody can set it. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t clock_boot_ms(void); /* CLOCK_BOOTTIME */
int64_t clock_wall_ms(void); /* CLOCK_REALTIME, since 1970 */
int64_t clock_mono_ns(void); /* CLOCK_MONOTONIC */
void clock_sleep_ms(int64_t ms);

/* Local time as Go's RFC3339Nano writes it, "2026-11-22T10:00:00.123456789+08:00". */
void clock_rfc3339(char ret[static 40]);
void clock_rfc3339_at(int64_t wall_ms, char ret[static 40]); /* with 3 decimals */

/* Such a text, of any zone ("Z" too), as wall time; false: it is none. */
bool clock_rfc3339_parse(const char *text, int64_t *ret_wall_ms);

/* The id of this boot (/proc/sys/kernel/random/boot_id), "" when the kernel shows none. */
void clock_boot_id(char ret[static 40]);

#endif
