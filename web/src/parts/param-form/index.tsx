// The form of a fault, drawn from its parameter rows.
import { AutoComplete, Form, Input, InputNumber, Select, Switch } from 'antd';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Field, FieldError, Values } from './fields';
import { useRemoteValues } from './use-remote-values';

export function fieldErrorText(t: TFunction, error: FieldError): string {
	if (error.key === 'between') return t('form.between', { min: error.min, max: error.max });
	if (error.key === 'least') return t('form.least', { min: error.min });
	if (error.key === 'most') return t('form.most', { max: error.max });
	if (error.key === 'choice') return t('form.choice', { choices: error.choices });
	return t(`form.${error.key}`);
}

interface InputProps {
	field: Field;
	id: string;
	value: string;
	/** The machines that are asked what a remote field may be. */
	hosts: string[];
	/** What the chosen pods have. */
	containers: string[];
	change: (value: string) => void;
	/** What a screen reader says with the label. */
	said: {
		'aria-describedby': string;
		'aria-invalid': boolean;
		'aria-required'?: boolean;
	};
}

/** What the chosen machines have right now; another value may be typed. */
function RemoteInput({ field, id, value, hosts, change, said }: InputProps) {
	const [open, setOpen] = useState(false);
	const options = useRemoteValues(hosts, field, open);

	return (
		<AutoComplete
			{...said}
			id={id}
			value={value}
			placeholder={field.fallback}
			options={options}
			showSearch={{
				filterOption: (text, option) => !!option?.label.toLowerCase().includes(text.toLowerCase()),
			}}
			onOpenChange={setOpen}
			onChange={(text: string) => change(text ?? '')}
		/>
	);
}

/** Some of them, with commas; a name that no pod has told may be typed. */
function ContainersInput({ id, value, containers, change, said }: InputProps) {
	const { t } = useTranslation();

	return (
		<Select
			id={id}
			{...said}
			mode="tags"
			tokenSeparators={[',']}
			value={value.split(',').filter(Boolean)}
			placeholder={t('form.choose')}
			options={containers.map((name) => ({ value: name, label: name }))}
			onChange={(names: string[]) => change(names.join(','))}
		/>
	);
}

function FieldInput(props: InputProps) {
	const { field, id, value, change, said } = props;
	const { t } = useTranslation();

	if (field.kind === 'remote') return <RemoteInput {...props} />;
	if (field.kind === 'containers') return <ContainersInput {...props} />;
	if (field.kind === 'switch')
		return (
			<Switch
				{...said}
				id={id}
				checked={(value || field.fallback) === 'true'}
				onChange={(on) => change(on ? 'true' : 'false')}
			/>
		);
	if (field.kind === 'select')
		return (
			<Select
				{...said}
				id={id}
				allowClear
				value={value || undefined}
				placeholder={field.fallback ?? t('form.choose')}
				onChange={(chosen?: string) => change(chosen ?? '')}
				options={field.options}
			/>
		);
	if (field.kind === 'number')
		return (
			<InputNumber
				{...said}
				id={id}
				stringMode
				className="number"
				value={value || null}
				placeholder={field.fallback}
				suffix={field.unit}
				onChange={(number) => change(number === null ? '' : String(number))}
			/>
		);
	return (
		<Input
			{...said}
			id={id}
			value={value}
			placeholder={field.fallback}
			suffix={field.unit}
			onChange={(event) => change(event.target.value)}
		/>
	);
}

function limitsText(t: TFunction, { min, max }: Field): string {
	if (min !== undefined && max !== undefined) return t('form.between', { min, max });
	if (min !== undefined) return t('form.least', { min });
	return max !== undefined ? t('form.most', { max }) : '';
}

export function ParamForm(props: {
	name: string;
	hosts: string[];
	containers: string[];
	fields: Field[];
	values: Values;
	errors: Record<string, FieldError>;
	change: (values: Values) => void;
}) {
	const { t } = useTranslation();

	return (
		<div className="param-form">
			{props.fields.map((field) => {
				const error = props.errors[field.alias];
				const id = `${props.name}-${field.alias}`;
				const about = `${id}-about`;
				const notes = [field.help, field.kind === 'number' ? limitsText(t, field) : ''];

				return (
					<Form.Item
						key={field.alias}
						htmlFor={id}
						label={<span className="mono">{field.alias}</span>}
						required={field.required}
						validateStatus={error ? 'error' : undefined}
						help={error && <span id={`${id}-error`}>{fieldErrorText(t, error)}</span>}
						extra={<span id={about}>{notes.filter(Boolean).join(' · ')}</span>}
					>
						<FieldInput
							id={id}
							field={field}
							said={{
								'aria-describedby': error ? `${id}-error ${about}` : about,
								'aria-invalid': Boolean(error),
								'aria-required': field.required,
							}}
							hosts={props.hosts}
							containers={props.containers}
							value={props.values[field.alias] ?? ''}
							change={(value) => props.change({ ...props.values, [field.alias]: value })}
						/>
					</Form.Item>
				);
			})}
		</div>
	);
}
