#!/usr/bin/env bash
# The bytes of the helper class are those that javac makes of its source. They are made anew by
# tests/jvm/helper.sh --write, with a JDK 17.
# timeout 60
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/java.sh"
need_jdk
[[ $("$JAVA_HOME/bin/javac" -version 2>&1) == "javac 17."* ]] || skip "javac of JDK 17 made the bytes"

dir=$ROOT/src/jvm/classfile
"$JAVA_HOME/bin/javac" --release 8 -Xlint:-options -g:none -d "$TMP" "$dir/Hook.java"
python3 - "$TMP/java/gale/Hook.class" >"$TMP/class_helper.c" <<'PY'
import sys

data = open(sys.argv[1], "rb").read()
print("/* The bytes of Hook.java, made by tests/jvm/helper.sh --write (javac 17, --release 8 -g:none). */")
print('#include "jvm/classfile/class_helper.h"\n\n/* clang-format off */\nconst uint8_t class_helper_bytes[] = {')
for i in range(0, len(data), 16):
    print("\t" + ", ".join(f"0x{byte:02x}" for byte in data[i : i + 16]) + ",")
print("};\n/* clang-format on */\n\nconst size_t class_helper_size = sizeof(class_helper_bytes);")
PY
[ "${1:-}" != --write ] || cp "$TMP/class_helper.c" "$dir/class_helper.c"
ok "class_helper.c holds the bytes of Hook.java" diff "$TMP/class_helper.c" "$dir/class_helper.c"
