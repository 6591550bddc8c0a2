#!/usr/bin/env bash
# script/chart: every rule fits the manifests, what it makes is the same each time, and a manifest that
# it does not know is told. The chart in Helm's own hands: tests/long/helm.
# timeout 30
. "$(dirname "$0")/../lib.sh"
need_command python3

mkdir -p "$TMP/tree/script"
cp -r "$ROOT/deploy" "$TMP/tree"
cp "$ROOT/script/chart" "$TMP/tree/script"
chart() { "$TMP/tree/script/chart"; }
package() { sha256sum <"$(echo "$TMP"/tree/build/chart/gale-*.tgz)"; }

run chart
is "the chart is made" "$status $err" "0 "
first=$(package)
ok "and again" chart
is "the same" "$(package)" "$first"
TEMPLATES=$TMP/tree/build/chart/gale/templates
is "no namespace of ours is left" "$(grep -nE 'namespace: gale|gale/gale' "$TEMPLATES"/*.yaml)" ""
is "all manifests are in it" "$(cd "$TEMPLATES" && echo *.yaml)" "$(cd "$ROOT/deploy/kubernetes" && echo *.yaml)"

touch "$TMP/tree/deploy/kubernetes/new.yaml"
run chart
like "a new manifest is told" "$status$err" '^1.*new\.yaml: not in FILES'
rm "$TMP/tree/deploy/kubernetes/new.yaml"
sed -i 's/replicas: 2/replicas: 3/' "$TMP/tree/deploy/kubernetes/dns.yaml"
run chart
like "a rule that fits no more is told" "$status$err" '^1.*dns\.yaml'
