import { useLocation, useSearchParams } from 'wouter';

/** A value that lives in the address: it survives a reload and can be sent to somebody. */
export function useParam(name: string): [string, (value: string) => void] {
	const [params, setParams] = useSearchParams();

	const set = (value: string) =>
		setParams(
			(before) => {
				const next = new URLSearchParams(before);
				if (value) next.set(name, value);
				else next.delete(name);
				return next;
			},
			{ replace: true },
		);
	return [params.get(name) ?? '', set];
}

export function useGo(): (path: string) => void {
	return useLocation()[1];
}
