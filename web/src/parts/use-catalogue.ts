import { useQuery } from '@tanstack/react-query';

import * as calls from '../api/calls';
import type { Category, Fault, Scope } from '../api/types';
import { currentLang } from '../text';

export interface Group {
	category: Category;
	faults: Fault[];
}

function leaves(categories: Category[]): Category[] {
	return categories.flatMap((one) => (one.children?.length ? leaves(one.children) : [one]));
}

/** The faults by category, in the catalogue's order; what has no category comes last. */
export function groupFaults(categories: Category[], faults: Fault[]): Group[] {
	const known = leaves(categories);
	const groups = known.map((category) => ({
		category,
		faults: faults.filter((fault) => fault.categoryIds?.includes(category.categoryId)),
	}));
	const ids = new Set(known.map(({ categoryId }) => categoryId));
	const rest = faults.filter((fault) => !fault.categoryIds?.some((id) => ids.has(id)));
	if (rest.length) groups.push({ category: { categoryId: 'other', name: '' }, faults: rest });
	return groups.filter((group) => group.faults.length > 0);
}

export function matches(fault: Fault, search: string): boolean {
	const text = `${fault.name} ${fault.code} ${fault.description ?? ''}`.toLowerCase();
	return search
		.toLowerCase()
		.split(/\s+/)
		.every((word) => text.includes(word));
}

/** The scope in the code of a fault: "chaos.pod-cpu.fullload" is one for pods. */
export function scopeOf(code: string): Scope {
	return (/^chaos\.(pod|container|node)-/.exec(code)?.[1] ?? 'host') as Scope;
}

export function useCatalogue(scope: Scope = 'host') {
	return useQuery({
		queryKey: ['catalogue', scope, currentLang()],
		queryFn: async ({ signal }) => {
			const type = scope === 'host' ? 0 : 2;
			const [categories, faults] = await Promise.all([
				calls.categories(type, signal),
				calls.faults(type, signal),
			]);
			return groupFaults(
				categories,
				(faults.data ?? []).filter((fault) => scopeOf(fault.code) === scope),
			);
		},
		staleTime: 300_000,
	});
}
