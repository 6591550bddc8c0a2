import { useQuery } from '@tanstack/react-query';
import { Form, Input, Select, Table, type TableColumnsType } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import type { StepProps } from '.';
import * as calls from '../../api/calls';
import type { Host } from '../../api/types';
import { Choice } from '../../parts/choice';
import { QueryFailure } from '../../parts/failure';
import { hostId, hostName, invalidText } from '../../parts/host';
import { pagesOf } from '../../parts/pages';
import { usePodColumns } from '../../parts/pod-columns';
import { useParam } from '../../parts/use-param';
import { changeTargets } from './draft';
import { PodFilters } from './pod-filters';

function usable(host: Host): boolean {
	return !host.invalid && host.allow !== false;
}

function useHosts({ on, by, appId, appGroups }: StepProps['draft'], filter: calls.PodFilter) {
	const all = (signal: AbortSignal) =>
		on === 'pods' ? calls.pods(filter, signal) : calls.hosts(filter.key ?? '', signal);

	return useQuery({
		queryKey: ['hosts', on, by, appId, appGroups, filter],
		queryFn: ({ signal }) =>
			by === 'application'
				? calls.applicationHosts(
						appId ?? '',
						{ app_group: appGroups, scopeType: on === 'pods' ? 2 : 0 },
						signal,
					)
				: all(signal),
		enabled: by === 'agent' || Boolean(appId),
		// Only a search keeps what was there: hosts of another application would be ticked as its own.
		placeholderData: (before, query) =>
			query?.queryKey[1] === on && query.queryKey[2] === by && query.queryKey[3] === appId
				? before
				: undefined,
	});
}

function ApplicationChoice({ draft, change }: StepProps) {
	const { t } = useTranslation();
	const applications = useQuery({
		queryKey: ['applications'],
		queryFn: ({ signal }) => calls.applications(signal),
	});
	const groups = useQuery({
		queryKey: ['application-groups', draft.appId],
		queryFn: ({ signal }) => calls.applicationGroups(draft.appId ?? '', signal),
		enabled: Boolean(draft.appId),
	});

	if (applications.error) return <QueryFailure query={applications} />;
	return (
		<Form layout="vertical" className="two-columns">
			<Form.Item label={t('new.application')} htmlFor="application">
				<Select
					id="application"
					value={draft.appId}
					loading={applications.isPending}
					placeholder={t('form.choose')}
					onChange={(appId: string, option) =>
						change({
							appId,
							appName: Array.isArray(option) ? undefined : option?.label,
							appGroups: [],
							hosts: [],
						})
					}
					options={(applications.data?.data ?? []).map(({ app_id, app_name }) => ({
						value: app_id,
						label: app_name,
					}))}
				/>
			</Form.Item>
			<Form.Item label={t('new.groups')} htmlFor="groups">
				<Select
					id="groups"
					mode="multiple"
					disabled={!draft.appId}
					value={draft.appGroups}
					placeholder={t('new.allGroups')}
					onChange={(appGroups: string[]) => change({ appGroups, hosts: [] })}
					options={(groups.data ?? []).map((name) => ({ value: name, label: name }))}
				/>
			</Form.Item>
		</Form>
	);
}

function useColumns(on: StepProps['draft']['on']): TableColumnsType<Host> {
	const { t } = useTranslation();
	const pods = usePodColumns();
	const hosts: TableColumnsType<Host> = [
		{ title: t('agents.host'), key: 'name', render: (_, host) => <b>{hostName(host)}</b> },
		{
			title: t('agents.address'),
			key: 'address',
			render: (_, host) => <span className="mono">{host.ip}</span>,
		},
		{ title: t('agents.application'), dataIndex: 'app' },
	];

	return [
		...(on === 'pods' ? pods : hosts),
		{
			key: 'why',
			render: (_, host) => !usable(host) && <span className="faint">{invalidText(t, host)}</span>,
		},
	];
}

export function HostsStep(props: StepProps) {
	const { draft, change } = props;
	const { t } = useTranslation();
	const [wanted, setWanted] = useParam('host');
	const [cluster] = useParam('cluster');
	const [filter, setFilter] = useState<calls.PodFilter>(cluster ? { clusterIds: [cluster] } : {});
	const hosts = useHosts(draft, filter);
	const columns = useColumns(draft.on);
	const rows = hosts.data?.data ?? [];

	useEffect(() => {
		const host = rows.find((row) => hostId(row) === wanted);
		if (!wanted || !host) return;
		if (usable(host)) change({ hosts: [host] });
		setWanted('');
	});

	return (
		<>
			<div className="choice">
				<Choice<StepProps['draft']['on']>
					aria-label={t('new.step.hosts')}
					value={draft.on}
					onChange={(on) => {
						setFilter({});
						change(changeTargets(on));
					}}
					options={[
						{ value: 'hosts', label: t('new.onHosts') },
						{ value: 'pods', label: t('new.onPods') },
					]}
				/>
				<Choice<StepProps['draft']['by']>
					aria-label={t('new.by')}
					value={draft.by}
					onChange={(by) => change({ by, hosts: [] })}
					options={[
						{ value: 'agent', label: t(draft.on === 'pods' ? 'new.byPod' : 'new.byAgent') },
						{ value: 'application', label: t('new.byApplication') },
					]}
				/>
				{draft.by === 'agent' && draft.on === 'hosts' && (
					<Input.Search
						allowClear
						className="search"
						placeholder={t('agents.search')}
						aria-label={t('agents.search')}
						onSearch={(key) => setFilter({ key })}
					/>
				)}
			</div>
			{draft.by === 'agent' && draft.on === 'pods' && (
				<PodFilters filter={filter} change={setFilter} />
			)}
			{draft.by === 'application' && <ApplicationChoice {...props} />}
			<QueryFailure query={hosts} />
			<Table
				rowKey={hostId}
				size="small"
				loading={hosts.isLoading}
				dataSource={draft.by === 'application' && !draft.appId ? [] : rows}
				columns={columns}
				scroll={{ x: 'max-content' }}
				locale={{
					emptyText: (
						<>
							{t(draft.on === 'pods' ? 'new.noPods' : 'new.noHosts')}{' '}
							<Link href="/agents">{t('new.toAgents')}</Link>
						</>
					),
				}}
				pagination={pagesOf(50)}
				rowSelection={{
					selectedRowKeys: draft.hosts.map(hostId),
					onChange: (_, chosen) => change({ hosts: chosen }),
					preserveSelectedRowKeys: true,
					getCheckboxProps: (host) => ({ disabled: !usable(host), 'aria-label': hostName(host) }),
				}}
			/>
			<p className="faint">
				{t(draft.on === 'pods' ? 'new.podsChosen' : 'new.hostsChosen', {
					count: draft.hosts.length,
				})}
				{(hosts.data?.total ?? 0) > rows.length &&
					` · ${t('new.notAll', { count: rows.length, total: hosts.data?.total })}`}
			</p>
		</>
	);
}
