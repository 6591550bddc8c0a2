// Long tables, a page at a time.
import { useParam } from './use-param';

/** What a table is told that has all of its rows. */
export function pagesOf(pageSize: number) {
	return { pageSize, hideOnSinglePage: true, showSizeChanger: false };
}

/** Of one that has a page of them, whose number stands in the address. */
export function usePages(size: number) {
	const [page, setPage] = useParam('page');
	const number = Number(page) || 1;
	const pagination = (total = 0) => ({
		...pagesOf(size),
		current: number,
		total,
		onChange: (next: number) => setPage(next > 1 ? String(next) : ''),
	});

	return { number, pagination };
}
