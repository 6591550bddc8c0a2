/* What the webhooks have to know of specs of chaos-mesh.org: as Chaos Mesh's own do. */
#ifndef OPERATOR_ADMIT_CHAOS_MESH_H
#define OPERATOR_ADMIT_CHAOS_MESH_H

#include <jansson.h>
#include <stdbool.h>

/* Both as of struct family. */
void chaos_mesh_complete(json_t *spec, const char *own);
bool chaos_mesh_reach(const json_t *spec, const char *own, json_t *namespaces);

#endif
