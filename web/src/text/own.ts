/** The key of a table of texts that a code of the box has, if there is one. */
export function own<Table extends object>(table: Table, code?: string): keyof Table | undefined {
	return code !== undefined && Object.hasOwn(table, code) ? (code as keyof Table) : undefined;
}
