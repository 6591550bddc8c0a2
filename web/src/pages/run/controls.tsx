// The bar over a run that is under way: how long it may still last, and the ways to move or end it.
import { ClockCircleOutlined, StopOutlined } from '@ant-design/icons';
import { App, Button, Progress } from 'antd';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';
import { Hint } from '../../parts/hint';
import { useAct } from '../../parts/use-act';
import { useNow } from '../../parts/use-now';
import { clockText, type View } from './view';

function Countdown({ deadline }: { deadline: number }) {
	const { t } = useTranslation();
	const left = deadline - useNow();

	return (
		<Hint className="countdown" text={t('run.deadlineAbout')}>
			<ClockCircleOutlined aria-hidden /> <b className="mono">{clockText(left)}</b>{' '}
			{left > 0 ? t('run.left') : t('run.over')}
		</Hint>
	);
}

function StopButton({ taskId, stopping }: { taskId: string; stopping: boolean }) {
	const { t } = useTranslation();
	const stop = useAct(calls.stopRun, { stale: ['run', 'drills'] });

	return (
		<Button
			danger
			type="primary"
			icon={<StopOutlined aria-hidden />}
			loading={stop.isPending || stopping}
			onClick={() => stop.mutate(taskId)}
		>
			{t(stopping ? 'run.stopping' : 'run.stop')}
		</Button>
	);
}

function Asking({ step }: { step: NonNullable<View['asking']> }) {
	const { t } = useTranslation();
	const { modal } = App.useApp();
	const confirm = useAct(({ go }: { go: boolean }) => calls.confirmStep(step.id, go), {
		stale: ['run'],
	});
	const terminate = () =>
		void modal.confirm({
			title: t('run.terminateTitle'),
			content: t('run.terminateAbout'),
			okText: t('run.terminate'),
			okButtonProps: { danger: true },
			autoFocusButton: 'cancel',
			onOk: () => confirm.mutateAsync({ go: false }).catch(() => undefined),
		});

	return (
		<div className="question">
			<p>{t('run.asking', { step: step.name })}</p>
			<Button
				type="primary"
				loading={confirm.isPending}
				onClick={() => confirm.mutate({ go: true })}
			>
				{t('run.continue')}
			</Button>
			<Button disabled={confirm.isPending} onClick={terminate}>
				{t('run.terminate')}
			</Button>
		</div>
	);
}

export function Controls({ taskId, view }: { taskId: string; view: View }) {
	const { t } = useTranslation();

	return (
		<section className={`controls ${view.inPlace ? 'hot' : ''}`}>
			<div className="controls-line">
				<b className="in-place" role="status">
					{view.inPlace ? t('run.inPlaceCount', { count: view.inPlace }) : t('run.nothingInPlace')}
				</b>
				{view.deadline && <Countdown deadline={view.deadline} />}
				<Progress
					className="controls-progress"
					aria-label={t('run.steps')}
					size="small"
					percent={Math.round((view.done / Math.max(1, view.steps.length)) * 100)}
					format={() => `${view.done}/${view.steps.length}`}
				/>
				<StopButton taskId={taskId} stopping={view.stage === 'stopping'} />
			</div>
			{view.asking && <Asking step={view.asking} />}
		</section>
	);
}
