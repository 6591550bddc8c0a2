// How a finished run ended, in a sentence, and what to do next when it went wrong.
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Run } from '../../api/types';
import { VerdictWord } from './effect';
import type { View } from './view';

export function Outcome({ run, view }: { run: Run; view: View }) {
	const { t } = useTranslation();
	const good = run.result === 'SUCCESS';
	const plain = good && !run.message;
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
			type={plain ? 'success' : good ? 'info' : 'warning'}
			showIcon
			className="outcome"
			title={t(plain ? 'run.endedWell' : good ? 'run.ended' : 'run.endedBadly')}
			description={
				<>
					{run.message && <p>{run.message}</p>}
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
