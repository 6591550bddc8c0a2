/* When certificates of the webhook are made, and authorities forgotten. */
#include "operator/certs.h"

enum { MOST_SETTLE_MS = 10 * 60 * 1000 };

int64_t certs_settle_ms(int64_t life_ms)
{
	return life_ms / 10 < MOST_SETTLE_MS ? life_ms / 10 : MOST_SETTLE_MS;
}

/* num/den of its life is over, or of the life that is wanted now, when that is shorter. */
static bool past(const struct certs_age *a, int64_t wanted, int num, int den, int64_t now_ms)
{
	int64_t life = a->life < wanted ? a->life : wanted;

	return now_ms >= a->made + life / den * num;
}

/* An authority that is not trusted yet signs only what would end otherwise. */
static bool sign(const struct certs_seen *s, const struct certs_wish *w, int64_t now_ms)
{
	if (s->by_newest)
		return !s->named || past(&s->cert, w->life_ms, 2, 3, now_ms);
	if (past(&s->cert, w->life_ms, 9, 10, now_ms))
		return true;
	return w->told && now_ms >= s->ca.made + certs_settle_ms(w->life_ms);
}

enum certs_deed certs_plan(
	const struct certs_seen *seen, const struct certs_wish *wish, int64_t now_ms)
{
	const int64_t ca_life = wish->life_ms * CERTS_CA_LIVES;

	if (!seen->usable || now_ms >= seen->ca.made + seen->ca.life)
		return CERTS_ALL;
	if (sign(seen, wish, now_ms))
		return CERTS_CERTIFICATE;
	if (!seen->by_newest)
		return CERTS_KEEP;
	if (wish->anew || past(&seen->ca, ca_life, 2, 3, now_ms))
		return CERTS_AUTHORITY;
	/* what the others have signed was made before the newest was, and has ended by now */
	if (seen->authorities > 1 && past(&seen->ca, wish->life_ms, 1, 1, now_ms))
		return CERTS_FORGET;
	return CERTS_KEEP;
}
