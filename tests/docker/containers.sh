#!/usr/bin/env bash
# docker: faults in a container that Docker names; done again after its restart, ended when it is
# removed.
# timeout 90
. "$(dirname "$0")/../lib.sh"
need_root
need_command dockerd
need_command docker
need_command busybox

# A daemon of its own, in a mount and a network namespace of its own: it changes nothing here.
SOCKET=$TMP/docker.sock
export DOCKER_HOST=unix://$SOCKET
start dockerd unshare --net --mount dockerd --data-root "$TMP/docker" --exec-root "$TMP/exec" --host "$DOCKER_HOST" \
	--pidfile "$TMP/docker.pid" --iptables=false --bridge=none --storage-driver vfs
at_end 'docker rm -f web'
wait_until 90 docker version || skip "dockerd does not run here: $(tail -1 "$TMP/dockerd.log")"
mkdir -p "$TMP/image/bin"
cp "$(command -v busybox)" "$TMP/image/bin/busybox"
ln -s busybox "$TMP/image/bin/sleep"
tar -C "$TMP/image" -c . | docker import - box >/dev/null
docker run -d --name web --label app=shop --network none --dns 192.0.2.53 --restart always box sleep 3600 >/dev/null 2>"$TMP/started" ||
	skip "no container runs here: $(tail -1 "$TMP/started")"

at() { gale create docker "$@" --docker-endpoint "$SOCKET" --timeout 300; }
state() { json "$(gale status "$created")" result "$@"; }
target_ended() { [ "$(state Status)/$(state EndedBy)" = Destroyed/target ]; }
main() { docker inspect -f '{{.State.Pid}}' web; }
serve() { nsenter "--net=/proc/$(main)/ns/net" ip addr add 192.0.2.53 dev lo; } # each start makes its network anew
is_stopped() { [ "$(awk '{ print $3 }' "/proc/$(main)/stat")" = T ]; }

run at process stop --container-name nosuch --pid 1
like "no such container" "$out$err" '"code":67002'
run at network delay --container-label-selector app=cart --interface lo --time 10
like "no such label" "$out$err" '"code":67002'
run gale create docker process stop --container-name web --pid 1 --docker-endpoint /nowhere
like "no Docker there" "$out$err" '"code":67002.*/nowhere'

run at process stop --container-name web --pid 1
[ "$status" = 0 ] || die "create: $out$err"
created=$(json "$out" result)
ok "its first process stands" is_stopped
like "the record is blade's" "$(gale status "$created")" '"Command":"docker","SubCommand":"process stop"'
before=$(main)
run at process kill --container-label-selector app=shop --pid 1
[ "$status" = 0 ] || die "create: $out$err"
next() { [ "$(main)" != "$before" ] && [ "$(main)" != 0 ]; }
ok "it starts again" wait_until 90 next
ok "and stands again" wait_until 90 is_stopped
ok "destroy" gale destroy "$created"
ok "it goes on" not is_stopped

serve
run at dns error --container-name web --patterns '*.shop.test'
[ "$status" = 0 ] || die "create: $out$err"
named=$(json "$out" result)
run at network drop --container-name web --destination-port 9
[ "$status" = 0 ] || die "create: $out$err"
created=$(json "$out" result)
docker restart -t 0 web >/dev/null
serve
again() { [[ $(state Notes) == *'done again'* ]]; }
ok "its start in another network: done again there" wait_until 90 again
tables() { nsenter "--net=/proc/$(main)/ns/net" nft list tables | sed '/gale_dns/d'; } # but for the other one's
like "as a table there" "$(tables)" 'gale_'
ok "destroy" gale destroy "$created"
is "which is away again" "$(tables)" ""
created=$named
ok "its DNS is done again" wait_until 90 again
like "what it is answered" "$(docker exec web /bin/busybox nslookup www.shop.test 2>&1 || true)" SERVFAIL
ok "destroy" gale destroy "$created"
like "what it is answered then" "$(docker exec web /bin/busybox nslookup www.shop.test 2>&1 || true)" refused

run at disk fill --container-id "$(docker inspect -f '{{.Id}}' web | cut -c1-12)" --path / --size 5
[ "$status" = 0 ] || die "create: $out$err"
created=$(json "$out" result)
is "its disk is filled" "$(json "$out" effect verdict)" effective
docker rm -f web >/dev/null
ok "its removal ends it" wait_until 90 target_ended
