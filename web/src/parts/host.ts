// A machine that a drill may hit: what it is told apart by, and what a person calls it.
import type { TFunction } from 'i18next';

import type { Host } from '../api/types';
import en from '../text/en.json';
import { own } from '../text/own';

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

/** Why it cannot be used now, in the reader's language where the page knows the reason. */
export function invalidText(t: TFunction, { invalidCode, authMessage, podState }: Host): string {
	const known = own(en.new.invalid, invalidCode);

	if (known) return t(`new.invalid.${known}`, { podState });
	return authMessage ?? t('new.invalid.AGENT_OFFLINE');
}
