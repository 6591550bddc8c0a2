// The account menu: language, look, licence, password, log out.
import { CheckOutlined, UserOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Dropdown, type MenuProps } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import * as calls from '../../api/calls';
import { useAct } from '../../parts/use-act';
import { useMe } from '../../parts/use-me';
import { useGo } from '../../parts/use-param';
import { changeLang, currentLang } from '../../text';
import { changeLook, currentLook, type Look } from '../../theme';
import { LicenceWindow } from './licence-window';
import { PasswordWindow } from './password-window';

const LOOKS: Look[] = ['light', 'dark', 'system'];

function tick(on: boolean) {
	return <CheckOutlined aria-hidden style={{ visibility: on ? 'visible' : 'hidden' }} />;
}

export function AccountMenu() {
	const { t } = useTranslation();
	const me = useMe();
	const go = useGo();
	const queries = useQueryClient();
	const button = useRef<HTMLButtonElement>(null);
	const [window, setWindow] = useState<'licence' | 'password'>();
	const logout = useAct(calls.logout, {
		done: () => {
			go('/');
			void queries.resetQueries({ queryKey: ['me'] });
			queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
		},
	});
	const speak = (lang: 'zh' | 'en') => {
		changeLang(lang);
		void queries.invalidateQueries();
	};

	const items: MenuProps['items'] = [
		{ key: 'zh', label: '中文', icon: tick(currentLang() === 'zh'), onClick: () => speak('zh') },
		{
			key: 'en',
			label: 'English',
			icon: tick(currentLang() === 'en'),
			onClick: () => speak('en'),
		},
		{ type: 'divider' },
		...LOOKS.map((look) => ({
			key: look,
			label: t(`account.look.${look}`),
			icon: tick(currentLook() === look),
			onClick: () => changeLook(look),
		})),
		{ type: 'divider' },
		{ key: 'licence', label: t('account.licence'), onClick: () => setWindow('licence') },
		{ key: 'password', label: t('account.password'), onClick: () => setWindow('password') },
		{ type: 'divider' },
		{ key: 'logout', label: t('account.logout'), onClick: () => logout.mutate(undefined) },
	];

	return (
		<>
			<Dropdown
				// The key that chose has no more to do: the focus is back on the button by then.
				menu={{ items, onClick: ({ domEvent }) => domEvent.preventDefault() }}
				trigger={['click']}
				autoFocus
				placement="bottomRight"
				onOpenChange={(open) => !open && button.current?.focus()}
			>
				<Button
					ref={button}
					type="text"
					icon={<UserOutlined aria-hidden />}
					className="account"
					aria-label={t('frame.account', { name: me.data?.userName })}
				>
					<span className="account-name">{me.data?.userName}</span>
				</Button>
			</Dropdown>
			<LicenceWindow open={window === 'licence'} close={() => setWindow(undefined)} />
			<PasswordWindow open={window === 'password'} close={() => setWindow(undefined)} />
		</>
	);
}
