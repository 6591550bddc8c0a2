#!/usr/bin/env bash
# recover: what a crash of everything or a reboot left is finished, and nobody else is hit.
# timeout 60
# sanitize
. "$(dirname "$0")/../experiment.sh"
need_root

state_of() { awk '/^State/ { print $2 }' "/proc/$1/status"; }
running() { [[ $(state_of "$1") != T ]]; }

start victim sleep 300
victim=$pid

create process stop --pid "$victim" --timeout 120
ok "the victim is stopped" not running "$victim"
kill_holders "$created"
is "status knows that nobody holds it" "$(record "$created" Active)" false
ok "nobody is left to take it back" not running "$victim"
run gale recover
is "recover" "$status" 0
ok "the victim runs again" running "$victim"
ok "nothing is left" gone "$created"
is "the record says so" "$(record "$created" Status) $(record "$created" EndedBy)" "Destroyed recover"
run gale recover
is "recover again" "$status" 0

# --- the next create does it too ---

create process stop --pid "$victim" --timeout 120
kill_holders "$created"
left=$created
create cpu fullload --cpu-percent 1 --timeout 120
ok "the next create recovers first" running "$victim"
ok "nothing of it is left" gone "$left"

# --- a living experiment is not touched ---

gale recover >/dev/null
ok "what is held is left alone" test -e "$(journal "$created")"
gale destroy "$created" >/dev/null

# --- a journal of an earlier boot, and of a process whose pid another has now ---

start bystander sleep 300
bystander=$pid
started=$(awk '{ print $22 }' "/proc/$bystander/stat")
boot=$(cat /proc/sys/kernel/random/boot_id)
write_journal() { # write_journal UID BOOT START
	cat >"$(journal "$1")" <<-EOF
		{"uid":"$1","scope":"host","target":"cpu","action":"fullload","boot":"$2","deadlineBootMs":0,"deadlineWallMs":0,"supervisor":{"pid":$bystander,"start":$3},"guardian":{"pid":$bystander,"start":$3}}
		{"worker":{"pid":$bystander,"start":$3}}
	EOF
}
write_journal reboot 00000000-0000-0000-0000-000000000000 "$started"
write_journal reused "$boot" $((started - 5))
ok "recover" gale recover
ok "a journal of an earlier boot ends" gone reboot
ok "a journal of processes that are gone ends" gone reused
ok "whoever has their pids lives" runs "$bystander"

# --- what a crash leaves of the file itself ---

: >"$(journal empty)"
printf '{"uid":"torn","sco' >"$(journal torn)"
{
	cat <<-EOF
		{"uid":"half","scope":"host","target":"cpu","action":"fullload","boot":"$boot","deadlineBootMs":0,"deadlineWallMs":0,"supervisor":{"pid":999999,"start":1},"guardian":{"pid":999999,"start":1}}
		{"worker":{"pid":999999,"start":1}}
	EOF
	printf '{"worker":{"pid":99'
} >"$(journal half)"
ok "recover" gale recover
ok "an empty journal ends" gone empty
ok "one that ends in its head ends" gone torn
ok "one whose last line was being written ends" gone half

# --- damage is said, and keeps nobody else from being recovered ---

cat >"$(journal damaged)" <<-EOF
	{"uid":"damaged","scope":"host","target":"cpu","action":"fullload","boot":"$boot","deadlineBootMs":0,"deadlineWallMs":0,"supervisor":{"pid":999999,"start":1},"guardian":{"pid":999999,"start":1}}
	this is not JSON
EOF
write_journal other 00000000-0000-0000-0000-000000000000 1
run gale recover
is "a line that cannot be read is an error" "$status" 1
like "  that names the file" "$err" journal/damaged
ok "  and the others are recovered" gone other
rm "$(journal damaged)"

# --- a record whose command line and supervisor died before anything was injected ---

create cpu fullload --cpu-percent 1 --timeout 120
gale destroy "$created" >/dev/null
python3 - "$GALE_STATE/gale.db" "$created" <<-'EOF'
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	db.execute("UPDATE experiment SET status = 'Created', create_time = '2026-01-02T03:04:05Z' WHERE uid = ?", sys.argv[2:])
	db.commit()
EOF
gale recover >/dev/null
is "an abandoned record is closed" "$(record "$created" Status)" Error
