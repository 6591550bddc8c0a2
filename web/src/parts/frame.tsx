// What stands around every page: the bar with its places, the running drills and the account menu.
import { useQuery } from '@tanstack/react-query';
import { Badge, Select } from 'antd';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';

import * as calls from '../api/calls';
import { changeNamespace, currentNamespace } from '../api/client';
import { AccountMenu } from '../pages/account';

const PLACES = ['drills', 'agents', 'applications', 'faults'] as const;

function Places() {
	const { t } = useTranslation();
	const [path] = useLocation();
	const isRun = path.startsWith('/runs');

	return (
		<nav className="places" aria-label={t('frame.places')}>
			{PLACES.map((place) => {
				const here = path.startsWith(`/${place}`) || (place === 'drills' && isRun);

				return (
					<Link
						key={place}
						href={`/${place}`}
						className={here ? 'place here' : 'place'}
						aria-current={here ? 'page' : undefined}
					>
						{t(`place.${place}`)}
					</Link>
				);
			})}
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
		<Link
			href="/drills?state=RUNNING"
			className="running-drills"
			aria-label={`${count} ${t('frame.running', { count })}`}
		>
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

/** Who leaves a page by something in it goes on with the keyboard in the new one. */
function useFocusInPage() {
	const [path] = useLocation();
	const before = useRef(path);
	const page = useRef<HTMLElement>(null);

	useEffect(() => {
		const from = document.activeElement;
		const inPage = from === document.body || page.current?.contains(from);

		if (before.current !== path && inPage) page.current?.focus();
		before.current = path;
	}, [path]);
	return page;
}

export function Frame({ children }: { children: ReactNode }) {
	const { t } = useTranslation();
	const page = useFocusInPage();

	return (
		<div className="frame">
			<a className="skip" href="#page">
				{t('frame.skip')}
			</a>
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
			<main className="page" id="page" tabIndex={-1} ref={page}>
				{children}
			</main>
		</div>
	);
}
