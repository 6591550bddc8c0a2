#!/usr/bin/env bash
# usage: build.sh DIRECTORY
#
# Fetches the libraries of the two pom.xml (Maven keeps them) and compiles the program: DIRECTORY
# then has classes/, and class paths in the files `main` and `other`. Does nothing when that is done.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1

mkdir -p "$out"
exec 9>"$out/lock"
flock 9
if [ -e "$out/done" ] && [ -z "$(find "$here" -newer "$out/done" -type f)" ]; then
	exit 0
fi
class_path() { # class_path POM FILE: from what was fetched before, if that is enough
	local how
	for how in --offline '' -U -U -U; do # a download that broke off is tried again
		# shellcheck disable=SC2086
		mvn -q -B $how -f "$1" "$plugin:build-classpath" "-Dmdep.outputFile=$2" >"$out/log" 2>&1 && return
	done
	tail -20 "$out/log"
	return 1
}
class_path "$here/pom.xml" "$out/main"
class_path "$here/other/pom.xml" "$out/other"
rm -rf "$out/classes"
mkdir "$out/classes"
cp "$here/src/logback.xml" "$out/classes/"
javac -nowarn -Xlint:none -d "$out/classes" -cp "$(<"$out/main")" "$here"/src/*.java
touch "$out/done"
