import { Badge } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Agent } from '../api/types';
import { Hint } from './hint';

const STATES = {
	2: { badge: 'success', word: 'online' },
	1: { badge: 'processing', word: 'starting' },
	0: { badge: 'default', word: 'closed' },
} as const;
const OFFLINE = { badge: 'error', word: 'offline' } as const;

/** An agent that heartbeats but does not answer calls cannot take orders: that is said as well. */
export function AgentStatus({ agent }: { agent: Agent }) {
	const { t } = useTranslation();
	const { badge, word } = STATES[agent.agentStatus as keyof typeof STATES] ?? OFFLINE;
	const deaf = word === 'online' && agent.reachable === false;

	return (
		<Hint text={deaf ? t('agentState.deafNext') : undefined}>
			<Badge
				status={deaf ? 'warning' : badge}
				text={t(deaf ? 'agentState.deaf' : `agentState.${word}`)}
			/>
		</Hint>
	);
}
