// usage: node test/console.js register|drill URL
//
// A person at the console, end to end. "register" makes an account and prints its licence; "drill"
// signs in and takes a harmless drill from the wizard to its end. Used by tests/web/console.sh.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';

import { openPage } from './browser.js';

const [task, url] = process.argv.slice(2);
const pictures = process.env.PICTURES;
const journal = process.env.JOURNAL;
const page = await openPage();
const WAIT = 20_000;
let failures = 0;

function check(what, good, seen = '') {
	console.log(`${good ? 'ok' : 'not ok'} - ${what}${good ? '' : `: ${seen}`}`);
	if (!good) failures++;
}

async function picture(name) {
	if (!pictures) return;
	mkdirSync(pictures, { recursive: true });
	await page.waitForTimeout(400);
	await page.screenshot({ path: `${pictures}/${name}.png` });
}

async function sees(what, locator, timeout = WAIT) {
	const found = await locator
		.first()
		.waitFor({ timeout })
		.then(() => true)
		.catch(() => false);
	check(what, found, await page.locator('body').innerText());
	return found;
}

// What no element of the page shows: looked at until it is so.
async function becomes(what, wanted, look) {
	const end = Date.now() + WAIT;
	let seen = await look();
	while (seen !== wanted && Date.now() < end) {
		await page.waitForTimeout(100);
		seen = await look();
	}
	check(what, seen === wanted, seen);
}

const button = (name) => page.getByRole('button', { name, exact: true });

async function enter(way) {
	await page.goto(url);
	if (way === 'register')
		await sees('the first user is told so', page.getByText('Nobody is here yet'));
	await page.getByLabel('User name').fill('mei');
	await page.getByLabel('Password').fill('correct horse battery');
	await picture(way);
	await page.locator('button[type=submit]').click();
	await sees(`${way}: the drills are shown`, page.getByRole('heading', { name: 'Drills' }));
}

async function register() {
	await enter('register');
	await sees('no drills: it says what to do', page.getByText('No drills yet'));
	await picture('drills-empty');
	await page.getByRole('link', { name: 'Agents' }).click();
	await sees('no agents: the install command is shown', page.locator('.command'));
	await picture('agents-empty');
	await page.locator('.account').click();
	await page.getByRole('menuitem', { name: 'Licence' }).click();
	const licence = await page.locator('.ant-modal code').innerText();
	check('the install command has the licence', (await page.content()).includes(licence), licence);
	console.log(`licence ${licence.trim()}`);
}

async function wrongPassword() {
	await page.goto(url);
	await page.getByLabel('User name').fill('mei');
	await page.getByLabel('Password').fill('not this one');
	await page.locator('button[type=submit]').click();
	await sees('a wrong password is named', page.getByText('User name or password is wrong.'));
}

async function faults() {
	await page.getByRole('link', { name: 'Faults' }).click();
	await sees('the catalogue has cpu fullload', page.getByText('chaos.cpu.fullload'));
	await page.getByPlaceholder('Name or code').fill('cpu.fullload');
	await becomes('the search narrows it', 1, () => page.locator('.fault').count());
	await button('Parameters').click();
	await sees('with its parameters', page.getByText('--cpu-percent'));
	await picture('faults');
}

async function agents() {
	await page.getByRole('link', { name: 'Agents' }).click();
	await sees('the agent is online', page.getByText('online', { exact: true }));
	await picture('agents');
	await page.getByRole('link', { name: 'Drill this host' }).click();
}

async function byApplication() {
	await page.getByText('By application', { exact: true }).click();
	await page.getByLabel('Application', { exact: true }).click();
	await page.getByTitle('chaos-default-app').click();
	await sees('its hosts are listed', page.locator('.ant-table-row', { hasText: '127.0.0.1' }));
	await page.locator('.ant-table-row input[type=checkbox]').check();
	await sees('and can be chosen', page.getByText('1 host chosen'));
}

