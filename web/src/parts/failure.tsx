// An error in words: what went wrong, and what to do next.
import { Alert, Button } from 'antd';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { ApiError } from '../api/client';
import en from '../text/en.json';
import { own } from '../text/own';
import { Guide } from './guide';

export function failureText(t: TFunction, error: unknown): { what: string; next: ReactNode } {
	const code = error instanceof ApiError ? error.code : '';
	const said = error instanceof Error ? error.message : String(error);
	const what = own(en.error.what, code);
	return {
		what: what ? t(`error.what.${what}`) : said || t('error.unknown', { code }),
		next: <Guide text={`error.next.${own(en.error.next, code) ?? 'other'}`} />,
	};
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
	const { t } = useTranslation();
	const { what, next } = failureText(t, error);

	return (
		<Alert
			type="error"
			showIcon
			className="failure"
			title={what}
			description={next}
			action={
				retry && (
					<Button size="small" onClick={retry}>
						{t('error.again')}
					</Button>
				)
			}
		/>
	);
}

/** What a question was answered with, if that is an error, and the way to ask again. */
export function QueryFailure({ query }: { query: { error: unknown; refetch: () => unknown } }) {
	return query.error ? <Failure error={query.error} retry={() => void query.refetch()} /> : null;
}
