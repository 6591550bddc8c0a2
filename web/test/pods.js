// usage: node test/pods.js URL
//
// A person who is signed up as "drill" finds the pods of a cluster, and drills two of them. Used by
// tests/web/pods.sh, which plays the cluster.
import { becomes, button, click, item, link, page, picture, play, sees, tick } from './person.js';

const [url, password] = process.argv.slice(2);
const row = (text) => page.locator('.ant-table-row', { hasText: text });

async function enter() {
	await page.goto(url);
	await page.getByLabel('User name').fill('drill');
	await page.getByLabel('Password').fill(password);
	await click(page.locator('button[type=submit]'));
	await sees('signed in', page.getByRole('heading', { name: 'Drills' }));
}

async function places() {
	await click(link('Agents'));
	await sees('the cluster has its agent', row('lane').getByText('Kubernetes'));
	await sees('with its pods', page.getByText('4 pods · node-1'));
	await picture('agents-cluster');
	await click(link('Applications'));
	await click(row('web').getByRole('button'));
	await sees('an application shows its pods', row('web-1').getByText('node-2'));
	await picture('applications');
	await click(link('Faults'));
	await click(page.getByText('Nodes', { exact: true }));
	await sees('nodes have faults of their own', page.getByText('chaos.node-cpu.fullload'));
	await click(link('Agents'));
	await click(link('Drill its pods'));
}

/** One of those that the chosen pods have, and one that is not known. */
async function containers(label) {
	await page.getByLabel(label).click();
	await sees('the containers are offered', page.getByTitle('app', { exact: true }));
	await click(page.getByTitle('proxy', { exact: true }));
	await page.getByLabel(label).pressSequentially('late,');
	await page.getByLabel(label).press('Escape');
}

async function wizard() {
	await sees('all pods are listed', row('db-0'));
	await page.getByPlaceholder('Labels: app=web,tier=front').fill('app=web');
	await page.getByPlaceholder('Labels: app=web,tier=front').press('Enter');
	await becomes('labels narrow the list', 3, () => page.locator('.ant-table-row').count());
	for (const name of ['web-0', 'web-1']) await tick(row(name).locator('input[type=checkbox]'));
	await sees('two are chosen', page.getByText('2 pods chosen'));
	await picture('new-pods');
	await click(button('Next'));
	await click(page.getByText('Containers', { exact: true }));
	await page.locator('.fault-choice input').fill('cpu.fullload');
	await click(page.getByTitle('Load the processors', { exact: true }));
	await page.getByLabel('cpu-percent').fill('60');
	await containers('container-names');
	await picture('new-pod-faults');
	await click(button('Next'));
	await page.getByLabel('Name').fill('Two of three');
	await click(button('Next'));
	await sees('the summary names them', page.getByText('shop/web-0'));
	await picture('new-pods-check');
	await click(button('Start the drill'));
}

async function watch() {
	await sees('each pod has its line', page.locator('.target', { hasText: 'shop/web-1 node-2' }));
	await sees('both are under a fault', page.getByText('2 targets are under a fault'));
	await picture('run-pods');
	await click(button('Continue'));
	await sees('it ends as planned', page.getByText('The drill has ended as planned'));
	await picture('run-pods-passed');
}

async function chinese() {
	await click(page.locator('.account'));
	await click(item('中文'));
	await click(link('应用'));
	await sees('the applications in Chinese', page.getByRole('heading', { name: '应用' }));
	await click(row('web').getByRole('button'));
	await sees('with their pods', row('web-1').getByText('node-2'));
	await picture('applications.zh');
	await page.goto(`${url}/drills/new?on=pods`);
	await sees('and the wizard', page.getByPlaceholder('标签：app=web,tier=front'));
	await picture('new-pods.zh');
}

await play(async () => {
	await enter();
	await places();
	await wizard();
	await watch();
	await chinese();
});
