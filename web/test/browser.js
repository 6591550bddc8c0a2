// A Chromium of our own for tests and pictures: no profile of the user's, nothing in the background.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
	'--headless',
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

/** Opens a page; what its console says wrong is gathered in `page.complaints`. */
export async function openPage({ width = 1280, height = 800, lang = 'en-US', dark = false } = {}) {
	const profile = mkdtempSync(join(tmpdir(), 'gale-chromium-'));
	const context = await chromium.launchPersistentContext(profile, {
		executablePath: PROGRAM,
		args: FLAGS,
		viewport: { width, height },
		locale: lang,
		colorScheme: dark ? 'dark' : 'light',
		reducedMotion: 'reduce', // a click on what slides in may be lost
		timeout: 180_000,
	});
	const page = context.pages()[0] ?? (await context.newPage());
	page.setDefaultTimeout(60_000);
	page.complaints = [];
	page.on('console', (message) => {
		if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text());
	});
	page.on('pageerror', (error) => page.complaints.push(String(error)));
	page.done = async () => {
		await context.close();
		rmSync(profile, { recursive: true, force: true });
	};
	return page;
}
