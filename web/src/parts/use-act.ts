import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';

import { failureText } from './failure';

/** A change on the box: says what failed and what to do next, and lets the pages read anew. */
export function useAct<Given, Result>(
	act: (given: Given) => Promise<Result>,
	options: { done?: (result: Result, given: Given) => void; stale?: string[] } = {},
) {
	const { t } = useTranslation();
	const { notification } = App.useApp();
	const queries = useQueryClient();

	return useMutation({
		mutationFn: act,
		onSuccess: (result, given) => {
			for (const key of options.stale ?? []) void queries.invalidateQueries({ queryKey: [key] });
			options.done?.(result, given);
		},
		onError: (error) => {
			const { what, next } = failureText(t, error);
			notification.error({ title: what, description: next, duration: 8 });
		},
	});
}
