/* Statements on the file of records (record.h). Private to what keeps records in it. */
#ifndef FAULT_QUERY_H
#define FAULT_QUERY_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/err.h"

struct records {
	sqlite3 *db;
};

/* A statement under construction; the first failure sticks. */
struct query {
	struct records *rs;
	sqlite3_stmt *stmt;
	const char *what;
	int code, at;
};

struct query query(struct records *rs, const char *what, const char *sql);
void bind_text(struct query *q, const char *text); /* the next parameter; NULL: "" */
void bind_int(struct query *q, int64_t number);

/* SQLITE_ROW, SQLITE_DONE, or a failure that query_end reports. */
int query_step(struct query *q);
int query_end(struct query *q, struct err *e);
int query_run(struct query *q, struct err *e);	      /* both */
const char *query_column(sqlite3_stmt *stmt, int at); /* "" for NULL; borrowed till the next step */

/* What is between them is done whole or, with r < 0, not at all. */
int records_begin(struct records *rs, struct err *e);
int records_end(struct records *rs, int r, struct err *e);

#endif
