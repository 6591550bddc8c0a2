/* The table of codes. */
#include "box/api/code.h"

static const struct {
	const char *name;
	int number;
	const char *en, *zh;
} codes[] = { [API_OK] = { "200", 200, "", "" },
#define API_ROW(name, number, en, zh) [API_##name] = { #name, number, en, zh },
	API_CODES(API_ROW)
#undef API_ROW
};

const char *api_code_name(enum api_code code)
{
	return codes[code].name;
}

int api_code_number(enum api_code code)
{
	return codes[code].number;
}

const char *api_code_text(enum api_code code, bool english)
{
	return english ? codes[code].en : codes[code].zh;
}

enum api_code api_code_of(enum err_kind kind)
{
	switch (kind) {
	case ERR_NONE:
		return API_OK;
	case ERR_DENIED:
		return API_P_USER_PERMISSION_DENIED;
	case ERR_MISSING:
		return API_P_REQUIRE_FIELD_MISSING;
	case ERR_INVALID:
	case ERR_NOTFOUND:
		return API_P_ARGUMENT_ILLEGAL;
	case ERR_BUSY:
	case ERR_CONFLICT:
		return API_P_USER_OPERATION_LIMITED;
	case ERR_STORE:
		return API_S_DB_ERROR;
	case ERR_TIMEOUT:
	case ERR_PROTOCOL:
		return API_S_REQUEST_OUTER_SYSTEM_FAILED;
	default:
		return API_S_SYSTEM_ERROR;
	}
}
