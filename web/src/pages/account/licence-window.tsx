import { Modal, Typography } from 'antd';
import { useTranslation } from 'react-i18next';

import { useMe } from '../../parts/use-me';

export function LicenceWindow({ open, close }: { open: boolean; close: () => void }) {
	const { t } = useTranslation();
	const me = useMe();

	return (
		<Modal open={open} onCancel={close} footer={null} title={t('account.licence')}>
			<p>{t('account.licenceAbout')}</p>
			<Typography.Text code copyable>
				{me.data?.license ?? ''}
			</Typography.Text>
		</Modal>
	);
}
