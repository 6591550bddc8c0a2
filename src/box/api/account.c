/* Signing up, in and out; the licence; namespaces. */
#include "box/account/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "box/api/box.h"
#include "box/api/call.h"
#include "box/net/work.h"
#include "box/store/db.h"

static const struct shape user_shape = { "ChaosUser",
	(const struct field[]){
		{ "id", FIELD_INT },
		{ "userId", FIELD_TEXT, .help = "what agents know as uid" },
		{ "userName", FIELD_TEXT },
		{ "userNick", FIELD_TEXT },
		{ "license", FIELD_TEXT, .help = "what agents register with" },
		{ 0 },
	} };

static const struct shape sign_in_request = { "UserRegisterRequest",
	(const struct field[]){
		{ "userName", FIELD_TEXT, FIELD_REQUIRED, .max = 256 },
		{ "password", FIELD_TEXT, FIELD_REQUIRED, .max = 1024 },
		{ 0 },
	} };

static const struct shape sign_up_shape = { "SignUp",
	(const struct field[]){
		{ "open", FIELD_BOOL, .help = "whether a user may sign up now" },
		{ "first", FIELD_BOOL, .help = "there is no user yet" },
		{ 0 },
	} };

static const struct shape change_password_request = { "ChangePasswordRequest",
	(const struct field[]){
		{ "oldPassword", FIELD_TEXT, FIELD_REQUIRED, .max = 1024 },
		{ "newPassword", FIELD_TEXT, FIELD_REQUIRED, .max = 1024 },
		{ 0 },
	} };

static const struct shape namespace_shape = { "Namespace", (const struct field[]){
								   { "id", FIELD_TEXT },
								   { "name", FIELD_TEXT },
								   { "description", FIELD_TEXT },
								   { "userId", FIELD_TEXT },
								   { "licenseKey", FIELD_TEXT },
								   { 0 },
							   } };

static const struct shape namespace_create_request = { "NamespaceCreateRequest",
	(const struct field[]){
		{ "name", FIELD_TEXT, FIELD_REQUIRED, .max = 63 },
		{ "description", FIELD_TEXT, .max = 255 },
		{ 0 },
	} };

static const struct shape namespace_delete_request = { "NamespaceDeleteRequest",
	(const struct field[]){
		{ "id", FIELD_INT },
		{ "name", FIELD_TEXT, .max = 63, .help = "instead of the id" },
		{ 0 },
	} };

static json_t *user_json(const struct user *user)
{
	json_t *out = json_object();

	json_put_int(out, "id", user->id);
	json_put_str(out, "userId", user->user_id);
	json_put_str(out, "userName", user->name);
	json_put_str(out, "userNick", user->name);
	json_put_str(out, "license", user->license);
	return out;
}

/* What the slow part takes into its thread and brings back. */
struct password_job {
	struct call *call;
	route_f *next;
	const char *password;  /* of the call's body */
	char check[HASH_SIZE]; /* the hash that the password has to match, or "" */
	bool matches;
	const char *fresh; /* the password to make a hash of, or NULL */
	char hash[HASH_SIZE];
	bool failed;
};

static void password_job_run(void *arg)
{
	struct password_job *job = arg;

	if (job->password)
		job->matches = job->check[0] ? password_matches(job->check, job->password)
					     : password_waste(job->password);
	if (job->fresh && (job->matches || !job->password))
		job->failed = password_hash(job->fresh, job->hash, NULL) < 0;
	call_resume(job->call, job->next);
}

/* Hashing is slow by design: two threads of the box do it, and no event loop. */
static int password_later(struct call *c, const struct password_job *job, struct err *e)
{
	struct password_job *kept = malloc(sizeof(*kept));
	int r;

	if (!kept)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	*kept = *job;
	c->state = kept;
	r = work_post(c->box->work, password_job_run, kept, e);
	return r < 0 ? r : CALL_LATER;
}

static int user_register_hashed(struct call *c, struct err *e)
{
	const struct password_job *job = c->state;
	const char *name = call_text(c, "userName");
	struct user user;
	int r;

	if (job->failed)
		return err_set(e, ERR_NOMEM, 0, "not enough memory to hash a password");
	r = account_create(
		c->db, name, job->hash, c->box->sign_up == SIGN_UP_FIRST, c->now_ms, &user, e);
	if (r < 0)
		return r;
	c->result = json_true();
	return store_audit(c->db, c->now_ms, user.id, c->remote, "UserRegister", "good", name, e);
}

