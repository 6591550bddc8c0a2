#include "jvm/agent/formula.h"

#include "jvm/agent/rt_string.h"

enum { DEPTH_MAX = 64, ARGS_MAX = 32, NAME_MAX_LEN = 16 };

struct parser {
	const char *at;
	const struct formula_world *world;
	unsigned depth;
	bool bad;
};

static double expression(struct parser *);

static double fail(struct parser *p)
{
	p->bad = true;
	return 0;
}

static bool take(struct parser *p, const char *token)
{
	size_t n = strlen(token);

	while (*p->at == ' ')
		p->at++;
	if (strncmp(p->at, token, n))
		return false;
	p->at += n;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* "e5", "e-5" behind a number */
static double exponent(struct parser *p, double n)
{
	bool down = *++p->at == '-';
	unsigned by = 0;

	for (p->at += down; is_digit(*p->at) && by < 1000; p->at++)
		by = by * 10 + (unsigned)(*p->at - '0');
	while (by--)
		n = down ? n / 10 : n * 10;
	return n;
}

/* Up to 15 digits and 22 places are exact; a value of a test needs no more. */
static double number(struct parser *p)
{
	double n = 0, scale = 1;

	for (; is_digit(*p->at); p->at++)
		n = n * 10 + (*p->at - '0');
	if (*p->at == '.')
		for (p->at++; is_digit(*p->at); p->at++, scale *= 10)
			n = n * 10 + (*p->at - '0');
	n /= scale;
	if ((*p->at == 'e' || *p->at == 'E') && is_digit(p->at[1 + (p->at[1] == '-')]))
		n = exponent(p, n);
	return is_letter(*p->at) ? fail(p) : n;
}

static double aggregate(const char *name, const double *v, unsigned n)
{
	double result = v[0];

	for (unsigned i = 1; i < n; i++) {
		if (!strcmp(name, "min"))
			result = v[i] < result ? v[i] : result;
		else if (!strcmp(name, "max"))
			result = v[i] > result ? v[i] : result;
		else
			result += v[i];
	}
	return strcmp(name, "avg") ? result : result / n;
}

static bool is_aggregate(const char *name)
{
	return !strcmp(name, "min") || !strcmp(name, "max") || !strcmp(name, "sum") ||
	       !strcmp(name, "avg");
}

static double math(struct parser *p, const char *name, double a, double b)
{
	double result = 0;

	return !p->bad && p->world->math(p->world->ctx, name, a, b, &result) ? result : fail(p);
}

static double apply(struct parser *p, const char *name, const double *v, unsigned n)
{
	if (is_aggregate(name))
		return aggregate(name, v, n);
	if (!strcmp(name, "if"))
		return n != 3 ? fail(p) : v[0] != 0 ? v[1] : v[2];
	if (n != (strcmp(name, "pow") ? 1 : 2))
		return fail(p);
	if (!strcmp(name, "abs"))
		return v[0] < 0 ? -v[0] : v[0];
	return math(p, name, v[0], n == 2 ? v[1] : 0);
}

static double call(struct parser *p, const char *name)
{
	double v[ARGS_MAX];
	unsigned n = 0;

	do {
		if (n == ARGS_MAX)
			return fail(p);
		v[n++] = expression(p);
	} while (!p->bad && take(p, ","));
	return p->bad || !take(p, ")") ? fail(p) : apply(p, name, v, n);
}

static double variable(struct parser *p, const char *name)
{
	int n = 0;
	double value = 0;

	if (!strcmp(name, "r")) {
		n = FORMULA_RESULT;
	} else {
		if (name[0] != 'p' || !is_digit(name[1]) || strlen(name) > 4)
			return fail(p);
		for (const char *c = name + 1; *c; c++) {
			if (!is_digit(*c))
				return fail(p);
			n = n * 10 + (*c - '0');
		}
	}
	return p->world->variable(p->world->ctx, n, &value) ? value : fail(p);
}

static double word(struct parser *p)
{
	char name[NAME_MAX_LEN];
	unsigned n = 0;

	for (; is_letter(*p->at) || is_digit(*p->at); p->at++) {
		if (n == NAME_MAX_LEN - 1)
			return fail(p);
		name[n++] = *p->at;
	}
	name[n] = '\0';
	return take(p, "(") ? call(p, name) : variable(p, name);
}

static double primary(struct parser *p)
{
	double v;

	if (take(p, "(")) {
		v = expression(p);
		return take(p, ")") ? v : fail(p);
	}
	if (is_digit(*p->at) || *p->at == '.')
		return is_digit(p->at[*p->at == '.']) ? number(p) : fail(p);
	return is_letter(*p->at) ? word(p) : fail(p);
}

/* -2^2 is -4 and 2^-1 is 0.5, as in mathematics. */
static double power(struct parser *p)
{
	double v;

	if (++p->depth > DEPTH_MAX)
		return fail(p);
	if (take(p, "-")) {
		v = -power(p);
	} else {
		v = primary(p);
		if (!p->bad && take(p, "^"))
			v = math(p, "pow", v, power(p));
	}
	p->depth--;
	return v;
}

/* Of what no double can say exactly there is none: NaN, which is no value of any whole type. */
static double remainder_of(double a, double b)
{
	double q = a / b;

	return q < 9e15 && q > -9e15 ? a - b * (double)(long)q : __builtin_nan("");
}

static double term(struct parser *p)
{
	double v = power(p);

	while (!p->bad) {
		if (take(p, "*"))
			v *= power(p);
		else if (take(p, "/"))
			v /= power(p);
		else if (take(p, "%"))
			v = remainder_of(v, power(p));
		else
			break;
	}
	return v;
}

static double sum(struct parser *p)
{
	double v = term(p);

	while (!p->bad) {
		if (take(p, "+"))
			v += term(p);
		else if (take(p, "-"))
			v -= term(p);
		else
			break;
	}
	return v;
}

static double expression(struct parser *p)
{
	double v;

	if (++p->depth > DEPTH_MAX)
		return fail(p);
	v = sum(p);
	while (!p->bad) {
		if (take(p, ">="))
			v = v >= sum(p);
		else if (take(p, "<="))
			v = v <= sum(p);
		else if (take(p, "!="))
			v = v != sum(p);
		else if (take(p, "==") || take(p, "="))
			v = v == sum(p);
		else if (take(p, ">"))
			v = v > sum(p);
		else if (take(p, "<"))
			v = v < sum(p);
		else
			break;
	}
	p->depth--;
	return v;
}

bool formula_value(const char *text, const struct formula_world *world, double *ret)
{
	struct parser p = { .at = text, .world = world };
	double v = expression(&p);

	take(&p, "");
	if (p.bad || *p.at)
		return false;
	*ret = v;
	return true;
}

/* ctx, when there is one, becomes true. */
static bool one_variable(void *ctx, int n, double *ret)
{
	(void)n;
	if (ctx)
		*(bool *)ctx = true;
	*ret = 1;
	return true;
}

static bool one_math(void *ctx, const char *name, double a, double b, double *ret)
{
	(void)ctx;
	(void)name;
	(void)a;
	(void)b;
	*ret = 1;
	return true;
}

const struct formula_world formula_ones = { .variable = one_variable, .math = one_math };

bool formula_uses_arguments(const char *text)
{
	bool seen = false;
	struct formula_world world = formula_ones;
	double v;

	world.ctx = &seen;
	return formula_value(text, &world, &v) && seen;
}
