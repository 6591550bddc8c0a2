/* One run of the gale program: started, its output collected, ended after a while. */
#ifndef AGENT_JOB_H
#define AGENT_JOB_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/message.h"
#include "base/buf.h"

#define JOB_LIMIT_MS   60000
#define JOB_OUTPUT_MAX (1u << 20) /* of each of stdout and stderr */

struct job {
	pid_t pid;	     /* 0: free */
	uint32_t id;	     /* of the message that asked for it */
	int fds[2];	     /* stdout and stderr, -1 when closed */
	struct buf texts[2]; /* what came out of them */
	int64_t until_ms;    /* boot clock; killed then */
	const char *killed;  /* why it was killed, NULL: it was not */
};

struct job_program {
	const char *path; /* absolute */
	char *const *env; /* all of it */
	bool leave;	  /* our mount namespace and control groups for those of process 1 */
};

/* Runs the program with these words; it gets nothing else of ours. */
int job_start(struct job *j, const struct job_program *p, const struct words *words, struct err *e);
/* Takes what there is to read of output i. */
void job_read(struct job *j, int i);
void job_kill(struct job *j, const char *why);
/* After the process was reaped: what came of it, and the text that tells; valid until job_free. */
enum order_status job_end(struct job *j, int wait_status, const char **ret_text);
void job_free(struct job *j);

#endif
