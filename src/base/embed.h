/* Files that are part of the program: cmake/GaleEmbed.cmake makes arrays of these. */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

struct embedded {
	const char *name;	/* relative path; NULL ends the array */
	const char *data, *end; /* a NUL stands at end */
};

#endif
