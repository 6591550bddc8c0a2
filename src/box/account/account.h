/* Who may do what: passwords, sign-in with back-off, sessions, sign-up. */
#ifndef BOX_ACCOUNT_ACCOUNT_H
#define BOX_ACCOUNT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "box/store/account.h"

struct db;

#define PASSWORD_MIN 8
#define PASSWORD_MAX 256
#define HASH_SIZE    160 /* of an argon2id text */
#define TOKEN_SIZE   65	 /* 64 hex digits and the NUL */

/* Once, before anything else here. */
int account_init(struct err *e);

/* argon2id with 64 MiB and 3 passes: some 0.1 s and never in an event loop. */
int password_hash(const char *password, char ret[static HASH_SIZE], struct err *e);
bool password_matches(const char *hash, const char *password);
/* Takes as long as password_matches and is false: for names that do not exist. */
bool password_waste(const char *password);

/* What names (of users and namespaces) and passwords have to be: -ERR_INVALID says it. */
int account_check_name(const char *param, const char *name, struct err *e);
int account_check_password(const char *password, struct err *e);

enum sign_up { SIGN_UP_OPEN, SIGN_UP_FIRST, SIGN_UP_CLOSED };

/* "open", "first" (the first user only), "closed". */
bool sign_up_parse(const char *text, enum sign_up *ret);
/* -ERR_DENIED says why not. */
int sign_up_allowed(struct db *db, enum sign_up policy, struct err *e);

/* Draws id, licence and secret, and stores the user; errors as store_user_add has them. */
int account_create(struct db *db, const char *name, const char *hash, bool only_first,
	int64_t now_ms, struct user *ret, struct err *e);

/* After so many wrong passwords in a row: locked for 1 s, 2 s, 4 s ... at most 15 minutes. */
#define SIGN_IN_FREE_FAILURES 5
int64_t sign_in_locked_until(int failures, int64_t now_ms);

#define SESSION_SECONDS (12L * 3600) /* since the last use */

/* A new session; the token goes into the cookie, its hash into the store. */
int session_start(struct db *db, long long user, int64_t now_ms, char ret_token[static TOKEN_SIZE],
	struct err *e);
/* -ERR_NOTFOUND without one that is alive; one that is used lives on. */
int session_user(struct db *db, const char *token, int64_t now_ms, struct user *ret, struct err *e);
int session_end(struct db *db, const char *token, struct err *e);
/* The hash under which a token is stored. */
void session_hash(const char *token, char ret[static TOKEN_SIZE]);

#endif
