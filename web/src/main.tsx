import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { isSignedOut } from './api/client';
import { App } from './app';
import './style.css';
import './text';

const queries = new QueryClient({
	defaultOptions: {
		queries: {
			staleTime: 2000,
			retry: (count, error) => !isSignedOut(error) && count < 1,
		},
	},
});

// A session that has ended shows at whatever is asked next: asking who we are brings the sign-in.
queries.getQueryCache().subscribe((event) => {
	const ended = event.type === 'updated' && event.action.type === 'error';
	if (ended && event.query.queryKey[0] !== 'me' && isSignedOut(event.query.state.error))
		void queries.resetQueries({ queryKey: ['me'] });
});

createRoot(document.getElementById('root')!).render(
	<StrictMode>
		<QueryClientProvider client={queries}>
			<App />
		</QueryClientProvider>
	</StrictMode>,
);
