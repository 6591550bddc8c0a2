import { useQuery } from '@tanstack/react-query';

import * as calls from '../api/calls';
import type { Category, Fault } from '../api/types';
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

export function useCatalogue() {
	return useQuery({
		queryKey: ['catalogue', currentLang()],
		queryFn: async ({ signal }) => {
			const [categories, faults] = await Promise.all([
				calls.categories(signal),
				calls.faults(signal),
			]);
			return groupFaults(categories, faults.data ?? []);
		},
		staleTime: 300_000,
	});
}
