/* Texts that become part of a request. */
#include "kube/text.h"

#include <string.h>

bool kube_name_good(const char *name)
{
	return *name && *name != '.' &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.")];
}

void kube_escape(struct buf *to, const char *text)
{
	for (; *text; text++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.",
			    *text))
			buf_add(to, text, 1);
		else
			buf_fmt(to, "%%%02X", (unsigned char)*text);
}
