#!/usr/bin/env bash
# deploy/chaosctl.sh turns ChaosBlade's short options into settings that the agent reads back.
# timeout 20
. "$(dirname "$0")/common.bash"

mkdir "$TMP/path"
printf '#!/bin/sh\necho "$@" >>%s\n' "$TMP/systemctl" >"$TMP/path/systemctl"
chmod +x "$TMP/path/systemctl"
export GALE_AGENT_FILE=$TMP/etc/agent.yaml
ctl() { PATH=$TMP/path:$PATH run "$ROOT/deploy/chaosctl.sh" "$@"; }

ctl install -k 0123 -t box:7001 -p 'sh"op\' -g "it's: #1" -P 19000 -n prod -m crontab
is "install" "$status" 0
is "mode of the file" "$(stat -c %a "$GALE_AGENT_FILE")" 600
run "$TMP/bin/gale-agent" --config "$GALE_AGENT_FILE" --print-config
is "the agent reads it" "$status" 0
for line in 'transport.endpoint: "box:7001"' 'appInstance: "sh\"op\\"' "appGroup: \"it's: #1\"" \
	'port: 19000' 'namespace: "prod"' 'startup.mode: "crontab"'; do
	grep -qF "$line" <<<"$out" || fail "not in it: $line"
done
ctl restart
ctl uninstall
is "what systemd was asked for" "$(tr '\n' ';' <"$TMP/systemctl")" \
	"enable --now gale-agent.service;restart gale-agent.service;disable --now gale-agent.service;"
for bad in "" nosuch "install -z 1" "install stray"; do
	# shellcheck disable=SC2086
	ctl $bad
	is "refused: '$bad'" "$status" 1
done
