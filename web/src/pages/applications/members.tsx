// The machines of one application: its pods, and the hosts whose agents name it.
import { useQuery } from '@tanstack/react-query';
import { Spin, Table, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';
import type { Host } from '../../api/types';
import { QueryFailure } from '../../parts/failure';
import { pagesOf } from '../../parts/pages';
import { usePodColumns } from '../../parts/pod-columns';

function useHostColumns(): TableColumnsType<Host> {
	const { t } = useTranslation();

	return [
		{ title: t('agents.host'), key: 'host', render: (_, host) => <b>{host.hostName}</b> },
		{
			title: t('agents.address'),
			key: 'address',
			render: (_, host) => <span className="mono">{host.ip}</span>,
		},
		{
			title: t('agents.state'),
			key: 'state',
			render: (_, host) => t(host.invalid ? 'agentState.offline' : 'agentState.online'),
		},
	];
}

export function Members({ appId }: { appId: string }) {
	const members = useQuery({
		queryKey: ['application-members', appId],
		queryFn: ({ signal }) => calls.applicationHosts(appId, {}, signal),
		refetchInterval: 5000,
	});
	const pods = usePodColumns().filter((column) => !('dataIndex' in column));
	const hosts = useHostColumns();
	const rows = members.data?.data ?? [];
	const lists = [
		{ columns: pods, rows: rows.filter(({ kubNamespace }) => kubNamespace) },
		{ columns: hosts, rows: rows.filter(({ kubNamespace }) => !kubNamespace) },
	];

	if (members.error) return <QueryFailure query={members} />;
	if (members.isPending) return <Spin size="small" />;
	return lists.map(
		(list, index) =>
			list.rows.length > 0 && (
				<Table
					key={index}
					rowKey="deviceConfigurationId"
					size="small"
					dataSource={list.rows}
					columns={list.columns}
					scroll={{ x: 'max-content' }}
					pagination={pagesOf(50)}
				/>
			),
	);
}
