// One step of a run with a row for each of its targets.
import {
	CheckOutlined,
	CloseOutlined,
	LoadingOutlined,
	MinusOutlined,
	QuestionOutlined,
} from '@ant-design/icons';
import { Alert, Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';

import { Guide } from '../../parts/guide';
import { spanText } from '../../parts/units';
import { useNow } from '../../parts/use-now';
import { EffectFigures, VerdictWord } from './effect';
import { clockText, type Step, type StepState, type Target } from './view';

const SIGNS: Record<StepState, React.ReactNode> = {
	pending: null,
	running: <LoadingOutlined />,
	asking: <QuestionOutlined />,
	done: <CheckOutlined />,
	failed: <CloseOutlined />,
	skipped: <MinusOutlined />,
};

function TargetFailure({ target }: { target: Target }) {
	const { t } = useTranslation();
	const bitLess = target.verdict === 'ineffective';

	return (
		<Alert
			type="error"
			className="target-failure"
			title={target.error ?? t('run.failedNoText')}
			description={<Guide text={bitLess ? 'run.ineffectiveNext' : 'run.failedNext'} />}
		/>
	);
}

function TargetRow({ target }: { target: Target }) {
	const { t } = useTranslation();

	return (
		<li className="target">
			<div className="target-line">
				<span className={`dot ${target.state}`} />
				<span className="target-host mono">{target.host}</span>
				{target.effect ? <VerdictWord verdict={target.verdict} /> : <span />}
				{target.effect && target.verdict !== 'none' ? (
					<EffectFigures effect={target.effect} />
				) : (
					<span />
				)}
				<span className="target-state">
					{target.inPlace && <Tag color="orange">{t('run.inPlace')}</Tag>}
					<span className="faint">{t(`stepState.${target.state}`)}</span>
				</span>
			</div>
			{target.state === 'failed' && <TargetFailure target={target} />}
		</li>
	);
}

function Pause({ until }: { until: number }) {
	const { t } = useTranslation();
	const left = until - useNow();

	return <p className="pause">{t('run.pause', { time: clockText(left) })}</p>;
}

export function StepCard(props: { step: Step; retry: (step: Step) => void; retrying: boolean }) {
	const { t } = useTranslation();
	const { step } = props;

	return (
		<li className={`step ${step.state}`} id={`step-${step.id}`}>
			<span className="step-sign">{SIGNS[step.state]}</span>
			<div className="step-body">
				<header>
					<span className={`phase ${step.phase}`}>{t(`phase.${step.phase}`)}</span>
					<h3>{step.name}</h3>
					<span className={`step-word ${step.state}`}>{t(`stepState.${step.state}`)}</span>
					{step.start && step.end && (
						<span className="faint">{spanText(step.end - step.start)}</span>
					)}
					<span className="bar-space" />
					{step.state === 'pending' && (
						<span className="faint">{t('run.targets', { count: step.targets.length })}</span>
					)}
					{step.retryable && (
						<Button size="small" loading={props.retrying} onClick={() => props.retry(step)}>
							{t('run.retry')}
						</Button>
					)}
				</header>
				{step.flags && <code className="order">{step.flags}</code>}
				{step.pausedUntil && <Pause until={step.pausedUntil} />}
				{step.error && <Alert type="error" className="target-failure" title={step.error} />}
				{step.state !== 'pending' && (
					<ul className="targets">
						{step.targets.map((target) => (
							<TargetRow key={target.id} target={target} />
						))}
					</ul>
				)}
			</div>
		</li>
	);
}
