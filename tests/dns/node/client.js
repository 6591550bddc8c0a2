// node client.js ROOT PLAIN MUTUAL CA CERT KEY: calls every service of gale-dns with the official
// client of another ecosystem. Prints what it did; a wrong answer is an exception.
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [root, plain, mutual, ca, cert, key] = process.argv.slice(2);
const options = { keepCase: true, longs: Number, defaults: true };
const load = (file) => grpc.loadPackageDefinition(loader.loadSync(path.join(root, "src", file), options));
const pb = load("dns/door/mesh.proto").pb;
const v1 = load("dns/door/sync.proto").gale.dns.v1;
const health = load("grpc/health.proto").grpc.health.v1;

// ask(client, method, message, options): the answer, or the error.
const ask = (client, method, message, how = {}) =>
	new Promise((resolve) =>
		client[method](message, new grpc.Metadata(), { deadline: Date.now() + 10000, ...how }, (e, answer) =>
			resolve(e ?? answer),
		),
	);

async function legacy() {
	const dns = new pb.DNS(plain, grpc.credentials.createInsecure());
	const pods = [{ namespace: "ns", name: "p1" }];
	const set = { name: "node", action: "error", pods, patterns: ["node.*"] };
	assert.deepEqual(await ask(dns, "SetDNSChaos", set), { result: true, msg: "" });
	const refused = await ask(dns, "SetDNSChaos", { ...set, action: "100 % é" });
	assert.equal(refused.code, grpc.status.INVALID_ARGUMENT);
	assert.match(refused.details, /100 % é/); // percent-encoded on its way
	const patterns = Array.from({ length: 20000 }, (_, i) => `host-${i}.some.long.example.org`);
	const many = await ask(dns, "SetDNSChaos", { ...set, name: "many", patterns });
	assert.equal(many.result, true, many.details);
	assert.equal((await ask(dns, "CancelDNSChaos", { name: "many" })).result, true);
	const all = Array.from({ length: 500 }, () => ask(dns, "CancelDNSChaos", { name: "none" }));
	assert.equal((await Promise.all(all)).filter((a) => a.result === true).length, 500);
	console.log("pb.DNS: set, refused, 20,000 patterns, 500 calls at a time");
	dns.close();
}

async function compressed() {
	const gzip = { "grpc.default_compression_algorithm": grpc.compressionAlgorithms.gzip };
	const dns = new pb.DNS(plain, grpc.credentials.createInsecure(), gzip);
	const answer = await ask(dns, "CancelDNSChaos", { name: "a name that is long enough to compress" });
	assert.equal(answer.code, grpc.status.UNIMPLEMENTED);
	console.log(`gzip: ${answer.details}`);
	dns.close();
}

async function large() {
	const dns = new pb.DNS(plain, grpc.credentials.createInsecure(), { "grpc.max_send_message_length": -1 });
	const answer = await ask(dns, "CancelDNSChaos", { name: "x".repeat(17 * 1024 * 1024) });
	assert.equal(answer.code, grpc.status.RESOURCE_EXHAUSTED);
	console.log(`17 MiB: ${answer.details}`);
	dns.close();
}

async function operator() {
	const read = (file) => fs.readFileSync(file);
	const dns = new v1.DNS(mutual, grpc.credentials.createSsl(read(ca), read(key), read(cert)), {
		"grpc.ssl_target_name_override": "gale-dns",
	});
	const experiment = {
		uid: "one",
		clients: ["192.0.2.0/24"],
		patterns: ["*"],
		action: "delay",
		delay_ms: 100,
		ttl: 0,
		deadline_ms: Date.now() + 60000,
	};
	const taken = await ask(dns, "Sync", { owner: "node", experiments: [experiment] });
	assert.equal(taken.standing, 1, taken.details);
	const state = await ask(dns, "GetState", { owner: "node" });
	assert.equal(state.experiments[0].experiment.uid, "one");
	assert.equal(state.experiments[0].experiment.ttl, 0);
	assert.equal((await ask(dns, "Sync", { owner: "node" })).generation, 2);
	console.log("gale.dns.v1: sync, state, empty sync");
	dns.close();
}

async function well() {
	const client = new health.Health(plain, grpc.credentials.createInsecure());
	for (const service of ["", "pb.DNS", "chaos_dns.DNS", "gale.dns.v1.DNS", "grpc.health.v1.Health"])
		assert.equal((await ask(client, "Check", { service })).status, 1);
	assert.equal((await ask(client, "Check", { service: "x.Y" })).code, grpc.status.NOT_FOUND);
	console.log("health: serving");
	client.close();
}

(async () => {
	await legacy();
	await compressed();
	await large();
	await operator();
	await well();
})().catch((e) => {
	console.error(e.message);
	process.exit(1);
});
