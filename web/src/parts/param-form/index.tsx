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
}

/** What the chosen machines have right now; another value may be typed. */
function RemoteInput({ field, id, value, hosts, change }: InputProps) {
	const [open, setOpen] = useState(false);
	const options = useRemoteValues(hosts, field, open);

	return (
		<AutoComplete
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
function ContainersInput({ id, value, containers, change }: InputProps) {
	const { t } = useTranslation();

	return (
		<Select
			id={id}
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
	const { field, id, value, change } = props;
	const { t } = useTranslation();

	if (field.kind === 'remote') return <RemoteInput {...props} />;
	if (field.kind === 'containers') return <ContainersInput {...props} />;
	if (field.kind === 'switch')
		return (
			<Switch
				id={id}
				checked={(value || field.fallback) === 'true'}
				onChange={(on) => change(on ? 'true' : 'false')}
			/>
		);
	if (field.kind === 'select')
		return (
			<Select
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
				const notes = [field.help, field.kind === 'number' ? limitsText(t, field) : ''];

				return (
					<Form.Item
						key={field.alias}
						htmlFor={id}
						label={<span className="mono">{field.alias}</span>}
						required={field.required}
						validateStatus={error ? 'error' : undefined}
						help={error && fieldErrorText(t, error)}
						extra={notes.filter(Boolean).join(' · ')}
					>
						<FieldInput
							id={id}
							field={field}
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
