#!/usr/bin/env bash
# The grammar of the command line: verbs, aliases, flags in every spelling, state and time-outs.
# timeout 300
# sanitize
. "$(dirname "$0")/../experiment.sh"

start victim sleep 300
stopped() { grep -q '^State:.T' "/proc/$pid/status"; }

# --- help: never an error ---

for words in "" help --help -h "help create" "create --help" "create -h" "help create disk fill" \
	"create disk fill --help" "h" "destroy --help" "help completion"; do
	# shellcheck disable=SC2086
	run gale $words
	if [ "$words" = h ]; then
		is "gale h is no verb" "$status $(json "$err" code)" "1 49000"
	else
		is "gale $words" "$status${err:+ $err}" 0
		like "  says how it is used" "$out" "Usage:"
	fi
done
run gale version
like "version" "$out" '^Version: +[0-9]+\.[0-9]+\.[0-9]+'
is "v" "$(gale v)" "$out"

# --- flags ---

for spelling in "--pid $pid --timeout 120" "--pid=$pid --timeout=120" "--timeout 120 --pid $pid" \
	"--pid 1 --pid $pid --timeout 120" "--pid $pid --ignore-not-found --timeout 120" \
	"--pid $pid --ignore-not-found=true --timeout 120" "--pid $pid --ignore-not-found true --timeout 120" \
	"-d --pid $pid --timeout 120" "--debug=false --pid $pid --timeout 120" "--nohup --pid $pid -n=false --timeout 120"; do
	# shellcheck disable=SC2086
	run gale c process f $spelling
	is "gale c process f $spelling" "$status" 0
	ok "  does it" stopped
	is "  under the names of the tables" "$(record "$(json "$out" result)" SubCommand)" stop
	run gale d "$(json "$out" result)"
	is "  gale d" "$status" 0
done
create --timeout 120 --pid "$pid" process stop
ok "flags before the words" stopped
gale destroy --uid "$created" >/dev/null
ok "destroy --uid" not stopped
create process stop --pid "$pid" --timeout 120 --uid theirs
is "a uid of the caller's" "$created" theirs
run gale destroy process stop --uid theirs
is "destroy TARGET ACTION --uid" "$status" 0
ok "  that one" not stopped
create process stop --pid "$pid" --timeout 120
run gale destroy process stop --uid nosuch --pid "$pid"
is "with a uid that nobody knows, by matcher" "$status" 0
ok "  that one" not stopped
create process stop --pid "$pid" --timeout 120
run gale destroy process stop --pid 1
is "no match, nothing destroyed" "$status" 1
ok "  it stands" stopped
run gale destroy process stop
is "without flags, all of that action" "$status" 0
ok "  it goes on" not stopped

wrong() { # wrong CODE ARGUMENT...
	local code=$1
	shift
	run gale "$@"
	like "gale $*" "$status$err" "^1\{\"code\":$code,\"success\":false,\"error\":\"[^"$'\n'"]+\"\}\$"
	is "  nothing on stdout" "$out" ""
}

wrong 49000 nosuch
wrong 46000 --nosuch
wrong 46000 -z
wrong 44000 create nosuch fullload
wrong 44000 create process nosuch
wrong 45000 create
wrong 45000 create process
wrong 46000 create process stop --nosuch
wrong 46000 create process stop --path /
wrong 49000 create process stop --pid
wrong 49000 create process stop extra
wrong 46000 create process stop -x
wrong 46000 create process stop --pid "$pid" --endpoint ftp://x
wrong 46000 create process stop --pid "$pid" --endpoint "http://"
wrong 49000 status a b
wrong 46000 status --type nosuch
wrong 46000 status --type create --limit 1,2,3
wrong 46000 status --type create --limit -1
wrong 49000 query
wrong 49000 query disk nosuch
wrong 404 query jvm x
wrong 49000 check nosuch
wrong 44000 prepare cplus
wrong 67002 revoke x
wrong 44000 check os nosuch
wrong 49000 completion zsh
wrong 49000 recover now

# --- time-outs ---

for timeout in 120 120s 2m 1h30m 120500ms 120.5s never; do
	create process stop --pid "$pid" --timeout $timeout
	if [ $timeout = never ]; then
		is "--timeout never: no deadline" "$(json "$out" deadline)" ""
	else
		like "--timeout $timeout: a deadline" "$(json "$out" deadline)" T
	fi
	gale destroy "$created" >/dev/null
