import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Button, Card, Form, Select, Spin } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import type { StepProps } from '.';
import * as calls from '../../api/calls';
import type { Scope } from '../../api/types';
import { Choice } from '../../parts/choice';
import { Failure, QueryFailure } from '../../parts/failure';
import { hostId } from '../../parts/host';
import { ParamForm } from '../../parts/param-form';
import { flagsText, rowsOf, valuesOf } from '../../parts/param-form/fields';
import { matches, useCatalogue, type Group } from '../../parts/use-catalogue';
import { useParam } from '../../parts/use-param';
import { containersOf, errorsOfFault, fieldsOfFault, type DraftFault } from './draft';

async function draftFault(code: string, groups: Group[]): Promise<DraftFault> {
	const flow = await calls.flowOfFault(code);
	const known = groups.flatMap(({ faults }) => faults).find((fault) => fault.code === code);
	const attack = flow.attack?.[0];
	return {
		key: crypto.randomUUID?.() ?? `${code}-${Date.now()}`,
		code,
		name: known?.name ?? attack?.activityName ?? code,
		flow,
		values: attack ? valuesOf(rowsOf(attack)) : {},
	};
}

interface Option {
	label: string;
	value?: string;
	options?: Option[];
}

function FaultChoice(props: { groups: Group[]; busy: boolean; choose: (code: string) => void }) {
	const { t } = useTranslation();
	const all = props.groups.flatMap(({ faults }) => faults);

	return (
		<Select<string | null, Option>
			showSearch={{
				filterOption: (text, option) =>
					all.some((fault) => fault.code === option?.value && matches(fault, text)),
			}}
			className="fault-choice"
			value={null}
			loading={props.busy}
			placeholder={t('new.addFault')}
			aria-label={t('new.addFault')}
			onChange={(code: string | null) => code && props.choose(code)}
			options={props.groups.map(({ category, faults }) => ({
				label: category.name || t('faults.other'),
				options: faults.map(({ code, name }) => ({ value: code, label: name })),
			}))}
		/>
	);
}

function FaultForm(props: {
	fault: DraftFault;
	hosts: string[];
	containers: string[];
	index: number;
	count: number;
	strict: boolean;
	change: (fault: DraftFault) => void;
	move: (by: number) => void;
	drop: () => void;
}) {
	const { t } = useTranslation();
	const { fault, index } = props;
	const fields = fieldsOfFault(fault);
	const all = errorsOfFault(fault);
	// An empty required field is an error only once the person tries to go on.
	const errors = props.strict
		? all
		: Object.fromEntries(Object.entries(all).filter(([, { key }]) => key !== 'required'));

	return (
		<Card
			size="small"
			className="fault-form"
			title={`${index + 1}. ${fault.name}`}
			extra={
				<>
					<Button
						type="text"
						icon={<ArrowUpOutlined />}
						aria-label={t('new.up')}
						disabled={index === 0}
						onClick={() => props.move(-1)}
					/>
					<Button
						type="text"
						icon={<ArrowDownOutlined />}
						aria-label={t('new.down')}
						disabled={index === props.count - 1}
						onClick={() => props.move(1)}
					/>
					<Button
						type="text"
						danger
						icon={<DeleteOutlined />}
						aria-label={t('new.drop')}
						onClick={props.drop}
					/>
				</>
			}
		>
			<Form layout="vertical" component={false}>
				<ParamForm
					name={fault.key}
					hosts={props.hosts}
					containers={props.containers}
					fields={fields}
					values={fault.values}
					errors={errors}
					change={(values) => props.change({ ...fault, values })}
				/>
			</Form>
			<code className="order">{`${fault.code} ${flagsText(fields, fault.values)}`}</code>
		</Card>
	);
}

const POD_SCOPES = ['pod', 'container', 'node'] as const;

/** What of the chosen pods the next fault hits. */
function ScopeChoice({ draft, change }: Pick<StepProps, 'draft' | 'change'>) {
	const { t } = useTranslation();

	return (
		<div className="choice">
			<Choice<Scope>
				aria-label={t('faults.scope')}
				value={draft.scope}
				onChange={(scope) => change({ scope })}
				options={POD_SCOPES.map((value) => ({ value, label: t(`scope.${value}`) }))}
			/>
			<span className="faint">{t(`scopeAbout.${draft.scope}`)}</span>
		</div>
	);
}

export function FaultsStep({ draft, change, strict }: StepProps) {
	const { t } = useTranslation();
	const catalogue = useCatalogue(draft.scope);
	const [wanted, setWanted] = useParam('fault');
	const asked = useRef(false);
	const add = useMutation({
		mutationFn: (code: string) => draftFault(code, catalogue.data ?? []),
		onSuccess: (fault) => change({ faults: [...draft.faults, fault] }),
	});
	const { faults } = draft;

	useEffect(() => {
		if (!wanted || !catalogue.data || asked.current) return;
		asked.current = true;
		add.mutate(wanted);
		setWanted('');
	});
	const move = (from: number, by: number) => {
		const next = [...faults];
		const [one] = next.splice(from, 1);
		if (one) next.splice(from + by, 0, one);
		change({ faults: next });
	};

	if (catalogue.isPending) return <Spin className="page-spin" />;
	if (catalogue.error) return <QueryFailure query={catalogue} />;
	return (
		<>
			{faults.map((fault, index) => (
				<FaultForm
					key={fault.key}
					{...{ fault, index, strict }}
					hosts={draft.hosts.map(hostId)}
					containers={containersOf(draft.hosts)}
					count={faults.length}
					change={(next) => change({ faults: faults.map((f, i) => (i === index ? next : f)) })}
					move={(by) => move(index, by)}
					drop={() => change({ faults: faults.filter((_, i) => i !== index) })}
				/>
			))}
			{add.error && <Failure error={add.error} />}
			{draft.on === 'pods' && <ScopeChoice {...{ draft, change }} />}
			<FaultChoice groups={catalogue.data} busy={add.isPending} choose={add.mutate} />
			{faults.length === 0 && <p className="faint">{t('new.faultsHint')}</p>}
		</>
	);
}
