// An error in words: what went wrong, and what to do next.
import { Alert, Button } from 'antd';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';

import { ApiError } from '../api/client';
import en from '../text/en.json';

type Code = keyof typeof en.error.code;

function knownCode(code: string): Code | undefined {
	return code in en.error.code ? (code as Code) : undefined;
}

export function failureText(t: TFunction, error: unknown): { what: string; next: string } {
	const code = error instanceof ApiError ? error.code : '';
	const known = knownCode(code);
	const said = error instanceof Error ? error.message : String(error);
	return {
		what: said || (known ? t(`error.code.${known}.what`) : t('error.unknown', { code })),
		next: known ? t(`error.code.${known}.next`) : t('error.next'),
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
