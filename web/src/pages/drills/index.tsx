// The drills: what is running, how each ended last, and the way to a new one.
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Input, Table, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import * as calls from '../../api/calls';
import type { Drill } from '../../api/types';
import { Choice } from '../../parts/choice';
import { QueryFailure } from '../../parts/failure';
import { LinkButton } from '../../parts/link-button';
import { PageHead } from '../../parts/page-head';
import { usePages } from '../../parts/pages';
import { ResultTag } from '../../parts/result-tag';
import { dateText } from '../../parts/units';
import { useParam } from '../../parts/use-param';
import { currentLang } from '../../text';
import { DrillActs } from './drill-acts';

const SIZE = 20;

function useColumns(): TableColumnsType<Drill> {
	const { t } = useTranslation();

	return [
		{
			title: t('drills.name'),
			key: 'name',
			render: (_, drill) => (
				<Link className="long" href={`/drills/${drill.experimentId}`}>
					{drill.name}
				</Link>
			),
		},
		{
			title: t('drills.lastRun'),
			key: 'lastRun',
			render: (_, { task }) =>
				task ? (
					<Link href={`/runs/${task.taskId}`}>
						<ResultTag state={task.state} result={task.result} />
					</Link>
				) : (
					<span className="faint">{t('drills.neverRun')}</span>
				),
		},
		{
			title: t('drills.started'),
			key: 'started',
			render: (_, { task }) => task?.startTime && dateText(currentLang(), task.startTime),
		},
		{
			title: t('drills.created'),
			key: 'created',
			render: (_, { createTime }) => createTime && dateText(currentLang(), createTime),
		},
		{
			key: 'acts',
			align: 'right',
			render: (_, drill) => <DrillActs drill={drill} />,
		},
	];
}

function Empty() {
	const { t } = useTranslation();

	return (
		<div className="empty">
			<h2>{t('drills.emptyTitle')}</h2>
			<p>{t('drills.empty')}</p>
			<LinkButton type="primary" to="/drills/new">
				{t('drills.new')}
			</LinkButton>{' '}
			<LinkButton to="/agents">{t('new.toAgents')}</LinkButton>
		</div>
	);
}

function DrillTable({ search, state }: { search: string; state: string }) {
	const { t } = useTranslation();
	const { number, pagination } = usePages(SIZE);
	const columns = useColumns();
	const filter = { searchKey: search || undefined, states: state ? [state] : undefined };
	const drills = useQuery({
		queryKey: ['drills', filter, number],
		queryFn: ({ signal }) => calls.drills(filter, number, SIZE, signal),
		refetchInterval: 5000,
		placeholderData: (before) => before,
	});

	if (drills.error && !drills.data) return <QueryFailure query={drills} />;
	if (drills.data?.total === 0 && !search && !state) return <Empty />;
	return (
		<>
			<QueryFailure query={drills} />
			<Table
				rowKey="experimentId"
				size="small"
				loading={drills.isPending}
				dataSource={drills.data?.content ?? []}
				columns={columns}
				scroll={{ x: 'max-content' }}
				locale={{ emptyText: t('drills.noMatch') }}
				pagination={pagination(drills.data?.total)}
			/>
		</>
	);
}

export default function DrillsPage() {
	const { t } = useTranslation();
	const [search, setSearch] = useParam('q');
	const [state, setState] = useParam('state');

	return (
		<>
			<PageHead name={t('place.drills')} about={t('drills.about')}>
				<Choice
					aria-label={t('drills.show')}
					value={state}
					onChange={setState}
					options={[
						{ value: '', label: t('drills.all') },
						{ value: 'RUNNING', label: t('drills.running') },
					]}
				/>
				<Input.Search
					allowClear
					className="search"
					placeholder={t('drills.search')}
					aria-label={t('drills.search')}
					defaultValue={search}
					onSearch={setSearch}
				/>
				<LinkButton type="primary" icon={<PlusOutlined aria-hidden />} to="/drills/new">
					{t('drills.new')}
				</LinkButton>
			</PageHead>
			<DrillTable search={search} state={state} />
		</>
	);
}
