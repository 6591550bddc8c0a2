// Requested against measured, and the verdict in a word, a sign and a colour.
import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';

import type { Effect, Verdict } from '../../api/types';
import { Hint } from '../../parts/hint';
import { unitText } from '../../parts/units';

const SIGNS = {
	effective: <CheckCircleFilled />,
	partial: <ExclamationCircleFilled />,
	ineffective: <CloseCircleFilled />,
	none: null,
};

export function VerdictWord({ verdict }: { verdict: Verdict }) {
	const { t } = useTranslation();

	return (
		<span className={`verdict ${verdict}`}>
			{SIGNS[verdict]} {t(`verdict.${verdict}`)}
		</span>
	);
}

function figure(value: number | undefined): string {
	if (value === undefined) return '–';
	return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

/** Two bars on one scale: the one that was asked for and the one that was seen. */
function Bars({
	requested,
	measured,
	verdict,
}: Required<Pick<Effect, 'requested' | 'measured'>> & {
	verdict: Verdict;
}) {
	const most = Math.max(requested, measured, Number.MIN_VALUE);
	const width = (value: number) => `${Math.max(0, Math.min(100, (value / most) * 100))}%`;

	return (
		<span className="bars" aria-hidden>
			<i className="asked" style={{ width: width(requested) }} />
			<i className={`seen ${verdict}`} style={{ width: width(measured) }} />
		</span>
	);
}

export function EffectFigures({ effect }: { effect: Effect }) {
	const { t } = useTranslation();
	const { requested, measured, unit, what, verdict } = effect;

	return (
		<Hint className="effect" text={what && t('run.measuredBy', { what })}>
			<span className="figures">
				{t('run.requested')} <b>{figure(requested)}</b> · {t('run.measured')}{' '}
				<b>{figure(measured)}</b> {unitText(unit)}
			</span>
			{requested !== undefined && measured !== undefined && (
				<Bars {...{ requested, measured, verdict }} />
			)}
		</Hint>
	);
}
