#!/usr/bin/env bash
# The slices of the JNI and JVMTI tables have each function where the headers of the JDKs have it.
# timeout 30
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../java.sh"
need_jdk
agent=$ROOT/src/jvm/agent

# rows SLICE TABLE THEIRS: an assertion for each function of the slice
rows() {
	sed -n "/^struct $2 {/,/^};/p" "$agent/$1" | grep -o '(\*[A-Za-z]*)' | tr -d '(*)' |
		sed "s/.*/_Static_assert(offsetof(struct $2, &) == offsetof($3, &), \"&\");/"
}

{
	printf '#include <stddef.h>\n#include <jni.h>\n#include <jvmti.h>\n#include "jvm/agent/jvmti_slice.h"\n'
	rows jni_slice.h jni_table 'struct JNINativeInterface_'
	rows jni_slice.h jni_invoke_table 'struct JNIInvokeInterface_'
	rows jvmti_slice.h jvmti_table 'jvmtiInterface_1'
	cat <<'C'
_Static_assert(offsetof(struct jvmti_callbacks, class_file_load_hook) ==
	offsetof(jvmtiEventCallbacks, ClassFileLoadHook) - offsetof(jvmtiEventCallbacks, VMInit), "hook");
_Static_assert(sizeof(struct jvmti_capabilities) == sizeof(jvmtiCapabilities), "capabilities");
_Static_assert(sizeof(struct jvmti_frame) == sizeof(jvmtiFrameInfo), "frame");
_Static_assert((int)TI_EVENT_CLASS_FILE_LOAD_HOOK == (int)JVMTI_EVENT_CLASS_FILE_LOAD_HOOK, "event");
_Static_assert((int)JVMTI_SLICE_VERSION == (int)JVMTI_VERSION_1_2, "version");
#include <stdio.h>
int main(void)
{
	union { jvmtiCapabilities theirs; struct jvmti_capabilities ours; } c = { .theirs = { .can_retransform_classes = 1 } };
	printf("%u\n", c.ours.bits[TI_CAN_RETRANSFORM_CLASSES / 32] >> TI_CAN_RETRANSFORM_CLASSES % 32);
}
C
} >"$TMP/slices.c"
within "functions compared" "$(grep -c offsetof "$TMP/slices.c")" 80 300

while read -r home; do
	ok "the headers of $home" cc -std=c17 -I"$home/include" -I"$home/include/linux" -I"$ROOT/src" -o "$TMP/slices" "$TMP/slices.c"
	is "its capability to retransform" "$("$TMP/slices")" 1
done < <(each_jdk)
sed -i 's/offsetof(jvmtiInterface_1, Allocate)/0/' "$TMP/slices.c"
ok "a wrong place is seen" not cc -std=c17 -I"$JAVA_HOME/include" -I"$JAVA_HOME/include/linux" -I"$ROOT/src" -fsyntax-only "$TMP/slices.c"
