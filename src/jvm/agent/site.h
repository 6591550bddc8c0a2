/* Which methods of which classes the sites of a rule mean. Pure. */
#ifndef JVM_AGENT_SITE_H
#define JVM_AGENT_SITE_H

#include "jvm/agent/command.h"

/* What a class is called and what it stands on: internal names ("a/b/C"). */
struct site_class {
	const char *name;
	const char *super; /* NULL: none */
	const char *const *interfaces;
	size_t n_interfaces;
};

bool site_has_class(const struct site *, const struct site_class *);
bool site_has_method(const struct site *, const char *name, const char *descriptor);

/* Whether the class belongs to the JDK itself: by its name. */
bool site_is_system(const char *internal_name);
/* Anonymous and hidden classes: retransforming one can crash a JVM. */
bool site_is_hidden(const char *internal_name);

#endif
