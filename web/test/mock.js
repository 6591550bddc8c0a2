// usage: node test/mock.js [PORT]
//
// A box with fixed answers and the built pages, to look at states of the console that a healthy box
// and a healthy agent do not show: hosts offline, effects that do not bite, steps that failed.
// Runs: /runs/asking /runs/failed /runs/passed. Any user name and password sign in.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const port = Number(process.argv[2] ?? 7001);
const dist = new URL('../dist', import.meta.url).pathname;
const now = Date.now();
let signedIn = true;

const hosts = [
	{ name: 'shop-db-01', ip: '10.0.3.11', app: 'shop', up: true },
	{ name: 'shop-web-01', ip: '10.0.3.21', app: 'shop', up: true },
	{ name: 'shop-web-02', ip: '10.0.3.22', app: 'shop', up: false },
].map((host, index) => ({ ...host, cid: `c${index}` }));

const row = (alias, help, more = {}) => ({
	parameterId: alias,
	alias,
	name: alias,
	description: help,
	type: more.type ?? 1,
	component: {
		type: more.input ?? 'number',
		required: more.required ?? false,
		unit: more.unit,
		defaultValue: more.fallback,
		options: more.options?.map((key) => ({ key, value: key })),
		constraint: more.range && { range: more.range },
	},
});
const percent = { unit: 'percent', range: ['0', '100'] };
const faults = [
	[
		'chaos.cpu.fullload',
		'CPU load',
		'cpu',
		'Uses a share of the CPU time of the machine',
		[
			row('cpu-percent', 'share of CPU time to use', { ...percent, fallback: '100' }),
			row('cpu-list', 'the CPUs to load, as 0,2-3', { input: 'input' }),
		],
	],
	[
		'chaos.network.delay',
		'Network delay',
		'network',
		'Delays the packets of an interface',
		[
			row('time', 'how long each packet is held', {
				unit: 'ms',
				range: ['1', '86400000'],
				required: true,
			}),
			row('interface', 'the interface', { input: 'input', type: 0, required: true }),
			row('remote-port', 'ports of the peer, as 80,8000-8010', { input: 'input', type: 0 }),
			row('force', 'also where other rules stand', { input: 'radio', options: ['true', 'false'] }),
		],
	],
	[
		'chaos.mem.load',
		'Memory load',
		'mem',
		'Uses memory up to a share of the machine',
		[
			row('mem-percent', 'share of memory in use', percent),
			row('mode', 'what is filled', {
				input: 'select',
				options: ['ram', 'cache'],
				fallback: 'ram',
			}),
		],
	],
].map(([code, name, category, description, parameters]) => ({
	functionId: code,
	code,
	name,
	description,
	categoryIds: [category],
	parameters,
}));

const target = (host, more) => ({
	taskId: `${host.cid}-${more.step}`,
	deviceName: host.name,
	hostIp: host.ip,
	state: 'FINISHED',
	result: 'SUCCESS',
	expId: `${host.cid}aa`,
	recovered: true,
	...more,
});
const step = (id, name, phase, more) => ({
	activityTaskId: id,
	miniAppName: name,
	phase,
	flowId: 'f1',
	executableAppCode: phase === 'RECOVER' ? 'chaos.network.delay.stop' : 'chaos.network.delay',
	state: 'FINISHED',
	runResult: 'SUCCESS',
	...more,
});
const effect = (verdict, measured) => ({
	verdict,
	measured,
	requested: 100,
	unit: 'ms',
	what: 'round trip to 10.0.3.1, median of 5',
});
const flags = { arguments: { matcher: { interface: 'eth0' }, action: { time: '100' } } };
const [db, web, off] = hosts;
const attacked = (more = {}) =>
	step('s1', 'Network delay', 'ATTACK', {
		startTime: now - 61_000,
		endTime: now - 60_000,
		runParam: flags,
		apps: [
			target(db, { step: 1, recovered: false, effect: effect('effective', 100.2) }),
			target(web, { step: 1, recovered: false, effect: effect('partial', 61.4) }),
		],
		...more,
	});
const recovery = (more) => step('s2', 'Recover: Network delay', 'RECOVER', more);
const run = (taskId, more) => ({
	taskId,
	experimentId: 'e1',
	experimentName: 'Slow database for the shop',
	startTime: now - 62_000,
	state: 'RUNNING',
	...more,
});
const runs = {
	asking: run('asking', {
		deadline: now + 840_000,
		activities: [
			attacked({ userCheckState: 'USER_CHECK_STATE_WAITING' }),
			recovery({ state: 'READY', runResult: undefined, apps: [] }),
		],
	}),
	failed: run('failed', {
		state: 'FINISHED',
		result: 'FAILED',
		endTime: now,
		activities: [
			attacked({
				runResult: 'FAILED',
				retryable: true,
				apps: [
					target(db, {
						step: 1,
						result: 'FAILED',
						effect: effect('ineffective', 0.3),
						errorMessage: 'the effect was not seen: 0.3 ms of 100 ms',
					}),
					target(off, { step: 1, result: 'FAILED', errorMessage: 'the agent does not answer' }),
				],
			}),
			recovery({ runResult: 'REJECTED', apps: [] }),
		],
	}),
	passed: run('passed', {
		state: 'FINISHED',
		result: 'SUCCESS',
		endTime: now,
		activities: [
			attacked({ apps: [target(db, { step: 1, effect: effect('effective', 100.2) })] }),
			recovery({ apps: [target(db, { step: 2 })] }),
		],
	}),
};

