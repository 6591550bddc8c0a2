// How an agent comes onto a host or into a cluster: the lines with this user's licence in them.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Input, Space, Spin, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';
import { Choice } from '../../parts/choice';
import { QueryFailure } from '../../parts/failure';

function Lines({ mode, cluster }: { mode: calls.InstallMode; cluster: string }) {
	const command = useQuery({
		queryKey: ['install', mode, cluster],
		queryFn: ({ signal }) => calls.installCommand(mode, cluster, signal),
		placeholderData: keepPreviousData,
	});
	const lines = Object.values(command.data ?? {});

	if (command.isPending) return <Spin />;
	if (command.error) return <QueryFailure query={command} />;
	return lines.map((line) => (
		<Typography.Paragraph key={line} copyable className="command">
			{line}
		</Typography.Paragraph>
	));
}

export function Install() {
	const { t } = useTranslation();
	const [mode, setMode] = useState<calls.InstallMode>('host');
	const [cluster, setCluster] = useState('main');
	const ofCluster = mode !== 'host';

	return (
		<>
			<Space wrap>
				<Choice<calls.InstallMode>
					aria-label={t('agents.where')}
					value={mode}
					onChange={setMode}
					options={[
						{ value: 'host', label: t('agents.onHost') },
						{ value: 'k8s_helm', label: 'Kubernetes: Helm' },
						{ value: 'k8s', label: 'Kubernetes: kubectl' },
					]}
				/>
				{ofCluster && (
					<Input
						value={cluster}
						onChange={(e) => setCluster(e.target.value)}
						prefix={<span className="faint">{t('agents.clusterName')}</span>}
						aria-label={t('agents.clusterName')}
					/>
				)}
			</Space>
			<ol className="install">
				<li>
					<p>{t(ofCluster ? 'agents.install1Cluster' : 'agents.install1')}</p>
					<Lines mode={mode} cluster={cluster} />
				</li>
				<li>
					<p>{t('agents.install2')}</p>
				</li>
				<li>
					<p>{t(ofCluster ? 'agents.install3Cluster' : 'agents.install3')}</p>
				</li>
			</ol>
		</>
	);
}
