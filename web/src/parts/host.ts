// A machine that a drill may hit: what it is told apart by, and what a person calls it.
import type { Host } from '../api/types';

export function hostId(host: Host): string {
	return host.deviceConfigurationId ?? host.appConfigurationId ?? host.ip ?? '';
}

/** Pods with their namespace. */
export function hostName(host: Host): string {
	if (host.kubNamespace) return `${host.kubNamespace}/${host.hostName ?? ''}`;
	return host.hostName ?? host.deviceName ?? host.ip ?? hostId(host);
}

/** Where it is: a pod on its node, a host at its address. */
export function hostPlace(host: Host): string {
	return (host.kubNamespace ? host.nodeName : host.ip) ?? '';
}
