/*
 * Chaos Mesh's door: pb.DNS, and the same as chaos_dns.DNS.
 *
 * The controller sends one Set for each pod of an experiment, all under its name, and one Cancel
 * for each pod at its end. So: a Set adds its pods to those that stand under the name; a pod that
 * stands already is set anew; what other names have set on the pod stays. Cancel takes off all
 * that stands under the name, and only that; a name that nothing stands under is fine.
 *
 * No patterns are all names, as in Chaos Mesh. Duplicates are as if they were not there. An unknown
 * action, a scope other than "all", a pod that nobody has told of, a bad pattern: an error, and
 * nothing has changed.
 */
#ifndef DNS_DOOR_MESH_H
#define DNS_DOOR_MESH_H

#include "grpc/call.h"

struct book;

#define MESH_DOOR "mesh"

/* The ctx of mesh_methods. */
struct mesh {
	struct book *book;
	long long deadline_ms; /* of each Set, from now; 0: none */
};

extern const struct grpc_method mesh_methods[];

#endif
