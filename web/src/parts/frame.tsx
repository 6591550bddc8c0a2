// What stands around every page: the bar with its places, the running drills and the account menu.
import { useQuery } from '@tanstack/react-query';
import { Badge, Select } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';

import * as calls from '../api/calls';
import { changeNamespace, currentNamespace } from '../api/client';
import { AccountMenu } from '../pages/account';

const PLACES = ['drills', 'agents', 'applications', 'faults'] as const;

function Places() {
	const { t } = useTranslation();
	const [path] = useLocation();

	return (
		<nav className="places">
			{PLACES.map((place) => (
				<Link
					key={place}
					href={`/${place}`}
					className={
						path.startsWith(`/${place}`) || (place === 'drills' && path.startsWith('/runs'))
							? 'place here'
							: 'place'
					}
				>
					{t(`place.${place}`)}
				</Link>
			))}
		</nav>
	);
}

function RunningDrills() {
	const { t } = useTranslation();
	const running = useQuery({
		queryKey: ['drills', 'running'],
		queryFn: ({ signal }) => calls.drills({ states: ['RUNNING'] }, 1, 1, signal),
		refetchInterval: 5000,
	});
	const count = running.data?.total ?? 0;

	if (count === 0) return null;
	return (
		<Link href="/drills?state=RUNNING" className="running-drills">
			<Badge status="processing" color="orange" />
			<b>{count}</b> <span className="running-word">{t('frame.running', { count })}</span>
		</Link>
	);
}

function NamespaceChoice() {
	const { t } = useTranslation();
	const list = useQuery({
		queryKey: ['namespaces'],
		queryFn: ({ signal }) => calls.namespaces(signal),
		staleTime: 60_000,
	});

	if (!list.data || list.data.length < 2) return null;
	return (
		<Select
			size="small"
			className="namespace"
			aria-label={t('frame.namespace')}
			value={currentNamespace()}
			onChange={(name) => {
				changeNamespace(name);
				window.location.assign('/');
			}}
			options={list.data.map(({ name }) => ({ value: name, label: name }))}
		/>
	);
}

export function Frame({ children }: { children: ReactNode }) {
	return (
		<div className="frame">
			<header className="bar">
				<Link href="/drills" className="brand">
					<img src="/gale.svg" alt="" width={24} height={24} />
					Gale
				</Link>
				<Places />
				<span className="bar-space" />
				<RunningDrills />
				<NamespaceChoice />
				<AccountMenu />
			</header>
			<main className="page">{children}</main>
		</div>
	);
}
