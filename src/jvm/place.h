/* Where in a JVM's file system the agent library can be put for the time of a load. */
#ifndef JVM_PLACE_H
#define JVM_PLACE_H

#include <stdbool.h>

#include "base/err.h"
#include "jvm/jvm.h"

struct place {
	int dir;	   /* the directory, O_PATH */
	int tmp;	   /* the JVM's /tmp, where it attaches; O_PATH */
	char path[128];	   /* of dir, as the JVM sees it */
	char mounted[128]; /* the mount of ours that place_leave takes away; "" */
	bool made;	   /* so was its mount point */
};

/*
 * The first of /tmp, /var/tmp, /dev/shm, /run that its user can write to and that is not mounted
 * noexec. Where there is none, or where /tmp is
 * read-only so that HotSpot has no place for its socket, a small tmpfs is mounted in the JVM's
 * mount namespace until place_leave: that needs root.
 */
int place_find(const struct jvm *jvm, struct place *ret, struct err *e);
void place_leave(const struct jvm *jvm, struct place *p);

#endif
