// How an agent comes onto a host: the command with this user's licence in it.
import { useQuery } from '@tanstack/react-query';
import { Spin, Typography } from 'antd';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';
import { Failure } from '../../parts/failure';

export function Install() {
	const { t } = useTranslation();
	const command = useQuery({
		queryKey: ['install'],
		queryFn: ({ signal }) => calls.installCommand(signal),
	});
	const lines = Object.values(command.data ?? {});

	return (
		<ol className="install">
			<li>
				<p>{t('agents.install1')}</p>
				{command.isPending && <Spin />}
				{command.error && <Failure error={command.error} retry={() => void command.refetch()} />}
				{lines.map((line) => (
					<Typography.Paragraph key={line} copyable className="command">
						{line}
					</Typography.Paragraph>
				))}
			</li>
			<li>
				<p>{t('agents.install2')}</p>
			</li>
			<li>
				<p>{t('agents.install3')}</p>
			</li>
		</ol>
	);
}