static int user_register(struct call *c, struct err *e)
{
	struct password_job job = { .call = c, .next = user_register_hashed };
	int r;

	job.fresh = call_text(c, "password");
	r = sign_up_allowed(c->db, c->box->sign_up, e);
	if (r < 0)
		return call_fail(c, e, API_P_USER_PERMISSION_DENIED, "%s", e->msg);
	r = account_check_name("userName", call_text(c, "userName"), e);
	if (r == 0)
		r = account_check_password(job.fresh, e);
	return r < 0 ? r : password_later(c, &job, e);
}

static int query_sign_up(struct call *c, struct err *e)
{
	long long users;
	int r = store_user_count(c->db, &users, e);

	if (r < 0)
		return r;
	c->result = json_object();
	json_put_bool(c->result, "open", sign_up_allowed(c->db, c->box->sign_up, NULL) == 0);
	json_put_bool(c->result, "first", users == 0);
	return 0;
}

static int user_login_bad(struct call *c, const char *name, struct err *e)
{
	int64_t until;
	int failures, r;

	r = store_failures(c->db, name, c->remote, &failures, &until, e);
	if (r < 0)
		return r;
	failures++;
	until = sign_in_locked_until(failures, c->now_ms);
	r = store_failures_set(c->db, name, c->remote, failures, until, e);
	if (r == 0)
		r = store_audit(
			c->db, c->now_ms, 0, c->remote, "UserLogin", "wrong password", name, e);
	return r < 0 ? r : call_fail(c, e, API_P_LOGIN_FORBINATION, "wrong user name or password");
}

static void session_cookie(struct call *c, const char *token, long seconds)
{
	snprintf(c->cookie, sizeof(c->cookie),
		"gale_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%ld%s", token, seconds,
		c->box->secure_cookies ? "; Secure" : "");
}

static int user_login_hashed(struct call *c, struct err *e)
{
	const struct password_job *job = c->state;
	const char *name = call_text(c, "userName");
	char token[TOKEN_SIZE];
	struct user user;
	int r;

	if (!job->matches)
		return user_login_bad(c, name, e);
	r = store_user_by_name(c->db, name, &user, NULL, e);
	if (r == 0)
		r = store_failures_set(c->db, name, c->remote, 0, 0, e);
	if (r == 0)
		r = store_user_signed_in(c->db, user.id, c->now_ms, e);
	if (r == 0)
		r = session_start(c->db, user.id, c->now_ms, token, e);
	if (r == 0)
		r = store_audit(c->db, c->now_ms, user.id, c->remote, "UserLogin", "good", name, e);
	if (r < 0)
		return r;
	session_cookie(c, token, SESSION_SECONDS);
	c->result = user_json(&user);
	return 0;
}

static int user_login(struct call *c, struct err *e)
{
	struct password_job job = { .call = c, .next = user_login_hashed };
	const char *name = call_text(c, "userName");
	struct user_secret secret;
	struct user user;
	int64_t until;
	int failures, r;

	r = store_failures(c->db, name, c->remote, &failures, &until, e);
	if (r < 0)
		return r;
	if (until > c->now_ms)
		return call_fail(c, e, API_P_USER_OPERATION_LIMITED,
			"too many wrong passwords, try again in %lld s",
			(long long)(until - c->now_ms + 999) / 1000);
	job.password = call_text(c, "password");
	r = store_user_by_name(c->db, name, &user, &secret, e);
	if (r == 0)
		snprintf(job.check, sizeof(job.check), "%s", secret.password_hash);
	else if (r != -ERR_NOTFOUND)
		return r;
	return password_later(c, &job, e);
}

static int user_logout(struct call *c, struct err *e)
{
	int r = session_end(c->db, c->session, e);

	if (r < 0)
		return r;
	session_cookie(c, "", 0);
	c->result = json_true();
	return 0;
}

static int login_user_info(struct call *c, struct err *e)
{
	(void)e;
	c->result = user_json(&c->user);
	return 0;
}

static int query_license_key(struct call *c, struct err *e)
{
	(void)e;
	c->result = json_string(c->user.license);
	return 0;
}

static int change_password_hashed(struct call *c, struct err *e)
{
	const struct password_job *job = c->state;
	char hash[TOKEN_SIZE];
	int r;

	if (!job->matches)
		return user_login_bad(c, c->user.name, e);
	if (job->failed)
		return err_set(e, ERR_NOMEM, 0, "not enough memory to hash a password");
	session_hash(c->session, hash);
	r = store_user_set_password(c->db, c->user.id, job->hash, hash, e);
	if (r < 0)
		return r;
	c->result = json_true();
	return store_audit(
		c->db, c->now_ms, c->user.id, c->remote, "ChangePassword", "good", "", e);
}

