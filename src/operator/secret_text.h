/* Texts that are secret, and as the member "data" of a Secret has them. */
#ifndef OPERATOR_SECRET_TEXT_H
#define OPERATOR_SECRET_TEXT_H

#include <jansson.h>

json_t *secret_encode(const char *text);		   /* NULL: no memory */
char *secret_decode(const json_t *data, const char *name); /* NULL: not there, or no base64 */
void secret_free(char *text);				   /* overwritten first; NULL is fine */

#endif
