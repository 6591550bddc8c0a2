// A run of a drill, live: its steps, what every target was seen to experience, and the way out.
import { Alert, Badge, Button, Spin } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import * as calls from '../../api/calls';
import type { Run } from '../../api/types';
import { QueryFailure } from '../../parts/failure';
import { PageHead } from '../../parts/page-head';
import { ResultTag } from '../../parts/result-tag';
import { dateText, spanText } from '../../parts/units';
import { useAct } from '../../parts/use-act';
import { useGo } from '../../parts/use-param';
import { currentLang } from '../../text';
import { Controls } from './controls';
import { Feedback } from './feedback';
import { Outcome } from './outcome';
import { StepCard } from './step-card';
import { useRun } from './use-run';
import { viewOf, type Step, type View } from './view';

function About({ run, live }: { run: Run; live: boolean }) {
	const { t } = useTranslation();
	const { startTime, endTime } = run;

	return (
		<>
			{startTime && t('run.startedAt', { time: dateText(currentLang(), startTime) })}
			{startTime && endTime && ` · ${t('run.took')} ${spanText(endTime - startTime)}`}
			{run.state !== 'FINISHED' && (
				<>
					{' · '}
					<Badge
						status={live ? 'success' : 'warning'}
						text={t(live ? 'run.live' : 'run.polling')}
					/>
				</>
			)}
		</>
	);
}

function Again({ run }: { run: Run }) {
	const { t } = useTranslation();
	const go = useGo();
	const again = useAct(calls.runDrill, {
		done: ({ taskId }) => go(`/runs/${taskId}`),
		stale: ['drills'],
	});

	return (
		<Button loading={again.isPending} onClick={() => again.mutate(run.experimentId)}>
			{t('run.again')}
		</Button>
	);
}

function Steps({ run, view }: { run: Run; view: View }) {
	const retry = useAct((step: Step) => calls.retryStep(step.id, run.taskId), { stale: ['run'] });

	return (
		<ol className="steps">
			{view.steps.map((step) => (
				<StepCard
					key={step.id}
					step={step}
					retry={retry.mutate}
					retrying={retry.isPending && retry.variables?.id === step.id}
				/>
			))}
		</ol>
	);
}

export default function RunPage({ taskId }: { taskId: string }) {
	const { t } = useTranslation();
	const asked = useRun(taskId);
	const { data: run, live } = asked;
	const view = useMemo(() => (run ? viewOf(run) : undefined), [run]);

	if (!run || !view)
		return asked.error ? <QueryFailure query={asked} /> : <Spin className="page-spin" />;
	return (
		<>
			<PageHead
				name={run.experimentName ?? ''}
				title={
					<>
						<Link href={`/drills/${run.experimentId}`}>{run.experimentName}</Link>{' '}
						<ResultTag state={run.state} result={run.result} />
					</>
				}
				about={<About run={run} live={live} />}
			>
				{view.stage === 'finished' && <Again run={run} />}
			</PageHead>
			<QueryFailure query={asked} />
			{view.stage === 'finished' ? (
				<Outcome run={run} view={view} />
			) : (
				<Controls taskId={taskId} view={view} />
			)}
			{run.message && view.stage !== 'finished' && (
				<Alert type="info" className="failure" title={run.message} />
			)}
			<h2 className="group-name">{t('run.steps')}</h2>
			<Steps run={run} view={view} />
			{view.stage === 'finished' && <Feedback run={run} />}
		</>
	);
}
