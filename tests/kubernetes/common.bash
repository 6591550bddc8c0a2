# A real Kubernetes of the test's own (tests/lane/kubernetes). Sourced behind ../lib.sh.
# shellcheck shell=bash
LANE=$ROOT/tests/lane/kubernetes
export LANE_DIR=$TMP/lane
need_command curl

# lane_up MODE [WRAPPER...]: as "up" does; the test is skipped where it cannot.
lane_up() {
	local mode=$1
	shift
	at_end "'$LANE/down'"
	run "$@" "$LANE/up" "$mode"
	[ "$status" != 77 ] || skip "${out#skip: }"
	[ "$status" = 0 ] || die "no Kubernetes: $err"
}

# lane_stop COMPONENT: kills it, and it stays away until lane_start.
lane_stop() {
	touch "$LANE_DIR/run/$1.stopped"
	# shellcheck disable=SC2016 # the inner shell expands
	"$LANE/in" sh -c 'kill -KILL "$(cat "$0")"' "$LANE_DIR/run/$1.pid"
}

lane_start() {
	rm -f "$LANE_DIR/run/$1.stopped"
}

# api METHOD PATH [JSON]: one request by its administrator. Prints the answer.
api() {
	local kind=application/json
	[ "$1" != PATCH ] || kind=application/merge-patch+json
	"${LANE_WRAPPER[@]}" curl -sS --fail-with-body --max-time 20 --cacert "$LANE_DIR/pki/ca.crt" \
		--cert "$LANE_DIR/pki/admin.crt" --key "$LANE_DIR/pki/admin.key" \
		-X "$1" -H "Content-Type: $kind" ${3:+--data "$3"} "https://127.0.0.1:${LANE_PORT:-6443}$2"
}
LANE_WRAPPER=(env)

api_ready() { api GET /readyz >/dev/null; }
