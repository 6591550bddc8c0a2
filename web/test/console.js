// usage: node test/console.js register|drill URL
//
// A person at the console, end to end. "register" makes an account and prints its licence; "drill"
// signs in and takes a harmless drill from the wizard to its end. Used by tests/web/console.sh.
import { existsSync, readdirSync } from 'node:fs';

import { becomes, button, click, item, link, page, picture, play, sees, tick } from './person.js';

const [task, url] = process.argv.slice(2);
const journal = process.env.JOURNAL;
const hostBox = page.locator('.ant-table-row input[type=checkbox]');

async function enter(way) {
	await page.goto(url);
	if (way === 'register')
		await sees('the first user is told so', page.getByText('Nobody is here yet'));
	await page.getByLabel('User name').fill('mei');
	await page.getByLabel('Password').fill('correct horse battery');
	await picture(way);
	await click(page.locator('button[type=submit]'));
	await sees(`${way}: the drills are shown`, page.getByRole('heading', { name: 'Drills' }));
}

async function register() {
	await enter('register');
	await sees('no drills: it says what to do', page.getByText('No drills yet'));
	await picture('drills-empty');
	await click(link('Agents'));
	await sees('no agents: the install command is shown', page.locator('.command'));
	await click(page.getByText('Kubernetes: Helm'));
	await page.getByLabel('Name of the cluster').fill('east');
	await sees(
		"a cluster's, with its name",
		page.locator('.command', { hasText: 'cluster_id=east' }),
	);
	await picture('agents-empty');
	await click(page.locator('.account'));
	await click(item('Licence'));
	await sees('the licence is shown', page.locator('.ant-modal code', { hasText: /[0-9a-f]{32}/ }));
	const licence = (await page.locator('.ant-modal code').innerText()).trim();
	await sees('the install command has it', page.locator('.command', { hasText: licence }));
	console.log(`licence ${licence}`);
}

async function wrongPassword() {
	await page.goto(url);
	await page.getByLabel('User name').fill('mei');
	await page.getByLabel('Password').fill('not this one');
	await click(page.locator('button[type=submit]'));
	await sees('a wrong password is named', page.getByText('User name or password is wrong.'));
}

const focused = (look) => page.evaluate(look);

async function keyboard() {
	await page.goto(`${url}/drills/none`);
	await link('Go back to Drills').press('Enter');
	await sees('the way out is a link', page.getByRole('heading', { name: 'Drills' }));
	const inPage = () => focused(() => document.activeElement.id);
	await becomes('the keyboard goes on in the page', 'page', inPage);
	await page.locator('.account').press('Enter');
	const inMenu = () => focused(() => document.activeElement.getAttribute('role'));
	await becomes('the menu has the focus', 'menuitem', inMenu);
	await page.keyboard.press('Escape');
	const onButton = () => focused(() => document.activeElement.classList.contains('account'));
	await becomes('and gives it back', true, onButton);
	await page.locator('.skip').press('Enter');
	await becomes('the bar can be skipped', 'page', inPage);
}

async function faults() {
	await click(link('Faults'));
	await sees('the catalogue has cpu fullload', page.getByText('chaos.cpu.fullload'));
	await page.getByPlaceholder('Name or code').fill('cpu.fullload');
	await becomes('the search narrows it', 1, () => page.locator('.fault').count());
	await click(button('Parameters'));
	await sees('with its parameters', page.getByText('--cpu-percent'));
	await picture('faults');
}

async function agents() {
	await click(link('Agents'));
	await sees('the agent is online', page.getByText('online', { exact: true }));
	await picture('agents');
	await click(link('Drill this host'));
}

async function byApplication() {
	await click(page.getByText('By application', { exact: true }));
	await page.getByLabel('Application', { exact: true }).click();
	await page.getByTitle('chaos-default-app').click();
	await sees('its hosts are listed', page.locator('.ant-table-row', { hasText: '127.0.0.1' }));
	await tick(hostBox);
	await sees('and can be chosen', page.getByText('1 host chosen'));
}

async function wizard() {
	await sees('its host is chosen', page.getByText('1 host chosen'));
	await byApplication();
	await picture('new-hosts');
	await click(button('Next'));
	await page.locator('.fault-choice input').fill('cpu.fullload');
	await page.getByTitle('Load the processors', { exact: true }).click();
	await sees('the form of the fault is drawn', page.getByLabel('cpu-percent'));
	await page.getByLabel('cpu-percent').fill('150');
	await click(button('Next'));
	await sees('150 percent is refused', page.getByText('are marked above'));
	await picture('new-faults-refused');
	await page.getByLabel('cpu-percent').fill('10');
	await picture('new-faults');
	await click(button('Next'));
	await page.getByLabel('Name').fill('A little load');
	await page.getByLabel('Longest duration').fill('2');
	await picture('new-how');
	await click(button('Next'));
	await sees('the summary names the order', page.getByText('--cpu-percent 10'));
	await picture('new-check');
	await click(button('Start the drill'));
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
	await click(button('Continue'));
	await healed();
	await picture('run-passed');
	await click(button('Keep it with the run'));
	await sees('feedback is kept', page.getByText('Your feedback is kept'));
}

async function stopAnother() {
	await click(button('Start again'));
	await sees('a second run bites', page.getByText('1 target is under a fault'));
	await click(button('Stop'));
	await sees('it is stopped and ends', button('Start again'));
	await becomes('the host has nothing left', 0, inJournal);
	await picture('run-stopped');
}

async function byItself() {
	await click(link('Faults'));
	const card = page.locator('.fault', { hasText: 'chaos.cpu.fullload' });
	await click(card.getByText('Use in a drill'));
	await tick(hostBox);
	await click(button('Next'));
	await page.getByLabel('cpu-percent').fill('5');
	await click(button('Next'));
	await click(page.getByText('It ends by itself'));
	await page.getByLabel('Each fault stands for').fill('10'); // a slow page must see it stand
	await click(button('Next'));
	await click(button('Start the drill'));
	await sees('it says when it goes on', page.getByText('Goes on in'));
	await picture('run-by-itself');
}

async function chinese() {
	await click(page.locator('.account'));
	await click(item('中文'));
	await sees('the page speaks Chinese', page.getByText('步骤'));
	await picture('run.zh');
	for (const [place, name] of [
		['drills', '演练'],
		['agents', '探针'],
		['faults', '故障场景'],
	]) {
		await click(link(name));
		await sees(`${place} in Chinese`, page.getByRole('heading', { name, exact: true }));
		await picture(`${place}.zh`);
	}
	await click(page.locator('.account'));
	await click(item('English'));
	await sees('and English again', page.getByRole('heading', { name: 'Faults' }));
}

async function leave() {
	await click(page.locator('.account'));
	await click(item('Log out'));
	await sees('logged out', page.getByLabel('User name'));
	await page.goto(`${url}/agents`);
	await sees('and no page without a login', page.getByLabel('User name'));
}

async function drill() {
	await wrongPassword();
	await enter('login');
	await keyboard();
	await faults();
	await agents();
	await wizard();
	await watch();
	await stopAnother();
	await byItself();
	const run = page.url();
	await chinese();
	await page.goto(run);
	await healed();
	await leave();
}

await play(task === 'register' ? register : drill);