static int change_password(struct call *c, struct err *e)
{
	struct password_job job = { .call = c, .next = change_password_hashed };
	struct user_secret secret;
	struct user user;
	int r;

	job.password = call_text(c, "oldPassword");
	job.fresh = call_text(c, "newPassword");
	r = account_check_password(job.fresh, e);
	if (r == 0)
		r = store_user_by_id(c->db, c->user.id, &user, &secret, e);
	if (r < 0)
		return r;
	snprintf(job.check, sizeof(job.check), "%s", secret.password_hash);
	return password_later(c, &job, e);
}

static json_t *namespace_json(const struct call *c, const struct namespace_row *row)
{
	json_t *out = json_object();
	char id[24];

	snprintf(id, sizeof(id), "%lld", row->id);
	json_put_str(out, "id", id);
	json_put_str(out, "name", row->name);
	json_put_str(out, "description", row->description);
	json_put_str(out, "userId", c->user.user_id);
	json_put_str(out, "licenseKey", c->user.license);
	return out;
}

static int namespace_each(const struct namespace_row *row, void *arg, struct err *e)
{
	struct call *c = arg;

	(void)e;
	json_array_append_new(c->result, namespace_json(c, row));
	return 0;
}

static int namespace_list(struct call *c, struct err *e)
{
	c->result = json_array();
	return store_namespace_each(c->db, c->user.id, namespace_each, c, e);
}

static int namespace_create(struct call *c, struct err *e)
{
	struct namespace_row row = { 0 };
	int r;

	snprintf(row.name, sizeof(row.name), "%s", call_text(c, "name"));
	snprintf(row.description, sizeof(row.description), "%s", call_text(c, "description"));
	r = account_check_name("name", row.name, e);
	if (r < 0)
		return r;
	r = store_namespace_add(
		c->db, c->user.id, row.name, row.description, c->now_ms, &row.id, e);
	if (r == -ERR_CONFLICT)
		return call_fail(c, e, API_P_NAMESPACE_EXIST, "%s", row.name);
	if (r < 0)
		return r;
	c->result = namespace_json(c, &row);
	return store_audit(
		c->db, c->now_ms, c->user.id, c->remote, "CreateNamespace", "good", row.name, e);
}

static int namespace_delete(struct call *c, struct err *e)
{
	const char *name = call_text(c, "name");
	int r;

	if (str_eq(name, "default"))
		return call_fail(c, e, API_P_USER_OPERATION_LIMITED, "the namespace default stays");
	r = store_namespace_delete(c->db, c->user.id, name, call_int(c, "id", 0), e);
	if (r == -ERR_NOTFOUND)
		return call_fail(c, e, API_P_NAMESPACE_MISSED, "%s", e->msg);
	if (r < 0)
		return r;
	c->result = json_true();
	return store_audit(
		c->db, c->now_ms, c->user.id, c->remote, "DeleteNamespace", "good", name, e);
}

const struct route account_routes[] = {
	{ "/chaos/UserRegister", ROUTE_PUBLIC, user_register, &sign_in_request, ANSWER_BOOL, NULL,
		"Signs a user up", ROUTE_AGENT_ENVELOPE },
	{ "/chaos/QuerySignUp", ROUTE_PUBLIC, query_sign_up, NULL, ANSWER_OBJECT, &sign_up_shape,
		"Whether signing up is possible" },
	{ "/chaos/UserLogin", ROUTE_PUBLIC, user_login, &sign_in_request, ANSWER_OBJECT,
		&user_shape, "Signs in: the answer carries the session cookie",
		ROUTE_AGENT_ENVELOPE },
	{ "/chaos/UserLoginout", ROUTE_PUBLIC, user_logout, NULL, ANSWER_BOOL, NULL, "Signs out",
		ROUTE_AGENT_ENVELOPE },
	{ "/chaos/LoginUserInfo", ROUTE_SESSION, login_user_info, NULL, ANSWER_OBJECT, &user_shape,
		"Who is signed in", ROUTE_AGENT_ENVELOPE },
	{ "/chaos/ChangePassword", ROUTE_SESSION, change_password, &change_password_request,
		ANSWER_BOOL, NULL, "Changes the password and ends the user's other sessions" },
	{ "/chaos/QueryLicenseKey", ROUTE_SESSION, query_license_key, NULL, ANSWER_TEXT, NULL,
		"The licence that the user's agents register with" },
	{ "/chaos/QueryNamespaceList", ROUTE_SESSION, namespace_list, NULL, ANSWER_LIST,
		&namespace_shape, "The user's namespaces" },
	{ "/chaos/CreateNamespace", ROUTE_SESSION, namespace_create, &namespace_create_request,
		ANSWER_OBJECT, &namespace_shape, "Makes a namespace" },
	{ "/chaos/DeleteNamespace", ROUTE_SESSION, namespace_delete, &namespace_delete_request,
		ANSWER_BOOL, NULL, "Removes a namespace in which no agent lives" },
	{ 0 },
};
