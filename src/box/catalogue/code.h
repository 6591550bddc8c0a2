/*
 * The codes of the steps of a drill, as ChaosBlade's console spells them: a fault is
 * "chaos.cpu.fullload" and is taken back by "chaos.cpu.fullload.stop"; a JVM is made ready by
 * "chaos.jvm.install" and let go by "chaos.jvm.uninstall". In a cluster the target says its scope:
 * "chaos.pod-cpu.fullload".
 */
#ifndef BOX_CATALOGUE_CODE_H
#define BOX_CATALOGUE_CODE_H

#include <stdbool.h>

enum { CODE_MAX = 256 }; /* bytes with the NUL; what is longer is cut */

bool code_is_prepare(const char *code);
/* Its scope is one of a cluster; *ret_nodes: that of nodes. */
bool code_is_k8s(const char *code, bool *ret_nodes);
void code_recovery(const char *code, char ret[static CODE_MAX]);
bool code_takes_back(const char *recovery, const char *code);

#endif
