// What machines say that a parameter may be: their interfaces, their JVMs.
import { useQueries } from '@tanstack/react-query';

import * as calls from '../../api/calls';
import type { Field } from './fields';

/** A drill on a hundred machines does not ask all of them. */
const MOST_HOSTS = 8;

export function useRemoteValues(hosts: string[], { functionId, alias }: Field, enabled: boolean) {
	const lists = useQueries({
		queries: hosts.slice(0, MOST_HOSTS).map((host) => ({
			queryKey: ['values', host, functionId, alias],
			queryFn: ({ signal }: { signal: AbortSignal }) =>
				calls.parameterValues(host, functionId, alias, signal),
			enabled,
			retry: false,
			staleTime: 5000,
		})),
	});
	const labels = new Map(
		lists.flatMap(({ data }) => data ?? []).map(({ key, value }) => [key, value] as const),
	);
	return [...labels].map(([value, label]) => ({ value, label }));
}
