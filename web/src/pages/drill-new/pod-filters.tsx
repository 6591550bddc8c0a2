// Which of the pods are shown: by cluster, namespace, name and labels.
import { useQuery } from '@tanstack/react-query';
import { Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';

export function PodFilters(props: {
	filter: calls.PodFilter;
	change: (filter: calls.PodFilter) => void;
}) {
	const { t } = useTranslation();
	const { filter } = props;
	const change = (part: calls.PodFilter) => props.change({ ...filter, ...part });
	const clusters = useQuery({
		queryKey: ['clusters'],
		queryFn: ({ signal }) => calls.clusters(signal),
	});
	const namespaces = useQuery({
		queryKey: ['pod-namespaces'],
		queryFn: ({ signal }) => calls.podNamespaces(signal),
	});

	return (
		<div className="choice">
			{(clusters.data?.length ?? 0) > 1 && (
				<Select
					mode="multiple"
					className="pod-filter"
					aria-label={t('pods.cluster')}
					placeholder={t('pods.cluster')}
					value={filter.clusterIds ?? []}
					onChange={(clusterIds: string[]) => change({ clusterIds })}
					options={clusters.data?.map(({ clusterId, clusterName }) => ({
						value: clusterId,
						label: clusterName,
					}))}
				/>
			)}
			<Select
				mode="multiple"
				className="pod-filter"
				aria-label={t('pods.namespace')}
				placeholder={t('pods.namespace')}
				value={filter.kubNamespaces ?? []}
				onChange={(kubNamespaces: string[]) => change({ kubNamespaces })}
				options={(namespaces.data ?? []).map((name) => ({ value: name, label: name }))}
			/>
			<Input.Search
				allowClear
				className="pod-filter"
				placeholder={t('pods.search')}
				aria-label={t('pods.search')}
				onSearch={(key) => change({ key })}
			/>
			<Input.Search
				allowClear
				className="pod-filter"
				placeholder={t('pods.labels')}
				aria-label={t('pods.labels')}
				onSearch={(labels) => change({ labels })}
			/>
		</div>
	);
}
