/* Lines put into a text, and taken out of it again when others have edited it meanwhile. */
#ifndef FAULTS_SHARED_TEXT_LINES_H
#define FAULTS_SHARED_TEXT_LINES_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Adds whole lines: instead of those whose first word is word, which ret_removed gets, at the place
 * of the first of them; at the end when there is none, or word is NULL; word "": at the beginning.
 */
void lines_add(const char *text, const char *lines, const char *word, struct buf *ret,
	struct buf *ret_removed);

/*
 * Takes lines out, each where it is found last, and puts instead into the place of the first that
 * was found. False: none was found, ret holds the text as it was.
 */
bool lines_take_out(const char *text, const char *lines, const char *instead, struct buf *ret);

#endif
