#!/usr/bin/env bash
# Faults in a JVM that runs in a container of a real node, with a root, PIDs and a user of its own: methods
# that throw and methods that are late, by container and by pid in it, again after its restart, and away.
# timeout 240
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/../java.sh"
. "$(dirname "$0")/../jvm/shop.bash"
. "$(dirname "$0")/common.bash"
shop_build
lane_up node
gale() { "$LANE/in" env GALE_STATE="$GALE_STATE" "$GALE_BIN/gale" "$@"; }
at_end gale_destroy_all
gale_destroy_all() {
	local file
	for file in "$GALE_STATE"/journal/*; do
		[ ! -e "$file" ] || gale destroy "$(basename "$file")"
	done
}

# java_image FILE: a small JVM, what it links, and a shell.
java_image() {
	local root=$TMP/root library
	"$JAVA_HOME/bin/jlink" --add-modules java.base,java.instrument --strip-debug --output "$root/jre" >/dev/null ||
		skip "jlink of this JDK makes no runtime"
	mkdir -p "$root"/{bin,tmp,proc,sys,dev,etc,lib64}
	chmod 1777 "$root/tmp"
	cp "$(command -v busybox)" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	find "$root/jre" \( -name 'lib*.so' -o -path '*/bin/java' \) -exec ldd {} + | sed -n 's,.*[ \t]\(/[^ ]*\) (.*,\1,p' | sort -u |
		while read -r library; do
			[[ $library == "$root"* ]] || install -D "$(readlink -f "$library")" "$root$library"
		done
	tar --owner=0 --group=0 --numeric-owner -C "$root" -cf "$TMP/root.tar" .
	"$LANE_DIR/bin/lane" image docker.io/library/java:lane "$TMP/root.tar" "$1.$$" /jre/bin/java
	mv "$1.$$" "$1"
}
IMAGE=$(. "$LANE/common" && echo "$LANE_HOME")/java/$("$JAVA_HOME/bin/java" -version 2>&1 | sha256sum | cut -c1-12).image
mkdir -p "$(dirname "$IMAGE")"
[ -e "$IMAGE" ] || java_image "$IMAGE"
"$LANE/in" ctr -a /run/containerd/containerd.sock -n k8s.io images import "$IMAGE" >/dev/null || die "no image"

note "a service in a pod, of a user that is not root"
"$JAVA_HOME/bin/jar" cf "$TMP/shop.jar" -C "$SHOP" .
kubectl create configmap shop --from-file="$TMP/shop.jar" >/dev/null
kubectl apply -f - >/dev/null <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  terminationGracePeriodSeconds: 0
  securityContext: {runAsUser: 4711, runAsGroup: 4711}
  volumes: [{name: app, configMap: {name: shop}}]
  containers:
  - name: app
    image: "java:lane"
    args: [-Xmx64m, -cp, /app/shop.jar, Shop]
    volumeMounts: [{name: app, mountPath: /app}]
YAML
kubectl wait --for=condition=Ready pod/shop --timeout=180s >/dev/null || die "no pod: $(kubectl describe pod shop | tail -5)"
port_known() { port=$(kubectl logs shop | sed -n 's/^port //p') && [ -n "$port" ]; }
wait_until 90 port_known || die "the service does not run: $(kubectl logs shop)"
asked() { kubectl exec shop -- busybox sh -c "echo $* | busybox nc 127.0.0.1 $port"; }
price() { asked price 2 | sed 's/ [0-9]*$//'; }
late_ms() { asked price 2 | sed 's/.* //'; }
is "it answers" "$(price)" 20

note "a method throws"
jvm() { run gale create cri jvm "$1" --pod shop --container-name app --classname Shop --methodname price "${@:2}" --timeout 600; }
jvm throwCustomException --process Shop --exception java.lang.IllegalStateException --exception-message 'no price'
[ "$status" = 0 ] || die "create: $out$err"
thrown=$(json "$out" result)
is "its client sees it" "$(price)" "java.lang.IllegalStateException: no price"
ok "destroy" gale destroy "$thrown"
is "it answers again" "$(price)" 20

note "a method is late, by the pid in the container"
jvm delay --pid 1 --time 300
[ "$status" = 0 ] || die "create: $out$err"
delayed=$(json "$out" result)
measure "its client waits, ms" 300 600 late_ms

note "the container starts again"
"$LANE/in" env GALE_STATE="$GALE_STATE" "$GALE_BIN/gale" create cri container kill --pod shop --container-name app >/dev/null
again() { [ "$(kubectl get pod shop -o 'jsonpath={.status.containerStatuses[0].restartCount}')" = 1 ] && port_known && price >/dev/null; }
wait_until 90 again || die "it does not start again" # and its port is another one
done_again() { [[ $(gale status "$delayed") == *"done again in container"* ]]; }
ok "the fault follows" wait_until 90 done_again
measure "its client waits, ms" 300 600 late_ms
ok "destroy" gale destroy "$delayed"
measure "it does not wait, ms" 0 150 late_ms
is "nothing but the JVM's own is left in its /tmp" "$(kubectl exec shop -- busybox ls -A /tmp | grep -v -e hsperfdata -e '^\.java_pid' || true)" ""
