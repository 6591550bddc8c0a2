// One drill: what it does to which machines, and its runs.
import { useQuery } from '@tanstack/react-query';
import { Button, Card, Descriptions, Spin, Table, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import * as calls from '../../api/calls';
import type { Activity, DrillInfo, RunBrief } from '../../api/types';
import { QueryFailure } from '../../parts/failure';
import { hostName, hostPlace } from '../../parts/host';
import { PageHead } from '../../parts/page-head';
import { pagesOf } from '../../parts/pages';
import { rowsOf } from '../../parts/param-form/fields';
import { ResultTag } from '../../parts/result-tag';
import { dateText, spanText } from '../../parts/units';
import { useAct } from '../../parts/use-act';
import { useGo } from '../../parts/use-param';
import { currentLang } from '../../text';

function orderText(activity: Activity): string {
	const flags = rowsOf(activity).flatMap(({ alias, value }) =>
		value ? [`--${alias} ${value}`] : [],
	);
	return [activity.app_code, ...flags].join(' ');
}

function Plan({ drill }: { drill: DrillInfo }) {
	const { t } = useTranslation();
	const { runMode, duration, flowGroups } = drill.flowInfo;
	const hosts = flowGroups.flatMap((group) => group.hosts ?? []);
	const attacks = flowGroups.flatMap(({ flows }) => flows.flatMap((flow) => flow.attack ?? []));

	return (
		<Card size="small" title={t('drill.plan')}>
			<Descriptions
				column={1}
				size="small"
				items={[
					{
						key: 'hosts',
						label: t('drill.targets'),
						children: hosts.map((host) => `${hostName(host)} ${hostPlace(host)}`.trim()).join(', '),
					},
					{
						key: 'faults',
						label: t('drill.faults'),
						children: (
							<ol className="fault-lines">
								{attacks.map((attack, index) => (
									<li key={attack.activityId ?? index}>
										<b>{attack.activityName}</b> <code>{orderText(attack)}</code>
									</li>
								))}
							</ol>
						),
					},
					{
						key: 'order',
						label: t('how.runMode'),
						children: t(runMode === 'PHASE' ? 'how.phase' : 'how.sequence'),
					},
					{
						key: 'end',
						label: t('how.end'),
						children: t(
							attacks.some((attack) => attack.user_check) ? 'how.byPerson' : 'how.byItself',
						),
					},
					{
						key: 'duration',
						label: t('how.duration'),
						children: spanText(duration * 1000),
					},
				]}
			/>
		</Card>
	);
}

function Runs({ experimentId }: { experimentId: string }) {
	const { t } = useTranslation();
	const runs = useQuery({
		queryKey: ['runs', experimentId],
		queryFn: ({ signal }) => calls.runsOfDrill(experimentId, signal),
		refetchInterval: 5000,
	});
	const columns: TableColumnsType<RunBrief> = [
		{
			title: t('drills.started'),
			key: 'started',
			render: (_, run) => (
				<Link href={`/runs/${run.taskId}`}>
					{run.startTime ? dateText(currentLang(), run.startTime) : run.taskId}
				</Link>
			),
		},
		{
			title: t('run.result'),
			key: 'result',
			render: (_, run) => <ResultTag state={run.state} result={run.result} />,
		},
		{
			title: t('run.span'),
			key: 'took',
			render: (_, { startTime, endTime }) => startTime && endTime && spanText(endTime - startTime),
		},
		{ title: t('run.message'), dataIndex: 'message' },
	];

	if (runs.error) return <QueryFailure query={runs} />;
	return (
		<Card size="small" title={t('drill.runs')} className="runs">
			<Table
				rowKey="taskId"
				size="small"
				loading={runs.isPending}
				dataSource={runs.data ?? []}
				columns={columns}
				locale={{ emptyText: t('drill.noRuns') }}
				scroll={{ x: 'max-content' }}
				pagination={pagesOf(20)}
			/>
		</Card>
	);
}

export default function DrillPage({ experimentId }: { experimentId: string }) {
	const { t } = useTranslation();
	const go = useGo();
	const drill = useQuery({
		queryKey: ['drill', experimentId, currentLang()],
		queryFn: ({ signal }) => calls.drill(experimentId, signal),
	});
	const run = useAct(calls.runDrill, {
		done: ({ taskId }) => go(`/runs/${taskId}`),
		stale: ['drills', 'drill'],
	});

	if (drill.error) return <QueryFailure query={drill} />;
	if (!drill.data) return <Spin className="page-spin" />;
	return (
		<>
			<PageHead name={drill.data.basicInfo.name} about={drill.data.basicInfo.description}>
				<Button
					type="primary"
					loading={run.isPending}
					disabled={drill.data.basicInfo.state === 'RUNNING'}
					onClick={() => run.mutate(experimentId)}
				>
					{t('drills.run')}
				</Button>
			</PageHead>
			<Plan drill={drill.data} />
			<Runs experimentId={experimentId} />
		</>
	);
}
