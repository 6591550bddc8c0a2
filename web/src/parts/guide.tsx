import type { ParseKeys } from 'i18next';
import { Trans } from 'react-i18next';
import { Link } from 'wouter';

const WAYS = {
	drills: <Link href="/drills" />,
	agents: <Link href="/agents" />,
	faults: <Link href="/faults" />,
};

/** What to do next: a text in which the places of the console are links. */
export function Guide({ text }: { text: ParseKeys }) {
	return <Trans i18nKey={text} components={WAYS} />;
}
