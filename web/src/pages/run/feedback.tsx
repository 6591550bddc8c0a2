// What the people saw, kept with the run.
import { App, Button, Card, Form, Radio } from 'antd';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';
import type { Run } from '../../api/types';
import { useAct } from '../../parts/use-act';

interface Given {
	expectation: number;
	business: number;
}

export function Feedback({ run }: { run: Run }) {
	const { t } = useTranslation();
	const { message } = App.useApp();
	const give = useAct(
		({ expectation, business }: Given) => calls.giveFeedback(run.taskId, expectation, business),
		{ done: () => void message.success(t('feedback.thanks')), stale: ['run'] },
	);
	const yesNo = [
		{ value: 1, label: t('feedback.yes') },
		{ value: 0, label: t('feedback.no') },
	];

	if (run.feedbackStatus === 1 || give.isSuccess)
		return <p className="faint">{t('feedback.given')}</p>;
	return (
		<Card size="small" title={t('feedback.title')} className="feedback">
			<Form<Given>
				layout="vertical"
				initialValues={{ expectation: 1, business: 0 }}
				onFinish={give.mutate}
			>
				<Form.Item name="expectation" label={t('feedback.expectation')}>
					<Radio.Group aria-label={t('feedback.expectation')} options={yesNo} />
				</Form.Item>
				<Form.Item name="business" label={t('feedback.business')}>
					<Radio.Group aria-label={t('feedback.business')} options={yesNo} />
				</Form.Item>
				<Button htmlType="submit" loading={give.isPending}>
					{t('feedback.send')}
				</Button>
			</Form>
		</Card>
	);
}
