// The hosts and clusters that have an agent: who is here, who is well, and how one more is added.
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Input, Table, Tag, type TableColumnsType } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import * as calls from '../../api/calls';
import type { Agent } from '../../api/types';
import { AgentStatus } from '../../parts/agent-status';
import { QueryFailure } from '../../parts/failure';
import { PageHead } from '../../parts/page-head';
import { usePages } from '../../parts/pages';
import { agoText, dateText } from '../../parts/units';
import { useNow } from '../../parts/use-now';
import { useParam } from '../../parts/use-param';
import { currentLang } from '../../text';
import { Install } from './install';

const SIZE = 50;

function LastBeat({ time }: { time?: number }) {
	const { t } = useTranslation();
	const now = useNow();

	if (!time) return <span className="faint">{t('agents.never')}</span>;
	return <span title={dateText(currentLang(), time)}>{agoText(currentLang(), time, now)}</span>;
}

/** An agent of a cluster stands for its pods. */
function AgentName({ agent }: { agent: Agent }) {
	const { t } = useTranslation();
	const host = agent.hostName ?? agent.deviceName ?? agent.deviceId;

	if (!agent.clusterId) return <b>{host}</b>;
	return (
		<>
			<b>{agent.clusterName}</b> <Tag>Kubernetes</Tag>
			<div className="faint">
				{t('agents.pods', { count: agent.podCount ?? 0 })} · {host}
			</div>
		</>
	);
}

function DrillLink({ agent }: { agent: Agent }) {
	const { t } = useTranslation();

	if (!agent.clusterId)
		return <Link href={`/drills/new?host=${agent.configurationId}`}>{t('agents.drill')}</Link>;
	return (
		<Link href={`/drills/new?on=pods&cluster=${encodeURIComponent(agent.clusterId)}`}>
			{t('agents.drillPods')}
		</Link>
	);
}

function useColumns(): TableColumnsType<Agent> {
	const { t } = useTranslation();

	return [
		{
			title: t('agents.host'),
			key: 'host',
			render: (_, agent) => <AgentName agent={agent} />,
		},
		{
			title: t('agents.state'),
			key: 'state',
			render: (_, agent) => <AgentStatus agent={agent} />,
		},
		{
			title: t('agents.address'),
			key: 'address',
			render: (_, agent) => <span className="mono">{agent.publicIp ?? agent.privateIp}</span>,
		},
		{
			title: t('agents.lastBeat'),
			key: 'lastBeat',
			render: (_, agent) => <LastBeat time={agent.lastPingTime} />,
		},
		{
			title: t('agents.version'),
			key: 'version',
			render: (_, agent) => <span className="mono">{agent.agentVersion}</span>,
		},
		{
			title: t('agents.application'),
			dataIndex: 'app',
		},
		{
			key: 'acts',
			align: 'right',
			render: (_, agent) => agent.agentStatus === 2 && <DrillLink agent={agent} />,
		},
	];
}

function AgentTable({ search }: { search: string }) {
	const { t } = useTranslation();
	const { number, pagination } = usePages(SIZE);
	const columns = useColumns();
	const agents = useQuery({
		queryKey: ['agents', search, number],
		queryFn: ({ signal }) => calls.agents(search, number, SIZE, signal),
		refetchInterval: 5000,
		placeholderData: (before) => before,
	});

	if (agents.error && !agents.data) return <QueryFailure query={agents} />;
	if (agents.data?.total === 0 && !search)
		return (
			<div className="empty">
				<h2>{t('agents.emptyTitle')}</h2>
				<p>{t('agents.empty')}</p>
				<Install />
			</div>
		);
	return (
		<>
			<QueryFailure query={agents} />
			<Table
				rowKey="configurationId"
				size="small"
				loading={agents.isPending}
				dataSource={agents.data?.data ?? []}
				columns={columns}
				scroll={{ x: 'max-content' }}
				locale={{ emptyText: t('agents.noMatch') }}
				pagination={pagination(agents.data?.total)}
			/>
		</>
	);
}

export default function AgentsPage() {
	const { t } = useTranslation();
	const [search, setSearch] = useParam('q');
	const [installing, setInstalling] = useState(false);

	return (
		<>
			<PageHead name={t('place.agents')} about={t('agents.about')}>
				<Input.Search
					allowClear
					className="search"
					placeholder={t('agents.search')}
					aria-label={t('agents.search')}
					defaultValue={search}
					onSearch={setSearch}
				/>
				<Button
					type="primary"
					icon={<PlusOutlined aria-hidden />}
					onClick={() => setInstalling(true)}
				>
					{t('agents.add')}
				</Button>
			</PageHead>
			<AgentTable search={search} />
			<Drawer
				open={installing}
				onClose={() => setInstalling(false)}
				title={t('agents.add')}
				size="large"
				destroyOnHidden
			>
				<Install />
			</Drawer>
		</>
	);
}
