/* YAML as JSON: for kubeconfig files. Every scalar is a text. No anchors, no tags. */
#ifndef KUBE_YAML_H
#define KUBE_YAML_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

/* The first document; *ret is a new reference. -ERR_INVALID names the line. */
int kube_yaml(const char *text, size_t len, json_t **ret, struct err *e);

#endif
