// A person at the pages: looks, clicks, and says what is wrong. With PICTURES=DIR in the
// environment every picture is kept.
import { mkdirSync } from 'node:fs';

import { openPage } from './browser.js';

const WAIT = 60_000; // for what comes at last on a busy machine
const pictures = process.env.PICTURES;

export const page = await openPage();
let failures = 0;

export function check(what, good, seen = '') {
	console.log(`${good ? 'ok' : 'not ok'} - ${what}${good ? '' : `: ${seen}`}`);
	if (!good) failures++;
}

export async function picture(name) {
	if (!pictures) return;
	mkdirSync(pictures, { recursive: true });
	await page.waitForTimeout(400);
	await page.screenshot({ path: `${pictures}/${name}.png` });
}

export async function sees(what, locator) {
	const found = await locator
		.first()
		.waitFor({ timeout: WAIT })
		.then(() => true)
		.catch(() => false);
	check(what, found, await page.locator('body').innerText());
}

/** What no element alone shows: looked at until it is so. */
export async function becomes(what, wanted, look) {
	const end = Date.now() + WAIT;
	let seen = await look();
	while (seen !== wanted && Date.now() < end) {
		await page.waitForTimeout(100);
		seen = await look();
	}
	check(what, seen === wanted, seen);
}

/**
 * Once a person could click it, and in one piece: between press and release of a mouse the page may
 * be drawn anew, and the click is lost.
 */
export async function click(locator) {
	await locator.click({ trial: true });
	await locator.dispatchEvent('click');
}

export async function tick(box) {
	await click(box);
	await becomes('it is ticked', true, () => box.isChecked());
}

export const button = (name) => page.getByRole('button', { name, exact: true });
export const link = (name) => page.getByRole('link', { name, exact: true });
export const item = (name) => page.getByRole('menuitem', { name, exact: true });

/** Does all of it, and ends the process: 1 when anything was wrong. */
export async function play(story) {
	try {
		await story();
	} catch (error) {
		check(String(error), false, await page.locator('body').innerText());
		await picture('failed');
	}
	check('the browser has no complaint', page.complaints.length === 0, page.complaints.join('\n'));
	await page.done();
	process.exit(failures ? 1 : 0);
}
