#!/bin/sh
# usage: chaosctl.sh install|uninstall|start|stop|restart [-k LICENCE] [-t HOST:PORT] [-p APPLICATION]
#        [-g GROUP] [-P PORT] [-n NAMESPACE] [-m STARTUP_MODE]
#
# ChaosBlade's way of setting up an agent, for the gale-agent that a package has installed: the
# options become /etc/gale/gale-agent.yaml, the verbs are systemd's.
set -eu
file=${GALE_AGENT_FILE:-/etc/gale/gale-agent.yaml}
unit=gale-agent.service

usage() {
	sed -n '2,3s/^# //p' "$0" >&2
	exit 1
}

[ $# -gt 0 ] || usage
verb=$1
shift
settings=
while getopts k:t:p:g:P:n:m: option; do
	case $option in
	k) key=license ;;
	t) key=transport.endpoint ;;
	p) key=appInstance ;;
	g) key=appGroup ;;
	P) key=port ;;
	n) key=namespace ;;
	m) key=startup.mode ;;
	*) usage ;;
	esac
	# a YAML text in double quotes
	settings="$settings$key: \"$(printf '%s' "$OPTARG" | sed 's/[\\"]/\\&/g')\"
"
done
shift $((OPTIND - 1))
[ $# = 0 ] || usage

if [ -n "$settings" ]; then
	umask 077
	mkdir -p "$(dirname "$file")"
	printf '%s' "$settings" >"$file.new"
	mv "$file.new" "$file"
fi
case $verb in
install) systemctl enable --now "$unit" ;;
uninstall) systemctl disable --now "$unit" ;;
start | stop | restart) systemctl "$verb" "$unit" ;;
*) usage ;;
esac
