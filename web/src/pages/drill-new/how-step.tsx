import { Form, Input, InputNumber, Radio, Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { StepProps } from '.';
import { hostName } from '../../parts/host';

const UNITS = { s: 1, min: 60, h: 3600 } as const;
type Unit = keyof typeof UNITS;

function unitOf(seconds: number): Unit {
	if (seconds >= 3600 && seconds % 3600 === 0) return 'h';
	return seconds >= 60 && seconds % 60 === 0 ? 'min' : 's';
}

function SpanInput(props: { id: string; seconds: number; change: (seconds: number) => void }) {
	const { t } = useTranslation();
	const [unit, setUnit] = useState(unitOf(props.seconds));

	return (
		<span className="span-input">
			<InputNumber
				id={props.id}
				min={1}
				precision={0}
				value={Number.isFinite(props.seconds) ? props.seconds / UNITS[unit] : null}
				onChange={(value) => props.change(value === null ? NaN : value * UNITS[unit])}
			/>
			<Select<Unit>
				value={unit}
				aria-label={t('how.unit')}
				onChange={(next) => {
					props.change((props.seconds / UNITS[unit]) * UNITS[next]);
					setUnit(next);
				}}
				options={(Object.keys(UNITS) as Unit[]).map((value) => ({
					value,
					label: t(`how.${value}`),
				}))}
			/>
		</span>
	);
}

function suggestedName({ faults, hosts }: StepProps['draft']): string {
	const [host] = hosts;
	const what = faults.map(({ name }) => name).join(' + ');
	const more = hosts.length > 1 ? ` +${hosts.length - 1}` : '';
	return host ? `${what} · ${hostName(host)}${more}` : what;
}

export function HowStep({ draft, change }: StepProps) {
	const { t } = useTranslation();

	useEffect(() => {
		if (!draft.name) change({ name: suggestedName(draft) });
		// Only on arrival: a name that somebody has emptied stays empty.
		// eslint-disable-next-line react-hooks/exhaustive-deps
	}, []);
	return (
		<Form layout="vertical" className="how">
			<Form.Item label={t('how.name')} htmlFor="drill-name" required>
				<Input
					id="drill-name"
					maxLength={120}
					value={draft.name}
					onChange={(event) => change({ name: event.target.value })}
				/>
			</Form.Item>
			{draft.faults.length > 1 && (
				<Form.Item label={t('how.runMode')}>
					<Radio.Group
						aria-label={t('how.runMode')}
						value={draft.runMode}
						onChange={(event) => change({ runMode: event.target.value })}
						options={[
							{ value: 'SEQUENCE', label: t('how.sequence') },
							{ value: 'PHASE', label: t('how.phase') },
						]}
					/>
				</Form.Item>
			)}
			<Form.Item label={t('how.end')}>
				<Radio.Group
					vertical
					aria-label={t('how.end')}
					value={draft.userCheck}
					onChange={(event) => change({ userCheck: event.target.value })}
					options={[
						{ value: true, label: t('how.byPerson') },
						{ value: false, label: t('how.byItself') },
					]}
				/>
			</Form.Item>
			{!draft.userCheck && (
				<Form.Item label={t('how.hold')} htmlFor="drill-hold">
					<SpanInput id="drill-hold" seconds={draft.hold} change={(hold) => change({ hold })} />
				</Form.Item>
			)}
			<Form.Item label={t('how.duration')} htmlFor="drill-duration" extra={t('how.durationHint')}>
				<SpanInput
					id="drill-duration"
					seconds={draft.duration}
					change={(duration) => change({ duration })}
				/>
			</Form.Item>
		</Form>
	);
}
