// The last look before the start: what happens to which host, in which order, and how it ends.
import { Alert, Table, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Host } from '../../api/types';
import { hostId, hostName, hostPlace } from '../../parts/host';
import { pagesOf } from '../../parts/pages';
import { flagsText } from '../../parts/param-form/fields';
import { fieldsOfFault, type Draft } from './draft';

function FaultLines({ draft }: { draft: Draft }) {
	return (
		<ol className="fault-lines">
			{draft.faults.map((fault) => (
				<li key={fault.key}>
					<b>{fault.name}</b> <code>{flagsText(fieldsOfFault(fault), fault.values)}</code>
				</li>
			))}
		</ol>
	);
}

export function Summary({ draft }: { draft: Draft }) {
	const { t } = useTranslation();
	const columns: TableColumnsType<Host> = [
		{
			title: t(draft.on === 'pods' ? 'pods.pod' : 'agents.host'),
			key: 'host',
			render: (_, host) => (
				<>
					<b className="long">{hostName(host)}</b>
					<div className="mono faint">{hostPlace(host)}</div>
				</>
			),
		},
		{
			title: t('summary.what'),
			key: 'what',
			render: () => <FaultLines draft={draft} />,
		},
	];
	const order = draft.faults.length > 1 ? [t(`summary.${draft.runMode}`)] : [];
	const terms = [
		...order,
		draft.userCheck ? t('summary.byPerson') : t('summary.byItself', { seconds: draft.hold }),
		t('summary.duration', { seconds: draft.duration }),
		t('summary.stop'),
	];

	return (
		<>
			<h2>{draft.name}</h2>
			<Alert
				type="warning"
				showIcon
				title={t('summary.title', {
					faults: t('summary.faults', { count: draft.faults.length }),
					hosts: t(draft.on === 'pods' ? 'summary.pods' : 'summary.hosts', {
						count: draft.hosts.length,
					}),
				})}
				description={
					<ul className="terms">
						{terms.map((line) => (
							<li key={line}>{line}</li>
						))}
					</ul>
				}
			/>
			<Table
				rowKey={hostId}
				size="small"
				className="summary"
				dataSource={draft.hosts}
				columns={columns}
				pagination={pagesOf(50)}
			/>
		</>
	);
}
