import { useQuery } from '@tanstack/react-query';
import { Table, Tag, type TableColumnsType } from 'antd';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';
import type { Fault } from '../../api/types';
import { QueryFailure } from '../../parts/failure';
import { fieldsOf, type Field } from '../../parts/param-form/fields';
import { currentLang } from '../../text';

/** "0 – 100 percent", "at least 1 ms", "ram, cache". */
function limitsText(t: TFunction, { kind, min, max, unit, options }: Field): string {
	if (kind === 'switch') return t('param.flag');
	if (options.length) return options.map(({ value }) => value).join(', ');
	const range =
		min !== undefined && max !== undefined
			? `${min} – ${max}`
			: min !== undefined
				? `≥ ${min}`
				: max !== undefined
					? `≤ ${max}`
					: '';
	return [range, unit].filter(Boolean).join(' ');
}

function useColumns(): TableColumnsType<Field> {
	const { t } = useTranslation();

	return [
		{
			title: t('param.name'),
			key: 'name',
			render: (_, field) => (
				<span className="mono">
					--{field.alias} {field.required && <Tag color="orange">{t('param.required')}</Tag>}
				</span>
			),
		},
		{ title: t('param.meaning'), dataIndex: 'help' },
		{ title: t('param.allowed'), key: 'allowed', render: (_, field) => limitsText(t, field) },
		{
			title: t('param.fallback'),
			key: 'fallback',
			render: (_, field) => <span className="mono">{field.fallback}</span>,
		},
		{
			title: t('param.role'),
			key: 'role',
			render: (_, field) => t(field.selects ? 'param.selects' : 'param.how'),
		},
	];
}

export function ParameterTable({ fault }: { fault: Fault }) {
	const columns = useColumns();
	const rows = useQuery({
		queryKey: ['parameters', fault.functionId, currentLang()],
		queryFn: ({ signal }) => calls.parameters(fault.functionId, signal),
		initialData: fault.parameters,
		staleTime: 300_000,
	});

	if (rows.error) return <QueryFailure query={rows} />;
	return (
		<Table
			rowKey="alias"
			size="small"
			loading={rows.isPending}
			dataSource={fieldsOf(rows.data ?? [])}
			columns={columns}
			pagination={false}
			scroll={{ x: 'max-content' }}
		/>
	);
}
