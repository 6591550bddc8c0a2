#include "jvm/agent/value.h"

#include "jvm/agent/rt_string.h"

static const struct {
	const char *type;
	char letter;
} boxes[] = {
	{ "Ljava/lang/Boolean;", 'Z' },
	{ "Ljava/lang/Byte;", 'B' },
	{ "Ljava/lang/Character;", 'C' },
	{ "Ljava/lang/Short;", 'S' },
	{ "Ljava/lang/Integer;", 'I' },
	{ "Ljava/lang/Long;", 'J' },
	{ "Ljava/lang/Float;", 'F' },
	{ "Ljava/lang/Double;", 'D' },
};

static const char *const texts[] = { "Ljava/lang/String;", "Ljava/lang/CharSequence;",
	"Ljava/lang/Object;", "Ljava/io/Serializable;", "Ljava/lang/Comparable;" };

static const struct range {
	char letter;
	int64_t min, max;
} ranges[] = {
	{ 'B', INT8_MIN, INT8_MAX },
	{ 'C', 0, UINT16_MAX },
	{ 'S', INT16_MIN, INT16_MAX },
	{ 'I', INT32_MIN, INT32_MAX },
	{ 'J', INT64_MIN, INT64_MAX },
};

enum value_shape value_shape(const char *type, char *ret_letter)
{
	*ret_letter = *type;
	if (*type == 'V')
		return VALUE_VOID;
	if (*type != 'L')
		return *type == '[' ? VALUE_OTHER : VALUE_PRIMITIVE;
	for (size_t i = 0; i < sizeof(boxes) / sizeof(*boxes); i++)
		if (!strcmp(boxes[i].type, type)) {
			*ret_letter = boxes[i].letter;
			return VALUE_BOX;
		}
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!strcmp(texts[i], type))
			return VALUE_TEXT;
	return VALUE_OTHER;
}

static const struct range *range_of(char letter)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (ranges[i].letter == letter)
			return &ranges[i];
	return NULL;
}

/* Whole numbers of 64 bits, which a double could not hold. */
static bool whole(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t max = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX, n = 0;

	text += negative;
	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*ret = (int64_t)(negative ? -n : n);
	return true;
}

static bool truth(const char *text, int64_t *ret)
{
	*ret = rt_same_nocase(text, "true");
	return *ret || rt_same_nocase(text, "false");
}

/* One character outside ASCII: its number, when it is a char. */
static bool character(const char *text, int64_t *ret)
{
	const unsigned char *s = (const unsigned char *)text;

	if (s[0] && !s[1])
		*ret = s[0];
	else if (s[0] >> 5 == 6 && s[1] && !s[2])
		*ret = (s[0] & 31) << 6 | (s[1] & 63);
	else if (s[0] >> 4 == 14 && s[1] && s[2] && !s[3])
		*ret = (s[0] & 15) << 12 | (s[1] & 63) << 6 | (s[2] & 63);
	else
		return false;
	return true;
}

static bool special(const char *text, double *ret)
{
	static const struct {
		const char *name;
		double value;
	} names[] = {
		{ "NaN", __builtin_nan("") },
		{ "Infinity", __builtin_inf() },
		{ "-Infinity", -__builtin_inf() },
	};

	for (size_t i = 0; i < 3; i++)
		if (!strcmp(names[i].name, text)) {
			*ret = names[i].value;
			return true;
		}
	return false;
}

int64_t value_cast(double number, char letter)
{
	const struct range *range = range_of(letter);
	union {
		double d;
		int64_t bits;
	} wide = { number };
	union {
		float f;
		uint32_t bits;
	} narrow;

	if (letter == 'D')
		return wide.bits;
	if (letter == 'F') {
		narrow.f = (float)number;
		return narrow.bits;
	}
	if (letter == 'Z')
		return number != 0;
	if (number != number)
		return 0;
	if (number <= (double)range->min)
		return range->min;
	return number >= (double)range->max ? range->max : (int64_t)number;
}

bool value_bits(const char *text, char letter, const struct formula_world *world, int64_t *ret)
{
	const struct range *range = range_of(letter);
	int64_t n;
	double d;

	if (letter == 'Z' && truth(text, ret))
		return true;
	if (letter == 'C' && character(text, ret))
		return true;
	if (range && whole(text, &n)) {
		if (n < range->min || n > range->max)
			return false;
		*ret = n;
		return true;
	}
	if (!formula_value(text, world, &d) && (range || !special(text, &d)))
		return false;
	/* Of 64-bit numbers the greatest double below the limit is meant, not the limit. */
	if (range && !(d >= (double)range->min && d <= (double)range->max))
		return false;
	*ret = value_cast(d, letter);
	return true;
}

bool value_fits(const char *text, const char *type, char *why, size_t size)
{
	char letter;
	enum value_shape shape = value_shape(type, &letter);
	int64_t bits;

	if (shape == VALUE_VOID || shape == VALUE_TEXT)
		return true;
	if (shape != VALUE_PRIMITIVE && !strcmp(text, "null"))
		return true;
	if (shape == VALUE_OTHER) {
		rt_format(why, size, "of its result type %s only null can be returned", type);
		return false;
	}
	if (value_bits(text, letter, &formula_ones, &bits) || formula_uses_arguments(text))
		return true;
	rt_format(why, size, "%s is no value of its result type %s", text, type);
	return false;
}
