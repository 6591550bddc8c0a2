// Applications, as agents and the labels of pods name them, with the machines of each.
import { useQuery } from '@tanstack/react-query';
import { Input, Table, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import * as calls from '../../api/calls';
import type { ApplicationSummary } from '../../api/types';
import { QueryFailure } from '../../parts/failure';
import { PageHead } from '../../parts/page-head';
import { usePages } from '../../parts/pages';
import { useParam } from '../../parts/use-param';
import { Members } from './members';

const SIZE = 50;

function useColumns(): TableColumnsType<ApplicationSummary> {
	const { t } = useTranslation();

	return [
		{
			title: t('agents.application'),
			key: 'name',
			render: (_, { app_name }) => <b>{app_name}</b>,
		},
		{
			title: t('applications.kind'),
			key: 'kind',
			render: (_, { app_type }) => t(app_type ? 'new.onPods' : 'new.onHosts'),
		},
		{
			title: t('applications.online'),
			key: 'online',
			render: (_, { online_count, machine_count }) => `${online_count} / ${machine_count}`,
		},
		{
			key: 'acts',
			align: 'right',
			render: (_, { app_id, app_type, online_count }) =>
				Boolean(online_count) && (
					<Link href={`/drills/new?app=${app_id}${app_type ? '&on=pods' : ''}`}>
						{t('applications.drill')}
					</Link>
				),
		},
	];
}

export default function ApplicationsPage() {
	const { t } = useTranslation();
	const [search, setSearch] = useParam('q');
	const { number, pagination } = usePages(SIZE);
	const columns = useColumns();
	const applications = useQuery({
		queryKey: ['application-summaries', search, number],
		queryFn: ({ signal }) => calls.applicationSummaries(search, number, SIZE, signal),
		refetchInterval: 5000,
		placeholderData: (before) => before,
	});

	return (
		<>
			<PageHead name={t('place.applications')} about={t('applications.about')}>
				<Input.Search
					allowClear
					className="search"
					placeholder={t('applications.search')}
					aria-label={t('applications.search')}
					defaultValue={search}
					onSearch={setSearch}
				/>
			</PageHead>
			<QueryFailure query={applications} />
			<Table
				rowKey="app_id"
				size="small"
				loading={applications.isPending}
				dataSource={applications.data?.data ?? []}
				columns={columns}
				scroll={{ x: 'max-content' }}
				locale={{ emptyText: t('applications.none') }}
				expandable={{
					expandRowByClick: true,
					expandedRowRender: ({ app_id }) => <Members appId={app_id} />,
				}}
				pagination={pagination(applications.data?.total)}
			/>
		</>
	);
}
