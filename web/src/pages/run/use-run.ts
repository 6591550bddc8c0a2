// The state of a run as the box tells it: asked for once, then pushed with each change.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import * as calls from '../../api/calls';
import { isSignedOut } from '../../api/client';
import type { Run } from '../../api/types';
import { currentLang } from '../../text';
import { viewOf } from './view';

const POLL = 3000;

/** Ended, and nothing is left behind that may still change. */
function isOver(run: Run): boolean {
	return run.state === 'FINISHED' && viewOf(run).inPlace === 0;
}

export function useRun(taskId: string) {
	const queries = useQueryClient();
	const [live, setLive] = useState(false);
	const pushed = useRef(0);
	const lang = currentLang();
	const run = useQuery({
		queryKey: ['run', taskId, lang],
		// What was pushed while the question was on its way is newer than its answer.
		queryFn: async ({ queryKey, signal }) => {
			const before = pushed.current;
			const answer = await calls.run(taskId, signal);
			return (pushed.current !== before && queries.getQueryData<Run>(queryKey)) || answer;
		},
		// Without the stream the page asks again and again; it never stands still unseen.
		refetchInterval: ({ state }) => (live || (state.data && isOver(state.data)) ? false : POLL),
		retry: (count, error) => !isSignedOut(error) && count < 3,
	});
	const state = run.data?.state;
	const moves = run.data !== undefined && !isOver(run.data);

	useEffect(() => {
		void queries.invalidateQueries({ queryKey: ['drills'] }); // what runs is said on every page
	}, [state, queries]);
	useEffect(() => {
		if (!moves) return undefined;
		const source = new EventSource(`/gale/v1/tasks/${taskId}/events?lang=${lang}`);
		source.onopen = () => setLive(true);
		source.onerror = () => setLive(false);
		source.addEventListener('task', (event: MessageEvent<string>) => {
			setLive(true);
			pushed.current += 1;
			queries.setQueryData(['run', taskId, lang], JSON.parse(event.data) as Run);
		});
		return () => {
			source.close();
			setLive(false);
		};
	}, [taskId, lang, moves, queries]);
	return { ...run, live };
}
