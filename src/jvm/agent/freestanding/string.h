/* In place of the C library's: what the class-file code includes is what the library has. */
#include "jvm/agent/rt_string.h"
