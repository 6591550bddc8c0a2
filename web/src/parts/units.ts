import type { Lang } from '../text';

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
	['day', 86400],
	['hour', 3600],
	['minute', 60],
	['second', 1],
];

/** "3 minutes ago". */
export function agoText(lang: Lang, time: number, now: number): string {
	const seconds = Math.max(0, Math.round((now - time) / 1000));
	const [unit, size] = STEPS.find(([, size]) => seconds >= size) ?? ['second', 1];
	return new Intl.RelativeTimeFormat(lang, { numeric: 'always' }).format(
		-Math.floor(seconds / size),
		unit,
	);
}

export function dateText(lang: Lang, time: number): string {
	return new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'medium' }).format(time);
}

/** "%" for "percent"; the other units are written as they are. */
export function unitText(unit: string | undefined): string {
	return unit === 'percent' ? '%' : (unit ?? '');
}

/** "1 min 5 s" of a span in milliseconds. */
export function spanText(milliseconds: number): string {
	const seconds = Math.max(0, milliseconds) / 1000;
	if (seconds < 10) return `${seconds.toFixed(1)} s`;
	if (seconds < 60) return `${Math.round(seconds)} s`;
	const minutes = Math.floor(seconds / 60);
	const rest = Math.round(seconds % 60);
	return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
}
