/* Preparations: the agent library in a JVM, with a record of it. */
#ifndef FAULTS_SHARED_JVM_PREPARE_H
#define FAULTS_SHARED_JVM_PREPARE_H

#include "fault/preparation.h"
#include "jvm/jvm.h"

/*
 * Loads the library into the JVM, so that nothing but the fault itself is left to do at a create,
 * and brings the record, which was inserted as Created, to Running or Error.
 */
int jvm_prepare(
	const char *state, const struct jvm *jvm, struct preparation *record, struct err *e);

/* A create has loaded the library: writes a record unless one is Running. */
int jvm_prepared(const char *state, const struct jvm *jvm, const char *process, struct err *e);

/*
 * -ERR_NOPROCESS when the pid was prepared as another process, which has ended: who gives the pid
 * alone does not mean this one.
 */
int jvm_meant(const char *state, const struct process *p, struct err *e);

/*
 * Takes every experiment back that is in the JVM of the record, gets all classes back to what they
 * were, and marks it Revoked. Revoked already, or a JVM that has ended: 0.
 */
int jvm_revoke(const char *state, struct preparation *record, struct err *e);

#endif
