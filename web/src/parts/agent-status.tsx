import { Badge } from 'antd';
import { useTranslation } from 'react-i18next';

const STATES = {
	2: { badge: 'success', word: 'online' },
	1: { badge: 'processing', word: 'starting' },
	0: { badge: 'default', word: 'closed' },
} as const;
const OFFLINE = { badge: 'error', word: 'offline' } as const;

export function AgentStatus({ status }: { status: number }) {
	const { t } = useTranslation();
	const { badge, word } = STATES[status as keyof typeof STATES] ?? OFFLINE;

	return <Badge status={badge} text={t(`agentState.${word}`)} />;
}
