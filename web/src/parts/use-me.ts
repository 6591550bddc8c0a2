import { useQuery } from '@tanstack/react-query';

import * as calls from '../api/calls';

/** Who is signed in. */
export function useMe() {
	return useQuery({
		queryKey: ['me'],
		queryFn: ({ signal }) => calls.me(signal),
		staleTime: 60_000,
	});
}
