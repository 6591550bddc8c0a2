import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Result, State } from '../api/types';

const COLOURS: Record<Result, string> = {
	SUCCESS: 'green',
	FAILED: 'red',
	ERROR: 'red',
	REJECTED: 'default',
	STOPPED: 'gold',
	SOPPED_FAILED: 'red',
};

/** How a run stands, in one word. */
export function ResultTag({ state, result }: { state: State; result?: Result }) {
	const { t } = useTranslation();

	if (state !== 'FINISHED')
		return <Tag color={state === 'STOPPING' ? 'orange' : 'cyan'}>{t(`runState.${state}`)}</Tag>;
	return <Tag color={result && COLOURS[result]}>{t(`result.${result ?? 'ERROR'}`)}</Tag>;
}
