// A new drill in four steps: where, what, how, and a last look at what will happen.
import { Alert, Button, Steps } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';
import { PageHead } from '../../parts/page-head';
import { useAct } from '../../parts/use-act';
import { scopeOf } from '../../parts/use-catalogue';
import { useGo, useParam } from '../../parts/use-param';
import { changeTargets, definitionOf, EMPTY, stepError, type Draft } from './draft';
import { FaultsStep } from './faults-step';
import { HostsStep } from './hosts-step';
import { HowStep } from './how-step';
import { Summary } from './summary';

export interface StepProps {
	draft: Draft;
	change: (part: Partial<Draft>) => void;
	/** The person tried to go on: what is wrong may be shown now. */
	strict: boolean;
}

const STEPS = ['hosts', 'faults', 'how', 'check'] as const;

function useSave() {
	const go = useGo();

	return useAct(
		async ({ draft, start }: { draft: Draft; start: boolean }) => {
			const drill = await calls.createDrill(draft.name.trim(), '', definitionOf(draft));
			if (!start) return `/drills/${drill}`;
			try {
				return `/runs/${(await calls.runDrill(drill)).taskId}`;
			} catch (error) {
				go(`/drills/${drill}`); // it is stored: nothing that was written is lost
				throw error;
			}
		},
		{ done: go, stale: ['drills'] },
	);
}

function Buttons(props: { step: number; draft: Draft; move: (by: number) => void }) {
	const { t } = useTranslation();
	const save = useSave();
	const { step, draft, move } = props;

	return (
		<footer className="wizard-foot">
			{step > 0 && <Button onClick={() => move(-1)}>{t('new.back')}</Button>}
			<span className="bar-space" />
			{step < 3 ? (
				<Button type="primary" onClick={() => move(1)}>
					{t('new.next')}
				</Button>
			) : (
				<>
					<Button disabled={save.isPending} onClick={() => save.mutate({ draft, start: false })}>
						{t('new.save')}
					</Button>
					<Button
						type="primary"
						loading={save.isPending}
						onClick={() => save.mutate({ draft, start: true })}
					>
						{t('new.start')}
					</Button>
				</>
			)}
		</footer>
	);
}

/** A link from elsewhere names a fault, or that pods are meant. */
function useFirstDraft(): Draft {
	const [fault] = useParam('fault');
	const [on] = useParam('on');
	const [appId] = useParam('app');
	const scope = scopeOf(fault);

	if (scope === 'host' && on !== 'pods') return { ...EMPTY, ...byApplication(appId) };
	return {
		...EMPTY,
		...changeTargets('pods'),
		...byApplication(appId),
		scope: scope === 'host' ? 'pod' : scope,
	};
}

function byApplication(appId: string): Partial<Draft> {
	return appId ? { by: 'application', appId } : {};
}

export default function DrillNewPage() {
	const { t } = useTranslation();
	const [draft, setDraft] = useState(useFirstDraft());
	const [step, setStep] = useState(0);
	const [strict, setStrict] = useState(false);
	const error = stepError(draft, step);
	const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
	const props = { draft, change, strict };
	const content = useRef<HTMLDivElement>(null);
	const seen = useRef(step);

	useEffect(() => {
		if (seen.current !== step) content.current?.focus(); // the keyboard goes on in the new step
		seen.current = step;
	}, [step]);

	const move = (by: number) => {
		const stuck = by > 0 && error !== null;
		setStrict(stuck);
		if (!stuck) setStep(step + by);
	};

	return (
		<>
			<PageHead name={t('new.title')} />
			<Steps
				size="small"
				responsive={false}
				className="wizard-steps"
				current={step}
				items={STEPS.map((name) => ({ title: t(`new.step.${name}`) }))}
			/>
			<div className="wizard" tabIndex={-1} ref={content}>
				{step === 0 && <HostsStep {...props} />}
				{step === 1 && <FaultsStep {...props} />}
				{step === 2 && <HowStep {...props} />}
				{step === 3 && <Summary draft={draft} />}
			</div>
			{strict && error && (
				<Alert type="error" showIcon className="failure" title={t(`new.error.${error}`)} />
			)}
			<Buttons step={step} draft={draft} move={move} />
		</>
	);
}
