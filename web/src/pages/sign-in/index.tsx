// Sign in, or make an account.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Card, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';
import { Choice } from '../../parts/choice';
import { Failure } from '../../parts/failure';
import { changeLang, currentLang } from '../../text';

interface Given {
	userName: string;
	password: string;
}

type Way = 'login' | 'register';

function useEnter(way: Way) {
	const queries = useQueryClient();

	return useMutation({
		mutationFn: async ({ userName, password }: Given) => {
			if (way === 'register') await calls.register(userName, password);
			return calls.login(userName, password);
		},
		onSuccess: () => queries.resetQueries({ queryKey: ['me'] }),
	});
}

function EnterForm({ way }: { way: Way }) {
	const { t } = useTranslation();
	const enter = useEnter(way);
	const required = { required: true, message: t('form.required') };

	return (
		<Form layout="vertical" onFinish={(given: Given) => enter.mutate(given)} requiredMark={false}>
			{enter.error && <Failure error={enter.error} />}
			<Form.Item name="userName" label={t('signIn.name')} rules={[required]}>
				<Input autoFocus autoComplete="username" />
			</Form.Item>
			<Form.Item
				name="password"
				label={t('signIn.password')}
				rules={[required]}
				extra={way === 'register' ? t('signIn.registerHint') : undefined}
			>
				<Input.Password autoComplete={way === 'login' ? 'current-password' : 'new-password'} />
			</Form.Item>
			<Button type="primary" htmlType="submit" block loading={enter.isPending}>
				{t(`signIn.${way}`)}
			</Button>
		</Form>
	);
}

export function SignInPage() {
	const { t } = useTranslation();
	const [chosen, choose] = useState<Way>();
	const signUp = useQuery({
		queryKey: ['sign-up'],
		queryFn: ({ signal }) => calls.signUp(signal),
	});
	const { open, first } = signUp.data ?? { open: false, first: false };
	const way = chosen ?? (first ? 'register' : 'login');
	const other = currentLang() === 'zh' ? 'en' : 'zh';

	return (
		<main className="sign-in">
			<div className="sign-in-brand">
				<img src="/gale.svg" alt="" width={40} height={40} />
				<div>
					<h1>Gale</h1>
					<p>{t('signIn.about')}</p>
				</div>
			</div>
			<Card className="sign-in-card" loading={signUp.isPending}>
				{open && (
					<Choice<Way>
						aria-label={t('signIn.way')}
						block
						value={way}
						onChange={choose}
						options={[
							{ value: 'login', label: t('signIn.login') },
							{ value: 'register', label: t('signIn.register') },
						]}
					/>
				)}
				<EnterForm key={way} way={way} />
			</Card>
			<p className="sign-in-hint">
				{t(first ? 'signIn.firstUser' : open ? 'signIn.alone' : 'signIn.closed')}
			</p>
			<Button type="link" size="small" lang={other} onClick={() => changeLang(other)}>
				{other === 'zh' ? '中文' : 'English'}
			</Button>
		</main>
	);
}
