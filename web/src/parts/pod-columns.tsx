// A pod as tables show it: where it is, and how it is.
import { Badge, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Host } from '../api/types';

function PodState({ pod }: { pod: Host }) {
	return <Badge status={pod.allow ? 'success' : 'default'} text={pod.podState ?? '–'} />;
}

export function usePodColumns(): TableColumnsType<Host> {
	const { t } = useTranslation();

	return [
		{
			title: t('pods.pod'),
			key: 'pod',
			render: (_, pod) => <b className="long">{pod.hostName}</b>,
		},
		{
			title: t('pods.namespace'),
			key: 'namespace',
			render: (_, pod) => (
				<>
					{pod.kubNamespace} <span className="faint">{pod.clusterName}</span>
				</>
			),
		},
		{
			title: t('pods.node'),
			key: 'node',
			render: (_, pod) => <span className="mono">{pod.nodeName ?? '–'}</span>,
		},
		{ title: t('agents.state'), key: 'state', render: (_, pod) => <PodState pod={pod} /> },
		{ title: t('agents.application'), dataIndex: 'app' },
	];
}
