#!/usr/bin/env bash
# usage: freestanding.sh LIBRARY
#
# The agent library needs no other one, leaves no symbol open, shows the two doors only, and has no
# executable stack and nothing that is run when it is loaded.
set -euo pipefail
library=$1

fail() { echo "$library: $*"; exit 1; }

! readelf -d "$library" | grep -E 'NEEDED|TEXTREL|INIT' || fail "it needs or runs something at load"
! readelf --dyn-syms -W "$library" | awk '$7 == "UND" && $8 != ""' | grep . || fail "open symbols"
shown=$(readelf --dyn-syms -W "$library" | awk '$7 != "UND" && $8 != "" && $5 == "GLOBAL" { print $8 }' | sort | xargs)
[ "$shown" = "Agent_OnAttach Agent_OnLoad" ] || fail "it shows: $shown"
! readelf -lW "$library" | grep GNU_STACK | grep -q 'RWE' || fail "its stack is executable"
ls -l "$library"
