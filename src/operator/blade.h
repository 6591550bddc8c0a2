/* ChaosBlade objects of chaosblade.io: what its experiments do to one target. */
#ifndef OPERATOR_BLADE_H
#define OPERATOR_BLADE_H

#include "operator/blade_spec.h"
#include "operator/kind.h"

extern const struct family chaos_blade;

int blade_inject(struct task *t, struct err *e);
int blade_renew(struct task *t, struct err *e);
int blade_recover(struct task *t, struct err *e);
orders_f blade_orders;

/* It is done to a pod as a whole, by the API. */
bool blade_is_pods(const struct blade *b);
/* Whether there is such a thing to be done, with such flags; says whether it is the network's. */
int blade_deed_check(struct blade *b, struct err *e);

#endif
