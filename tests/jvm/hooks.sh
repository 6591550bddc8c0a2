#!/usr/bin/env bash
# What each kind of hook does to a method of each sort: forced returns, results replaced, arguments
# seen, exceptions that the method's own catch and finally do not meet, delays that end when told.
# timeout 60
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../java.sh"
need_jdk

dir=$ROOT/tests/jvm
build_native "$TMP/class_tool" class_tool.c -O1 -g
mkdir "$TMP/boot" "$TMP/plain" "$TMP/cases" "$TMP/hooked"

# The helper, armed, with its natives handed to Java.
python3 - "$ROOT/src/jvm/classfile/Hook.java" >"$TMP/Hook.java" <<'PY'
import re
import sys

rows = []

def forward(native):
    result, name, parameters = native.groups()
    rows.append(f"{result} {name}({parameters});")
    values = ", ".join(p.split()[-1] for p in parameters.split(", "))
    return f"private static {result} {name}({parameters}) {{ return rules.{name}({values}); }}"

text = open(sys.argv[1]).read()
text = re.sub(r"private static native (\w+) (\w+)\((.*)\);", forward, text)
text = text.replace("long armed;", f"long armed = -1;\n\tpublic interface Rules {{ {' '.join(rows)} }}\n\tpublic static Rules rules;")
print(text)
PY
javac=("$JAVA_HOME/bin/javac" --release 8 -Xlint:-options)
"${javac[@]}" -d "$TMP/boot" "$TMP/Hook.java"
"${javac[@]}" -g -cp "$TMP/boot" -d "$TMP/plain" "$dir/matrix/Cases.java" "$dir/matrix/Matrix.java"
mv "$TMP/plain/Cases.class" "$TMP/cases/"

# 54: forced return and arguments at the entry, result and arguments at the exit; all of Cases.
"$TMP/class_tool" 54 "$TMP/cases" "$TMP/hooked" >"$TMP/map"
run "$JAVA_HOME/bin/java" -Xverify:all -Xbootclasspath/a:"$TMP/boot" -cp "$TMP/hooked:$TMP/plain" Matrix "$TMP/map"
is "every method under every rule: $out" "$status" 0
