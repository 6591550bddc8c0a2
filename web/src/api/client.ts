// One call of the console's REST interface: POST /chaos/<Action>, JSON both ways.
import { currentLang } from '../text';
import type { Routes } from './generated';

/** Both envelopes of the interface; `error` is the one that the account routes use. */
interface Envelope {
	success?: boolean;
	code?: string | number;
	message?: string;
	error?: string;
	result?: unknown;
}

export class ApiError extends Error {
	constructor(
		readonly code: string,
		message: string,
	) {
		super(message);
		this.name = 'ApiError';
	}
}

const NAMESPACE = 'gale.namespace';

export function currentNamespace(): string {
	return localStorage.getItem(NAMESPACE) ?? 'default';
}

export function changeNamespace(name: string) {
	localStorage.setItem(NAMESPACE, name);
}

/** The account routes answer with numbers where the others answer with names. */
const NAMES: Record<string, string> = {
	3001: 'P_LOGIN_MISSED',
	3005: 'P_LOGIN_FORBINATION',
	3100: 'P_USER_OPERATION_LIMITED',
	3101: 'P_USER_PERMISSION_DENIED',
};

export function isSignedOut(error: unknown): boolean {
	return error instanceof ApiError && error.code === 'P_LOGIN_MISSED';
}

async function send(action: string, body: object, signal?: AbortSignal): Promise<Response> {
	try {
		return await fetch(`/chaos/${action}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ ...body, Lang: currentLang(), namespace: currentNamespace() }),
			signal,
		});
	} catch (error) {
		if (signal?.aborted) throw error;
		throw new ApiError('UNREACHABLE', '');
	}
}

export async function call<Action extends keyof Routes>(
	action: Action,
	body: Routes[Action]['request'],
	signal?: AbortSignal,
): Promise<Routes[Action]['result']> {
	const response = await send(action, body, signal);
	let envelope: Envelope;
	try {
		envelope = (await response.json()) as Envelope;
	} catch {
		throw new ApiError(`HTTP_${response.status}`, '');
	}
	if (!envelope.success) {
		const code = String(envelope.code ?? response.status);
		throw new ApiError(NAMES[code] ?? code, envelope.message ?? envelope.error ?? '');
	}
	return envelope.result as Routes[Action]['result'];
}
