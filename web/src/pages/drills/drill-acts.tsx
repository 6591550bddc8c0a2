import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';
import type { Drill } from '../../api/types';
import { LinkButton } from '../../parts/link-button';
import { useAct } from '../../parts/use-act';
import { useGo } from '../../parts/use-param';

export function DrillActs({ drill }: { drill: Drill }) {
	const { t } = useTranslation();
	const { modal } = App.useApp();
	const go = useGo();
	const running = drill.state === 'RUNNING';
	const run = useAct(calls.runDrill, {
		done: ({ taskId }) => go(`/runs/${taskId}`),
		stale: ['drills'],
	});
	const drop = useAct(calls.deleteDrill, { stale: ['drills'] });

	const ask = () =>
		void modal.confirm({
			title: t('drills.deleteTitle', { name: drill.name }),
			content: t('drills.deleteAbout'),
			okText: t('drills.delete'),
			okButtonProps: { danger: true },
			autoFocusButton: 'cancel',
			onOk: () => drop.mutateAsync(drill.experimentId).catch(() => undefined),
		});

	if (running && drill.task)
		return (
			<LinkButton size="small" to={`/runs/${drill.task.taskId}`}>
				{t('drills.watch')}
			</LinkButton>
		);
	return (
		<span className="acts">
			<Button
				size="small"
				loading={run.isPending}
				disabled={running}
				onClick={() => run.mutate(drill.experimentId)}
			>
				{t('drills.run')}
			</Button>
			<Button size="small" type="text" danger disabled={running} onClick={ask}>
				{t('drills.delete')}
			</Button>
		</span>
	);
}
