// Puts a .br and a .gz beside each file of dist that gets smaller by it; the box serves those.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist', import.meta.url).pathname;

for (const name of readdirSync(dist, { recursive: true })) {
	const path = join(dist, name);
	if (!statSync(path).isFile() || /\.(br|gz)$/.test(name)) continue;
	const plain = readFileSync(path);
	const copies = {
		'.br': brotliCompressSync(plain, {
			params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
		}),
		'.gz': gzipSync(plain, { level: 9 }),
	};
	for (const [ending, packed] of Object.entries(copies))
		if (packed.length < plain.length) writeFileSync(path + ending, packed);
}
