/* One error for the whole project: the caller's, nothing allocates, it fits through a pipe. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * A kind is one row: its name in the API, its HTTP status, and the code of the command line's
 * one-line reply (the codes that blade users know: spec-go response.go).
 */
#define ERR_KINDS(X)                                                                               \
	X(DENIED, "denied", 403, 43000)                                                            \
	X(UNSUPPORTED, "unsupported", 501, 44000)                                                  \
	X(MISSING, "missing", 400, 45000)                                                          \
	X(INVALID, "invalid", 400, 46000)                                                          \
	X(NODATA, "nodata", 404, 404)                                                              \
	X(EXISTS, "exists", 409, 406)                                                              \
	X(CONFLICT, "conflict", 409, 47000)                                                        \
	X(NOPROCESS, "noprocess", 404, 47001)                                                      \
	X(OTHERPID, "otherpid", 404, 47002)                                                        \
	X(NAMESPACES, "namespaces", 400, 47007)                                                    \
	X(MANY, "many", 409, 47012)                                                                \
	X(COMMAND, "command", 400, 49000)                                                          \
	X(INEFFECTIVE, "ineffective", 409, 54000)                                                  \
	X(TIMEOUT, "timeout", 504, 54000)                                                          \
	X(BUSY, "busy", 409, 63050)                                                                \
	X(KUBE, "kube", 502, 63061)                                                                \
	X(SYSTEM, "system", 500, 63063)                                                            \
	X(NOMEM, "nomem", 500, 63063)                                                              \
	X(PROTOCOL, "protocol", 502, 63064)                                                        \
	X(STORE, "store", 500, 67001)                                                              \
	X(NOTFOUND, "notfound", 404, 67002)

enum err_kind {
	ERR_NONE,
#define ERR_ENUM(kind, name, http, code) ERR_##kind,
	ERR_KINDS(ERR_ENUM)
#undef ERR_ENUM
};

struct err {
	enum err_kind kind;
	int sys; /* errno of the cause, 0 when there is none */
	char msg[400];
};

/*
 * Sets e (NULL allowed) and returns -kind. With sys != 0 the text of errno is put behind the
 * message: "open /x: No such file or directory".
 */
int err_set(struct err *e, enum err_kind kind, int sys, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Puts "fmt: " before the message that is there; returns -e->kind (-ERR_SYSTEM with e NULL). */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The two errors of parameters, in blade's wording; allowed says what would have been accepted. */
int err_missing(struct err *e, const char *param);
int err_illegal(struct err *e, const char *param, const char *value, const char *allowed);

const char *err_name(enum err_kind kind);    /* "invalid" */
enum err_kind err_by_name(const char *name); /* ERR_SYSTEM when there is none of that name */
int err_http(enum err_kind kind);	     /* 400 */
int err_code(enum err_kind kind);	     /* 46000 */

#endif