done
create process stop --pid "$pid"
like "without --timeout, a day" "$(record "$created" TimeLeft)" "^23h59m|^24h0m"
gale destroy "$created" >/dev/null
for timeout in 0 -1 5x 1h30 soon "5 s" 99999999999999999999 ""; do
	wrong 46000 create process stop --pid "$pid" --timeout "$timeout"
done
for timeout in 500ms 2500ms 10500ms; do # the first that is not over before it has begun
	run gale create process stop --pid "$pid" --timeout $timeout
	[ "$status" != 0 ] || break
done
is "less than a whole number of seconds" "$status" 0
ok "is no never" wait_until 40 not stopped

# --- where the state is ---

create process stop --pid "$pid" --timeout 120 --state "$TMP/other"
ok "--state" test -e "$TMP/other/gale.db"
ok "  and the journal there" test -e "$TMP/other/journal/$created"
run gale status "$created"
is "  unknown elsewhere" "$status" 1
gale destroy "$created" --state "$TMP/other" >/dev/null
for path in "$TMP/file.dat" "$TMP/dir"; do
	mkdir -p "$TMP/dir"
	CHAOSBLADE_DATAFILE_PATH=$path create process stop --pid "$pid" --timeout 120
	[ "$path" = "$TMP/file.dat" ] || path=$TMP/dir/chaosblade.dat
	is "CHAOSBLADE_DATAFILE_PATH ${path##*/}" "$(python3 -c '
import sqlite3, sys
print(*sqlite3.connect(sys.argv[1]).execute("select uid, command, sub_command, status from experiment"))' "$path")" \
		"('$created', 'process', 'stop', 'Success')"
	CHAOSBLADE_DATAFILE_PATH=$path gale destroy "$created" >/dev/null
done

echo "state: $TMP/from-file" >"$TMP/gale.yaml"
like "--print-config: the environment" "$(gale --print-config)" "^state: .*$GALE_STATE.*GALE_STATE"
like "  a flag" "$(gale --print-config --state /x)" 'state: "/x" .*flag'
like "  a file" "$(env -u GALE_STATE "$GALE_BIN/gale" --print-config --config "$TMP/gale.yaml")" \
	"from-file.*gale.yaml line 1"
create process stop --pid "$pid" --timeout 120 --config "$TMP/gale.yaml"
ok "GALE_STATE goes before the file" test -e "$GALE_STATE/journal/$created"
gale destroy "$created" >/dev/null
echo "nosuch: 1" >"$TMP/gale.yaml"
wrong 46000 status --type create --config "$TMP/gale.yaml"
run gale version --config "$TMP/gale.yaml"
is "version needs no settings" "$status" 0

# --- lists ---

rm -f "$GALE_STATE/gale.db"
for uid in a1 a2 a3; do
	gale create process kill --pid 4194303 --ignore-not-found --uid $uid >/dev/null
done
uids() { gale status --type create "$@" | python3 -c '
import json, sys
print(*[row["Uid"] for row in json.load(sys.stdin)["result"]])'; }
is "newest first" "$(uids)" "a3 a2 a1"
is "--asc" "$(uids --asc)" "a1 a2 a3"
is "--limit" "$(uids --limit 2)" "a3 a2"
is "--limit OFFSET,COUNT" "$(uids --limit 1,1)" "a2"
is "--flag-filter" "$(uids --flag-filter uid=a2)" "a2"
is "--status" "$(uids --status Error)" ""
is "--target and --action" "$(uids --target process --action kill)" "a3 a2 a1"
is "a filter is no SQL" "$(uids --flag-filter "' OR 1=1 --")" ""
is "of several uids those that there are" "$(gale status --uid a1,nosuch,a3 | grep -o '"Uid":"[^"]*"' | xargs)" "Uid:a1 Uid:a3"
is "type d" "$(gale s --type d --uid a1 | grep -o '"Uid":"a1"')" '"Uid":"a1"'

# --- by blade's name ---

ln -s "$GALE_BIN/gale" "$TMP/blade"
run "$TMP/blade" create process stop --pid "$pid" --timeout 120
like "as blade" "$status$out" '^0\{"code":200,"success":true,"result":"[0-9a-f]{16}"'
"$TMP/blade" d "$(json "$out" result)" >/dev/null
run "$TMP/blade" nosuch
like "in its name" "$err" 'for \\"blade\\"'
