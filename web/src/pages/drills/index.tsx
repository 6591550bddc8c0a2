// The drills: what is running, how each ended last, and the way to a new one.
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Input, Segmented, Table, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import * as calls from '../../api/calls';
import type { Drill } from '../../api/types';
import { QueryFailure } from '../../parts/failure';
import { PageHead } from '../../parts/page-head';
import { usePages } from '../../parts/pages';
import { ResultTag } from '../../parts/result-tag';
import { dateText } from '../../parts/units';
import { useGo, useParam } from '../../parts/use-param';
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
	const go = useGo();

	return (
		<div className="empty">
			<h2>{t('drills.emptyTitle')}</h2>
			<p>{t('drills.empty')}</p>
			<Button type="primary" onClick={() => go('/drills/new')}>
				{t('drills.new')}
			</Button>{' '}
			<Button onClick={() => go('/agents')}>{t('new.toAgents')}</Button>
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
	const go = useGo();
	const [search, setSearch] = useParam('q');
	const [state, setState] = useParam('state');

	return (
		<>
			<PageHead title={t('place.drills')} about={t('drills.about')}>
				<Segmented
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
					defaultValue={search}
					onSearch={setSearch}
				/>
				<Button
					type="primary"
					icon={<PlusOutlined aria-hidden />}
					onClick={() => go('/drills/new')}
				>
					{t('drills.new')}
				</Button>
			</PageHead>
			<DrillTable search={search} state={state} />
		</>
	);
}
