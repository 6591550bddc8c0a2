// How a finished run ended, in a sentence, and what to do next when it went wrong.
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Run } from '../../api/types';
import { VerdictWord } from './effect';
import type { View } from './view';

export function Outcome({ run, view }: { run: Run; view: View }) {
	const { t } = useTranslation();
	const good = run.result === 'SUCCESS';
	const verdicts = view.steps
		.filter(({ phase }) => phase === 'ATTACK')
		.flatMap(({ targets }) => targets.map(({ verdict }) => verdict));
	const counts = (['effective', 'partial', 'ineffective'] as const)
		.map((verdict) => ({ verdict, count: verdicts.filter((one) => one === verdict).length }))
		.filter(({ count }) => count > 0);

	if (view.inPlace)
		return (
			<Alert
				type="error"
				showIcon
				className="outcome"
				title={t('run.leftBehind', { count: view.inPlace })}
				description={t('run.leftBehindNext')}
			/>
		);
	return (
		<Alert
			type={good ? 'success' : 'warning'}
			showIcon
			className="outcome"
			title={t(good ? 'run.endedWell' : 'run.endedBadly')}
			description={
				<>
					{!good && <p>{t('run.endedNext')}</p>}
					{counts.map(({ verdict, count }) => (
						<span key={verdict} className="outcome-count">
							{count} × <VerdictWord verdict={verdict} />
						</span>
					))}
				</>
			}
		/>
	);
}
