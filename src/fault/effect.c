/* Judging an effect, and its JSON. */
#include "fault/effect.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

static const char *const verdicts[] = {
	[EFFECT_NONE] = "none",
	[EFFECTIVE] = "effective",
	[PARTIAL] = "partial",
	[INEFFECTIVE] = "ineffective",
};

void effect_judge(struct effect *ret, const char *unit, double requested, double measured,
	double tolerance, const char *what_fmt, ...)
{
	va_list ap;

	*ret = (struct effect){ .requested = requested, .measured = measured };
	snprintf(ret->unit, sizeof(ret->unit), "%s", unit);
	va_start(ap, what_fmt);
	vsnprintf(ret->what, sizeof(ret->what), what_fmt, ap);
	va_end(ap);
	if (fabs(measured - requested) <= tolerance)
		ret->verdict = EFFECTIVE;
	else
		ret->verdict = measured >= requested / 10 ? PARTIAL : INEFFECTIVE;
}

const char *verdict_name(enum verdict v)
{
	return verdicts[v];
}

/* A printed effect is read by people: three decimals say more than seventeen. */
static double rounded(double x)
{
	return round(x * 1000) / 1000;
}

json_t *effect_json(const struct effect *f)
{
	json_t *object = json_object();

	json_put_str(object, "verdict", verdict_name(f->verdict));
	if (f->verdict == EFFECT_NONE)
		return object;
	json_put_real(object, "requested", rounded(f->requested));
	json_put_real(object, "measured", rounded(f->measured));
	json_put_str(object, "unit", f->unit);
	json_put_str(object, "what", f->what);
	return object;
}

int effect_from_json(const json_t *object, struct effect *ret)
{
	const char *verdict = json_text(object, "verdict");
	struct effect f = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
		if (!str_eq(verdict, verdicts[i]))
			continue;
		f.verdict = (enum verdict)i;
		f.requested = json_number_value(json_object_get(object, "requested"));
		f.measured = json_number_value(json_object_get(object, "measured"));
		snprintf(f.unit, sizeof(f.unit), "%s", json_text(object, "unit"));
		snprintf(f.what, sizeof(f.what), "%s", json_text(object, "what"));
		*ret = f;
		return 0;
	}
	return -ERR_INVALID;
}
