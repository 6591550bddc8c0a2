import { App, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';
import { useAct } from '../../parts/use-act';

interface Passwords {
	old: string;
	fresh: string;
	again: string;
}

export function PasswordWindow({ open, close }: { open: boolean; close: () => void }) {
	const { t } = useTranslation();
	const { message } = App.useApp();
	const [form] = Form.useForm<Passwords>();
	const change = useAct(({ old, fresh }: Passwords) => calls.changePassword(old, fresh), {
		done: () => {
			void message.success(t('account.passwordChanged'));
			form.resetFields();
			close();
		},
	});
	const required = { required: true, message: t('form.required') };

	return (
		<Modal
			open={open}
			onCancel={close}
			title={t('account.password')}
			okText={t('account.passwordSet')}
			confirmLoading={change.isPending}
			onOk={() => form.submit()}
			destroyOnHidden
		>
			<Form form={form} layout="vertical" onFinish={(given) => change.mutate(given)}>
				<Form.Item name="old" label={t('account.passwordOld')} rules={[required]}>
					<Input.Password autoComplete="current-password" />
				</Form.Item>
				<Form.Item name="fresh" label={t('account.passwordNew')} rules={[required]}>
					<Input.Password autoComplete="new-password" />
				</Form.Item>
				<Form.Item
					name="again"
					label={t('account.passwordAgain')}
					dependencies={['fresh']}
					rules={[
						required,
						({ getFieldValue }) => ({
							validator: (_, value) =>
								!value || value === getFieldValue('fresh')
									? Promise.resolve()
									: Promise.reject(new Error(t('account.passwordDiffers'))),
						}),
					]}
				>
					<Input.Password autoComplete="new-password" />
				</Form.Item>
			</Form>
		</Modal>
	);
}
