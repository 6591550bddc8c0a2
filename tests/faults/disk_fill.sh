#!/usr/bin/env bash
# disk fill: df shows what was asked for, and afterwards exactly what it showed before.
# timeout 300
# sanitize
. "$(dirname "$0")/../experiment.sh"
loop_ext4 300

used() { df --output=used,avail -B1 "$FS_DIR" | awk 'NR == 2 { printf "%.2f", 100 * $1 / ($1 + $2) }'; }
free_mb() { df --output=avail -B1 "$FS_DIR" | awk 'NR == 2 { printf "%.2f", $1 / 1048576 }'; }
space() { stat -f -c '%f %a %d' "$FS_DIR"; }
files() { ls -A "$FS_DIR"; }
empty=$(space) names=$(files)
as_before() { [ "$(space)" = "$empty" ] && [ "$(files)" = "$names" ]; }

# --- the dose ---

for percent in 30 80 95 100; do
	create disk fill --path "$FS_DIR" --percent $percent --timeout 120
	within "df for $percent percent" "$(used)" "$(awk "BEGIN { print $percent - 0.1 }")" \
		"$(awk "BEGIN { print $percent + 0.1 }")"
	is "its verdict" "$(json "$out" effect verdict)" effective
	gale destroy "$created" >/dev/null
	ok "exactly as before" as_before
done

create disk fill --path "$FS_DIR" --reserve 17 --size 3 --timeout 120
within "MB left for --reserve, which goes before --size" "$(free_mb)" 16.9 17.1
gale destroy "$created" >/dev/null
before=$(free_mb)
create disk fill --path "$FS_DIR" --size 50 --timeout 120
within "MB taken by --size" "$(awk "BEGIN { print $before - $(free_mb) }")" 49.9 50.5
gale destroy "$created" >/dev/null
ok "exactly as before" as_before

mkdir "$FS_DIR/a b;c"
names=$(files) empty=$(space)
create disk fill --path "$FS_DIR/a b;c" --percent 50 --timeout 120
within "in a directory with an odd name" "$(used)" 49.9 50.1
run gale destroy disk fill --path "$FS_DIR/a b;c"
is "destroy by matcher" "$status" 0
ok "exactly as before" as_before

# --- several in one directory, off in any order ---

create disk fill --path "$FS_DIR" --percent 40 --timeout 120
first=$created
create disk fill --path "$FS_DIR" --percent 60 --timeout 120
second=$created
gale destroy "$first" >/dev/null
within "the second is left" "$(used)" 19 21
gale destroy "$second" >/dev/null
ok "exactly as before" as_before

# --- the handle ---

create disk fill --path "$FS_DIR" --percent 70 --retain-handle --timeout 120
rm "$FS_DIR"/chaos_filldisk.*
within "deleting the file frees nothing" "$(used)" 69.9 70.1
gale destroy "$created" >/dev/null
ok "exactly as before" as_before

# --- without fallocate ---

mkfs.ext2 -q -F "$TMP/fs.img2" 100M
mkdir "$TMP/fs2"
mount -o loop "$TMP/fs.img2" "$TMP/fs2"
at_end "umount '$TMP/fs2' || umount -l '$TMP/fs2'"
ok "this file system has no fallocate" not fallocate -l 1M "$TMP/fs2/probe"
rm -f "$TMP/fs2/probe"
create disk fill --path "$TMP/fs2" --percent 90 --timeout 120
within "filled by writing" \
	"$(df --output=used,avail -B1 "$TMP/fs2" | awk 'NR == 2 { print 100 * $1 / ($1 + $2) }')" 89.5 90.5
gale destroy "$created" >/dev/null
is "empty again" "$(ls -A "$TMP/fs2")" lost+found

# --- the deadline, and kills ---

deadline_takes_back as_before -- disk fill --path "$FS_DIR" --percent 50
killed_is_taken_back as_before -- disk fill --path "$FS_DIR" --percent 50 --timeout 120
killed_is_taken_back as_before -- disk fill --path "$FS_DIR" --percent 50 --retain-handle --timeout 120

# --- a file that cannot be deleted ---

create disk fill --path "$FS_DIR" --percent 50 --timeout 120
chattr +i "$FS_DIR"/chaos_filldisk.*
run gale destroy "$created"
is "destroy fails" "$status $(json "$err" code)" "1 63063"
is "the record stays" "$(record "$created" Status)" Success
run gale destroy "$created" --force-remove
is "and with --force-remove" "$status $(json "$err" code)" "1 63063"
like "  it says what was done and what not" "$err" \
	"forcibly remove $created resource success, but destroy the experiment failed"
run gale status "$created"
is "  the record is gone" "$(json "$err" code)" 67002
ok "  the journal is not" test -e "$(journal "$created")"
chattr -i "$FS_DIR"/chaos_filldisk.*
gale recover >/dev/null
ok "exactly as before, once it can be" wait_until 20 as_before

# --- refused ---

refused() { # refused CODE FLAG...
	local code=$1
	shift
	run gale create disk fill "$@"
	is "refused: $*" "$status $(json "$err" code)" "1 $code"
	ok "  nothing was written" as_before
}

refused 45000 --path "$FS_DIR"
refused 46000 --path "$FS_DIR" --percent 150
refused 46000 --path "$FS_DIR" --percent 0
refused 46000 --path "$FS_DIR" --percent 50%
refused 46000 --path "$FS_DIR" --size 100000
refused 46000 --path "$FS_DIR/none" --percent 50
refused 46000 --path "$TMP/fs.img" --percent 50
refused 46000 --path ../ --percent 50
refused 54000 --path "$FS_DIR" --reserve 100000
touch "$FS_DIR/chaos_filldisk.mine.dat"
names=$(files)
run gale create disk fill --path "$FS_DIR" --percent 50 --uid mine
is "a file of that name is somebody's" "$status $(json "$err" code)" "1 63050"
ok "and stays" test -e "$FS_DIR/chaos_filldisk.mine.dat"
run gale create disk fill --path "$FS_DIR" --percent 50 --dry-run
like "a dry run names the file system" "$out" "file system of $FS_DIR"
is "and writes nothing" "$(files)" "$names"
