/* Users, sessions, namespaces and the audit trail in the store. */
#ifndef BOX_STORE_ACCOUNT_H
#define BOX_STORE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db;

struct user {
	long long id;	  /* the store's key; what other tables refer to */
	char user_id[24]; /* decimal text, what the protocol calls uid */
	char name[128];
	char license[40]; /* 32 hex digits */
};

/* What only signing in and calls to agents look at. */
struct user_secret {
	char password_hash[160];
	char secret_key[72];
};

/*
 * Fills user->id and makes the namespace "default" too. -ERR_CONFLICT: the name is taken;
 * -ERR_DENIED: only_first was asked for and there are users already.
 */
int store_user_add(struct db *db, struct user *user, const struct user_secret *secret,
	bool only_first, int64_t now_ms, struct err *e);
int store_user_count(struct db *db, long long *ret, struct err *e);

/* -ERR_NOTFOUND when there is none. ret_secret may be NULL. */
int store_user_by_name(struct db *db, const char *name, struct user *ret,
	struct user_secret *ret_secret, struct err *e);
int store_user_by_id(struct db *db, long long id, struct user *ret, struct user_secret *ret_secret,
	struct err *e);
int store_user_by_license(struct db *db, const char *license, struct user *ret,
	struct user_secret *ret_secret, struct err *e);

int store_user_signed_in(struct db *db, long long user, int64_t now_ms, struct err *e);

/* Wrong passwords in a row for a name (that need not exist) from an address. None: zeros. */
int store_failures(struct db *db, const char *name, const char *remote, int *ret_failures,
	int64_t *ret_locked_until_ms, struct err *e);
int store_failures_set(struct db *db, const char *name, const char *remote, int failures,
	int64_t locked_until_ms, struct err *e); /* 0 forgets them */

/* Ends all sessions of the user as well, but for the one with keep_hash. */
int store_user_set_password(struct db *db, long long user, const char *password_hash,
	const char *keep_hash, struct err *e);

/* Sessions are stored by the hash of their token. */
int store_session_add(struct db *db, const char *token_hash, long long user, int64_t now_ms,
	int64_t expires_ms, struct err *e);
int store_session_user(struct db *db, const char *token_hash, int64_t now_ms, struct user *ret,
	int64_t *ret_expires_ms, struct err *e);
int store_session_renew(struct db *db, const char *token_hash, int64_t expires_ms, struct err *e);
int store_session_end(struct db *db, const char *token_hash, struct err *e);
/* Sessions that are over, and failures whose lock ended an hour ago. */
int store_session_sweep(struct db *db, int64_t now_ms, struct err *e);

struct namespace_row {
	long long id;
	char name[64];
	char description[256];
};

typedef int namespace_f(const struct namespace_row *row, void *arg, struct err *e);

int store_namespace_add(struct db *db, long long user, const char *name, const char *description,
	int64_t now_ms, long long *ret_id, struct err *e); /* -ERR_CONFLICT */
int store_namespace_each(
	struct db *db, long long user, namespace_f *each, void *arg, struct err *e);
int store_namespace_find(struct db *db, long long user, const char *name, long long *ret_id,
	struct err *e); /* -ERR_NOTFOUND */
/* By name or, with name "", by id. -ERR_NOTFOUND; -ERR_BUSY while agents live in it. */
int store_namespace_delete(
	struct db *db, long long user, const char *name, long long id, struct err *e);

int store_audit(struct db *db, int64_t now_ms, long long user, const char *remote,
	const char *action, const char *outcome, const char *detail, struct err *e);

#endif
