/* MD5, for the ids that the agent protocol makes with it; nothing is kept safe by it. */
#ifndef BASE_MD5_H
#define BASE_MD5_H

#include <stddef.h>

/* Lower-case hex. */
void md5_hex(const void *data, size_t len, char ret[static 33]);

#endif
