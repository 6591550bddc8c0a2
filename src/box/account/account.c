/* Passwords by libsodium's argon2id, sessions by random tokens that only the browser knows. */
#include "box/account/account.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "base/str.h"

#define SESSION_MS	 (SESSION_SECONDS * 1000LL)
#define SESSION_RENEW_MS (SESSION_MS - 10LL * 60 * 1000)
#define LOCK_MAX_MS	 (15LL * 60 * 1000)
#define HASH_PASSES	 3
#define HASH_MEMORY	 (64U << 20)

_Static_assert(HASH_SIZE >= crypto_pwhash_STRBYTES, "a hash fits");

int account_init(struct err *e)
{
	return sodium_init() < 0 ? err_set(e, ERR_SYSTEM, 0, "libsodium cannot start") : 0;
}

int password_hash(const char *password, char ret[static HASH_SIZE], struct err *e)
{
	if (crypto_pwhash_str_alg(ret, password, strlen(password), HASH_PASSES, HASH_MEMORY,
		    crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_set(e, ERR_NOMEM, 0, "not enough memory to hash a password");
	return 0;
}

bool password_matches(const char *hash, const char *password)
{
	return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

bool password_waste(const char *password)
{
	char hash[HASH_SIZE];

	password_hash(password, hash, NULL);
	return false;
}

int account_check_name(const char *param, const char *name, struct err *e)
{
	size_t len = strlen(name);

	if (len < 1 || len > 64)
		return err_illegal(e, param, name, "1 to 64 bytes");
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("\"'<>&\\/", *c))
			return err_illegal(e, param, name,
				"no blanks, control characters, quotes, <, >, & and slashes");
	return 0;
}

int account_check_password(const char *password, struct err *e)
{
	size_t len = strlen(password);

	if (len < PASSWORD_MIN || len > PASSWORD_MAX)
		return err_set(e, ERR_INVALID, 0, "`password`: %d to %d bytes", PASSWORD_MIN,
			PASSWORD_MAX);
	return 0;
}

bool sign_up_parse(const char *text, enum sign_up *ret)
{
	static const char *const names[] = { "open", "first", "closed" };

	for (int i = 0; i <= SIGN_UP_CLOSED; i++) {
		if (str_eq(text, names[i])) {
			*ret = (enum sign_up)i;
			return true;
		}
	}
	return false;
}

int sign_up_allowed(struct db *db, enum sign_up policy, struct err *e)
{
	long long users;
	int r;

	if (policy == SIGN_UP_OPEN)
		return 0;
	if (policy == SIGN_UP_CLOSED)
		return err_set(e, ERR_DENIED, 0, "sign-up is closed, ask the administrator");
	r = store_user_count(db, &users, e);
	if (r < 0)
		return r;
	if (users > 0)
		return err_set(e, ERR_DENIED, 0,
			"sign-up was open for the first user only, ask the administrator");
	return 0;
}

int account_create(struct db *db, const char *name, const char *hash, bool only_first,
	int64_t now_ms, struct user *ret, struct err *e)
{
	struct user_secret secret = { 0 };
	struct user user = { 0 };
	uint64_t number;
	int r;

	/* Agents 1.0.x keep uid as text of digits; 62 bits are not guessed and do not clash. */
	rand_bytes(&number, sizeof(number));
	snprintf(user.user_id, sizeof(user.user_id), "%llu", (unsigned long long)(number >> 2));
	snprintf(user.name, sizeof(user.name), "%s", name);
	rand_hex(user.license, 32);
	rand_hex(secret.secret_key, 64);
	snprintf(secret.password_hash, sizeof(secret.password_hash), "%s", hash);
	r = store_user_add(db, &user, &secret, only_first, now_ms, e);
	if (r == -ERR_CONFLICT)
		return err_set(e, ERR_CONFLICT, 0, "the name %s is taken", name);
	if (r < 0)
		return r;
	*ret = user;
	return 0;
}

int64_t sign_in_locked_until(int failures, int64_t now_ms)
{
	int64_t wait = 1000;

	if (failures < SIGN_IN_FREE_FAILURES)
		return 0;
	for (int i = SIGN_IN_FREE_FAILURES; i < failures && wait < LOCK_MAX_MS; i++)
		wait *= 2;
	return now_ms + (wait < LOCK_MAX_MS ? wait : LOCK_MAX_MS);
}

void session_hash(const char *token, char ret[static TOKEN_SIZE])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)token, strlen(token));
	sodium_bin2hex(ret, TOKEN_SIZE, hash, sizeof(hash));
}

int session_start(struct db *db, long long user, int64_t now_ms, char ret_token[static TOKEN_SIZE],
	struct err *e)
{
	char token[TOKEN_SIZE], hash[TOKEN_SIZE];
	int r;

	rand_hex(token, TOKEN_SIZE - 1);
	session_hash(token, hash);
	r = store_session_add(db, hash, user, now_ms, now_ms + SESSION_MS, e);
	if (r < 0)
		return r;
	memcpy(ret_token, token, TOKEN_SIZE);
	return 0;
}

int session_user(struct db *db, const char *token, int64_t now_ms, struct user *ret, struct err *e)
{
	char hash[TOKEN_SIZE];
	int64_t expires;
	int r;

	if (strlen(token) != TOKEN_SIZE - 1)
		return err_set(e, ERR_NOTFOUND, 0, "no session");
	session_hash(token, hash);
	r = store_session_user(db, hash, now_ms, ret, &expires, e);
	if (r < 0)
		return r;
	if (expires < now_ms + SESSION_RENEW_MS)
		return store_session_renew(db, hash, now_ms + SESSION_MS, e);
	return 0;
}

int session_end(struct db *db, const char *token, struct err *e)
{
	char hash[TOKEN_SIZE];

	session_hash(token, hash);
	return store_session_end(db, hash, e);
}
