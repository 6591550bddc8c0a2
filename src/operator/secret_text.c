/* Texts that are secret. */
#include "operator/secret_text.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/base64.h"
#include "base/json.h"

void secret_free(char *text)
{
	if (text)
		sodium_memzero(text, strlen(text));
	free(text);
}

json_t *secret_encode(const char *text)
{
	char *coded = base64_encode(text);
	json_t *value = coded ? json_string(coded) : NULL;

	secret_free(coded);
	return value;
}

char *secret_decode(const json_t *data, const char *name)
{
	const char *coded = json_text(data, name);

	return *coded ? base64_decode(coded) : NULL;
}
