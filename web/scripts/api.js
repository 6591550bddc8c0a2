// usage: gale-box openapi | node scripts/api.js >src/api/generated.ts
//
// The types of the routes that calls.ts names, and of what they take and give, from the document
// that the box prints of its route table.
import { readFileSync } from 'node:fs';

const PLAIN = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean' };
const document = JSON.parse(readFileSync(0, 'utf8'));
const calls = readFileSync(new URL('../src/api/calls.ts', import.meta.url), 'utf8');
const actions = new Set([...calls.matchAll(/call\(\s*'(\w+)'/g)].map(([, action]) => action));

const nameOf = (ref) => ref.split('/').at(-1);
const key = (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`);

function typeOf(schema) {
	if (!schema) return 'undefined';
	if (schema.$ref) return nameOf(schema.$ref);
	if (schema.enum) return schema.enum.map((word) => `'${word}'`).join(' | ');
	if (schema.type === 'array') return `${typeOf(schema.items ?? {})}[]`;
	if (schema.properties) return `{ ${membersOf(schema).join('; ')} }`;
	if (schema.additionalProperties) return `Record<string, ${typeOf(schema.additionalProperties)}>`;
	return PLAIN[schema.type] ?? (schema.type === 'object' ? 'object' : 'unknown');
}

function membersOf({ properties = {}, required = [] }) {
	return Object.entries(properties).map(
		([name, schema]) => `${key(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
	);
}

function interfaceOf([name, schema]) {
	const lines = Object.values(schema.properties ?? {}).flatMap((its, index) => [
		...(its.description ? [`\t/** ${its.description} */`] : []),
		`\t${membersOf(schema)[index]};`,
	]);
	return [`export interface ${name} {`, ...lines, '}'].join('\n');
}

function bodyOf(holder) {
	return Object.values(holder?.content ?? {})[0]?.schema;
}

function routeOf([path, { post }]) {
	const request = bodyOf(post.requestBody);
	const result = bodyOf(post.responses[200])?.properties?.result;
	const types = `request: ${request ? typeOf(request) : 'object'}; result: ${typeOf(result)}`;
	return [`\t/** ${post.summary} */`, `\t${nameOf(path)}: { ${types} };`];
}

/** The names of the schemas that a part of the document leads to. */
function namesIn(part, names = new Set()) {
	for (const [member, value] of Object.entries(part ?? {})) {
		if (member === '$ref' && !names.has(nameOf(value))) {
			names.add(nameOf(value));
			namesIn(document.components.schemas[nameOf(value)], names);
		} else if (typeof value === 'object') namesIn(value, names);
	}
	return names;
}

const routes = Object.entries(document.paths).filter(([path]) => actions.has(nameOf(path)));
const names = namesIn(routes);
const schemas = Object.entries(document.components.schemas).filter(([name]) => names.has(name));
const parts = [
	'// Made by "npm run api" from the document that gale-box prints. Not edited by hand.',
	...schemas.map(interfaceOf),
	['export interface Routes {', ...routes.flatMap(routeOf), '}'].join('\n'),
];
process.stdout.write(`${parts.join('\n\n')}\n`);
