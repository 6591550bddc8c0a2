/* Texts in base64. */
#include "base/base64.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

char *base64_encode(const char *text)
{
	size_t len = strlen(text);
	size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	char *coded = malloc(size);

	return coded ? sodium_bin2base64(coded, size, (const unsigned char *)text, len,
			       sodium_base64_VARIANT_ORIGINAL)
		     : NULL;
}

char *base64_decode(const char *text)
{
	size_t size = strlen(text) + 1, len;
	char *plain = malloc(size);

	if (plain && sodium_base642bin((unsigned char *)plain, size - 1, text, size - 1, " \r\n",
			     &len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0) {
		plain[len] = '\0';
		return plain;
	}
	free(plain);
	return NULL;
}