const page = (data) => ({ data, total: data.length, page: 1, pageSize: 500 });
const machines = hosts.map(({ name, ip, cid, app, up }) => ({
	deviceName: name,
	ip,
	deviceConfigurationId: cid,
	app,
	invalid: !up,
	invalidCode: up ? undefined : 'AGENT_OFFLINE',
}));
const flowOf = (code) => {
	const fault = faults.find((one) => one.code === code);
	return {
		attack: [
			{
				app_code: code,
				activityName: fault.name,
				user_check: true,
				arguments: [{ gradeName: '', argumentList: fault.parameters }],
			},
		],
		recover: [{ app_code: `${code}.stop`, activityName: `Recover: ${fault.name}` }],
	};
};

const answers = {
	LoginUserInfo: () => signedIn && { userId: '1', userName: 'mei', license: 'f'.repeat(32) },
	UserLogin: () => (signedIn = true),
	UserRegister: () => true,
	QuerySignUp: () => ({ open: true, first: false }),
	UserLoginout: () => !(signedIn = false),
	QueryNamespaceList: () => [{ id: '1', name: 'default' }],
	QueryInstallCommand: () => ({
		install: `gale-agent --license ${'f'.repeat(32)} --transport.endpoint 10.0.0.1:7001`,
	}),
	PageableQueryExperimentScopes: () =>
		page(
			hosts.map(({ name, ip, cid, app, up }) => ({
				configurationId: cid,
				hostName: name,
				privateIp: ip,
				agentStatus: up ? 2 : 3,
				agentVersion: '0.1.0',
				connectTime: up ? Date.now() - 2000 : now - 7_200_000,
				groups: [app],
				experimentTaskCount: 3,
			})),
		),
	UserScope: () => page(machines),
	GetScopesByApplication: () => page(machines),
	GetUserApplicationSummaries: () =>
		page([{ app_name: 'shop', app_id: '1', online_count: 2, machine_count: 3 }]),
	GetUserApplications: () => page([{ app_name: 'shop', app_id: '1' }]),
	GetUserApplicationGroups: () => ['shop-group'],
	QuerySceneFunctionCategories: () =>
		['cpu', 'network', 'mem'].map((id) => ({ categoryId: id, name: id })),
	QuerySceneFunctionByCategoryId: () => page(faults),
	InitMiniFlowByAppCode: ({ appCode }) => flowOf(appCode),
	CreateExperiment: () => 'e1',
	RunExperiment: () => ({ taskId: 'asking' }),
	PageableQueryUserExperiments: ({ states }) => {
		const content = Object.values(runs)
			.filter((task) => !states || states.includes(task.state))
			.map((task) => ({
				experimentId: task.taskId,
				name: task.experimentName,
				createTime: now - 86_400_000,
				state: task.state === 'FINISHED' ? 'READY' : 'RUNNING',
				task,
			}));
		return { content, total: content.length, currentPage: 1, pageSize: 20 };
	},
	QueryExperiment: () => ({
		experimentId: 'e1',
		basicInfo: { experimentId: 'e1', name: 'Slow database for the shop', state: 'READY' },
		flowInfo: {
			runMode: 'SEQUENCE',
			duration: 900,
			flowGroups: [{ hosts: machines, flows: [flowOf('chaos.network.delay')] }],
		},
	}),
	QueryExperimentTasksByExperimentId: () => Object.values(runs),
	QueryExperimentTask: ({ taskId }) => runs[taskId],
};

async function read(request) {
	let text = '';
	for await (const part of request) text += part;
	return text ? JSON.parse(text) : {};
}

async function answer(action, request, response) {
	const given = await read(request);
	const result = answers[action]?.(given);
	const body = result
		? { success: true, code: '200', result }
		: action === 'LoginUserInfo'
			? { success: false, code: 3001, error: 'sign in first' }
			: given.taskId
				? { success: false, code: 'P_EXPERIMENT_TASK_NOT_FOUND', message: 'no such run' }
				: { success: false, code: 'P_ARGUMENT_ILLEGAL', message: `no answer for ${action}` };
	response.setHeader('Content-Type', 'application/json');
	response.end(JSON.stringify(body));
}

const TYPES = {
	'.html': 'text/html',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.svg': 'image/svg+xml',
};

createServer((request, response) => {
	const [path] = request.url.split('?');
	const events = path.match(/^\/gale\/v1\/tasks\/(\w+)\/events$/);
	if (request.method === 'POST') return void answer(path.replace('/chaos/', ''), request, response);
	if (events) {
		response.setHeader('Content-Type', 'text/event-stream');
		return void response.write(`event: task\ndata: ${JSON.stringify(runs[events[1]])}\n\n`);
	}
	const file = existsSync(join(dist, path)) && path !== '/' ? path : '/index.html';
	response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
	createReadStream(join(dist, file)).pipe(response);
}).listen(port, '127.0.0.1');
