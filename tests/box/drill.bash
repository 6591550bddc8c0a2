# For the tests of drills: drill_test runs the Python text on its stdin, with tests/box/drill.py to
# import.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need_command python3
need_program gale-box

drill_test() {
	TMP=$TMP PYTHONPATH=$ROOT/tests/box PYTHONDONTWRITEBYTECODE=1 python3 - || failures=$((failures + 1))
}
