import { SearchOutlined } from '@ant-design/icons';
import { App as Messages, ConfigProvider, Spin } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import { lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Redirect, Route, Switch } from 'wouter';

import { isSignedOut } from './api/client';
import { SignInPage } from './pages/sign-in';
import { QueryFailure } from './parts/failure';
import { Frame } from './parts/frame';
import { useMe } from './parts/use-me';
import { themeOf, useDark } from './theme';

const AgentsPage = lazy(() => import('./pages/agents'));
const ApplicationsPage = lazy(() => import('./pages/applications'));
const FaultsPage = lazy(() => import('./pages/faults'));
const DrillsPage = lazy(() => import('./pages/drills'));
const DrillPage = lazy(() => import('./pages/drill'));
const DrillNewPage = lazy(() => import('./pages/drill-new'));
const RunPage = lazy(() => import('./pages/run'));

function Pages() {
	return (
		<Frame>
			<Suspense fallback={<Spin className="page-spin" />}>
				<Switch>
					<Route path="/agents" component={AgentsPage} />
					<Route path="/applications" component={ApplicationsPage} />
					<Route path="/faults" component={FaultsPage} />
					<Route path="/drills" component={DrillsPage} />
					<Route path="/drills/new" component={DrillNewPage} />
					<Route path="/drills/:experimentId">
						{({ experimentId }) => <DrillPage experimentId={experimentId} />}
					</Route>
					<Route path="/runs/:taskId">{({ taskId }) => <RunPage taskId={taskId} />}</Route>
					<Route>
						<Redirect to="/drills" replace />
					</Route>
				</Switch>
			</Suspense>
		</Frame>
	);
}

function Door() {
	const me = useMe();

	if (me.isPending) return <Spin className="page-spin" />;
	if (me.error && !isSignedOut(me.error))
		return (
			<div className="page-alone">
				<QueryFailure query={me} />
			</div>
		);
	return me.data ? <Pages /> : <SignInPage />;
}

export function App() {
	const isDark = useDark();
	const { t, i18n } = useTranslation();

	useEffect(() => {
		document.documentElement.dataset.look = isDark ? 'dark' : 'light';
	}, [isDark]);
	return (
		<ConfigProvider
			theme={themeOf(isDark)}
			locale={i18n.language === 'zh' ? zh : en}
			inputSearch={{ searchIcon: <SearchOutlined aria-label={t('frame.search')} /> }}
		>
			<Messages>
				<Door />
			</Messages>
		</ConfigProvider>
	);
}
