/* ChaosBlade objects of chaosblade.io: what its experiments do to one target. */
#ifndef OPERATOR_BLADE_H
#define OPERATOR_BLADE_H

#include "operator/blade_spec.h"
#include "operator/kind.h"

extern const struct family chaos_blade;

int blade_inject(struct task *t, struct err *e);
int blade_recover(struct task *t, struct err *e);
orders_f blade_orders;

/* It is done to a pod as a whole, by the API. */
bool blade_is_pods(const struct blade *b);
/* What no node does: its flags, and whether it can be done at all. */
int blade_deed_check(const struct blade *b, struct err *e);

#endif
