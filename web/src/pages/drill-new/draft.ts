// A drill while it is being written: from what a person chose to the definition that the box takes.
import type { Activity, Definition, Flow, Host, RunMode, Scope } from '../../api/types';
import {
	checkFields,
	fieldsOf,
	fillGrades,
	rowsOf,
	type Values,
} from '../../parts/param-form/fields';

export interface DraftFault {
	key: string;
	code: string;
	name: string;
	flow: Flow;
	values: Values;
}

export interface Draft {
	name: string;
	/** Hosts, or the pods of clusters. */
	on: 'hosts' | 'pods';
	/** What the next fault is chosen for, of pods. */
	scope: Scope;
	by: 'agent' | 'application';
	appId?: string;
	appName?: string;
	appGroups: string[];
	hosts: Host[];
	faults: DraftFault[];
	runMode: RunMode;
	/** A person says when a fault has stood long enough; else it stands for `hold` seconds. */
	userCheck: boolean;
	hold: number;
	/** Seconds after which the box takes everything back. */
	duration: number;
}

export const EMPTY: Draft = {
	name: '',
	on: 'hosts',
	scope: 'host',
	by: 'agent',
	appGroups: [],
	hosts: [],
	faults: [],
	runMode: 'SEQUENCE',
	userCheck: true,
	hold: 30,
	duration: 900,
};

export const SHORTEST = 10;
export const LONGEST = 86400;

/** The faults of hosts are none of pods: what was chosen goes when the kind of target changes. */
export function changeTargets(on: Draft['on']): Partial<Draft> {
	return { on, scope: on === 'pods' ? 'pod' : 'host', hosts: [], faults: [] };
}

/** The containers of pods, each name once. */
export function containersOf(pods: Host[]): string[] {
	return [...new Set(pods.flatMap(({ containers }) => containers ?? []))].sort();
}

/** The attack of a flow: the row that carries the fault's parameters. */
export function attackOf({ flow }: DraftFault): Activity | undefined {
	return flow.attack?.[0];
}

export function fieldsOfFault(fault: DraftFault) {
	const attack = attackOf(fault);
	return attack ? fieldsOf(rowsOf(attack)) : [];
}

export function errorsOfFault(fault: DraftFault) {
	return checkFields(fieldsOfFault(fault), fault.values);
}

/** How long the faults stand by the draft's own plan, without a person. */
export function plannedSeconds({ userCheck, hold, runMode, faults }: Draft): number {
	if (userCheck) return 0;
	return runMode === 'SEQUENCE' ? hold * faults.length : hold;
}

export type DraftError =
	'noHosts' | 'noFaults' | 'badParameters' | 'noName' | 'badDuration' | 'badHold' | 'holdTooLong';

/** What stands in the way of leaving a step of the wizard, or null. */
export function stepError(draft: Draft, step: number): DraftError | null {
	if (step === 0) return draft.hosts.length ? null : 'noHosts';
	if (step === 1) {
		if (draft.faults.length === 0) return 'noFaults';
		const bad = draft.faults.some((fault) => Object.keys(errorsOfFault(fault)).length > 0);
		return bad ? 'badParameters' : null;
	}
	if (step !== 2) return null;
	if (!draft.name.trim()) return 'noName';
	const { duration, hold, userCheck } = draft;
	if (!(duration >= SHORTEST && duration <= LONGEST)) return 'badDuration';
	if (!userCheck && !(hold >= 1)) return 'badHold';
	return plannedSeconds(draft) >= duration ? 'holdTooLong' : null;
}

/** In a row each fault stands for its time; side by side the last one keeps all of them up. */
function holdAfter(draft: Draft, index: number): number {
	const last = index === draft.faults.length - 1;
	return draft.userCheck || (draft.runMode === 'PHASE' && !last) ? 0 : draft.hold * 1000;
}

function asksAfter(draft: Draft, index: number): boolean {
	const last = index === draft.faults.length - 1;
	return draft.userCheck && (draft.runMode === 'SEQUENCE' || last);
}

function flowOf(draft: Draft, fault: DraftFault, index: number): Flow {
	const quiet = (activity: Activity): Activity => ({ ...activity, user_check: false });
	const attack = (fault.flow.attack ?? []).map((activity, at) => ({
		...activity,
		arguments: at === 0 ? fillGrades(activity.arguments ?? [], fault.values) : activity.arguments,
		user_check: asksAfter(draft, index),
		pauses: { before: 0, after: holdAfter(draft, index) },
	}));

	return {
		...fault.flow,
		name: fault.name,
		order: index,
		prepare: fault.flow.prepare?.map(quiet),
		attack,
		check: fault.flow.check?.map(quiet),
		recover: fault.flow.recover?.map(quiet),
	};
}

export function definitionOf(draft: Draft): Definition {
	const byApplication = draft.by === 'application';

	return {
		runMode: draft.runMode,
		duration: draft.duration,
		flowGroups: [
			{
				groupName: draft.name.trim(),
				order: 0,
				scopeType: draft.on === 'pods' ? 2 : 0,
				osType: 0,
				selectType: 1,
				appId: byApplication ? draft.appId : undefined,
				appName: byApplication ? draft.appName : undefined,
				appGroups: byApplication ? draft.appGroups : undefined,
				hosts: draft.hosts,
				flows: draft.faults.map((fault, index) => flowOf(draft, fault, index)),
			},
		],
	};
}