async function wizard() {
	await sees('its host is chosen', page.getByText('1 host chosen'));
	await byApplication();
	await picture('new-hosts');
	await button('Next').click();
	await page.locator('.fault-choice').click();
	await page.keyboard.type('fullload');
	await page.keyboard.press('Enter');
	await sees('the form of the fault is drawn', page.getByLabel('cpu-percent'));
	await page.getByLabel('cpu-percent').fill('150');
	await button('Next').click();
	await sees('150 percent is refused', page.getByText('are marked above'));
	await picture('new-faults-refused');
	await page.getByLabel('cpu-percent').fill('10');
	await picture('new-faults');
	await button('Next').click();
	await page.getByLabel('Name').fill('A little load');
	await page.getByLabel('Longest duration').fill('2');
	await picture('new-how');
	await button('Next').click();
	await sees('the summary names the order', page.getByText('--cpu-percent 10'));
	await picture('new-check');
	await button('Start the drill').click();
}

function inJournal() {
	return journal && existsSync(journal) ? readdirSync(journal).length : 0;
}

async function healed() {
	await sees('it ends as planned', page.getByText('The drill has ended as planned'));
	const inPlace = page.getByText('in place', { exact: true });
	await becomes('nothing is in place', 0, () => inPlace.count());
	await becomes('the host has nothing in its journal', 0, inJournal);
}

async function watch() {
	await sees('one target is under a fault', page.getByText('1 target is under a fault'));
	await sees('the effect is measured', page.locator('.verdict.effective, .verdict.partial'));
	await sees('requested is shown', page.locator('.figures', { hasText: 'requested 10' }));
	await sees('the page is live', page.getByText('live', { exact: true }));
	await sees('time is left', page.getByText('left until all is taken back'));
	await sees('stop is there', button('Stop'));
	await becomes('the host has it in its journal', 1, inJournal);
	await picture('run');
	await page.reload();
	await sees('a reload shows the same', page.getByText('1 target is under a fault'));
	await button('Continue').click();
	await healed();
	await picture('run-passed');
	await button('Keep it with the run').click();
	await sees('feedback is kept', page.getByText('Your feedback is kept'));
}

async function stopAnother() {
	await button('Start again').click();
	await sees('a second run bites', page.getByText('1 target is under a fault'));
	await button('Stop').click();
	await sees('it is stopped and ends', button('Start again'));
	await becomes('the host has nothing left', 0, inJournal);
	await picture('run-stopped');
}

async function byItself() {
	await page.getByRole('link', { name: 'Faults' }).click();
	await page
		.locator('.fault', { hasText: 'chaos.cpu.fullload' })
		.getByText('Use in a drill')
		.click();
	await page.locator('.ant-table-row input[type=checkbox]').check();
	await button('Next').click();
	await page.getByLabel('cpu-percent').fill('5');
	await button('Next').click();
	await page.getByText('It ends by itself').click();
	await page.getByLabel('Each fault stands for').fill('10'); // a slow page must see it stand
	await button('Next').click();
	await button('Start the drill').click();
	await sees('it says when it goes on', page.getByText('Goes on in'));
	await picture('run-by-itself');
	await healed();
}

async function chinese() {
	await page.locator('.account').click();
	await page.getByRole('menuitem', { name: '中文' }).click();
	await sees('the page speaks Chinese', page.getByText('步骤'));
	await picture('run.zh');
	for (const [place, name] of [
		['drills', '演练'],
		['agents', '探针'],
		['faults', '故障场景'],
	]) {
		await page.getByRole('link', { name, exact: true }).click();
		await sees(`${place} in Chinese`, page.getByRole('heading', { name, exact: true }));
		await picture(`${place}.zh`);
	}
	await page.locator('.account').click();
	await page.getByRole('menuitem', { name: 'English' }).click();
	await sees('and English again', page.getByRole('heading', { name: 'Faults' }));
}

async function leave() {
	await page.locator('.account').click();
	await page.getByRole('menuitem', { name: 'Log out' }).click();
	await sees('logged out', page.getByLabel('User name'));
	await page.goto(`${url}/agents`);
	await sees('and no page without a login', page.getByLabel('User name'));
}

async function drill() {
	await wrongPassword();
	await enter('login');
	await faults();
	await agents();
	await wizard();
	await watch();
	await stopAnother();
	await byItself();
	await chinese();
	await leave();
}

try {
	await (task === 'register' ? register() : drill());
} catch (error) {
	check(String(error), false, await page.locator('body').innerText());
	await picture('failed');
}
check('the browser has no complaint', page.complaints.length === 0, page.complaints.join('\n'));
await page.done();
process.exit(failures ? 1 : 0);
