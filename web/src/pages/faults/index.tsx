// The fault catalogue: what can be injected, with every parameter, its unit and its limits.
import { Button, Empty, Input, Spin } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Fault, Scope } from '../../api/types';
import { Choice } from '../../parts/choice';
import { QueryFailure } from '../../parts/failure';
import { LinkButton } from '../../parts/link-button';
import { PageHead } from '../../parts/page-head';
import { useCatalogue, matches, type Group } from '../../parts/use-catalogue';
import { useParam } from '../../parts/use-param';
import { ParameterTable } from './parameter-table';

const SCOPES = ['host', 'pod', 'container', 'node'] as const;

function FaultCard({ fault }: { fault: Fault }) {
	const { t } = useTranslation();
	const [open, setOpen] = useParam('fault');
	const isOpen = open === fault.code;

	return (
		<article className="fault">
			<header>
				<div className="fault-what">
					<h3 id={fault.code}>{fault.name}</h3>
					<code>{fault.code}</code>
					<p className="mono">{fault.description}</p>
				</div>
				<div className="fault-acts">
					<Button
						size="small"
						aria-expanded={isOpen}
						aria-describedby={fault.code}
						onClick={() => setOpen(isOpen ? '' : fault.code)}
					>
						{t(isOpen ? 'faults.hide' : 'faults.parameters')}
					</Button>
					<LinkButton
						size="small"
						aria-describedby={fault.code}
						to={`/drills/new?fault=${fault.code}`}
					>
						{t('faults.use')}
					</LinkButton>
				</div>
			</header>
			{isOpen && <ParameterTable fault={fault} />}
		</article>
	);
}

function Categories(props: { groups: Group[]; chosen: string; choose: (id: string) => void }) {
	const { t } = useTranslation();
	const total = props.groups.reduce((sum, group) => sum + group.faults.length, 0);
	const rows = [
		{ id: '', name: t('faults.all'), count: total },
		...props.groups.map(({ category, faults }) => ({
			id: category.categoryId,
			name: category.name || t('faults.other'),
			count: faults.length,
		})),
	];

	return (
		<nav className="categories" aria-label={t('faults.categories')}>
			{rows.map(({ id, name, count }) => (
				<button
					key={id}
					type="button"
					aria-pressed={id === props.chosen}
					className={id === props.chosen ? 'category here' : 'category'}
					onClick={() => props.choose(id)}
				>
					{name} <span className="faint">{count}</span>
				</button>
			))}
		</nav>
	);
}

function Catalogue({ groups, search }: { groups: Group[]; search: string }) {
	const { t } = useTranslation();
	const [chosen, choose] = useParam('category');
	const shown = groups
		.filter(({ category }) => !chosen || category.categoryId === chosen)
		.map((group) => ({ ...group, faults: group.faults.filter((f) => matches(f, search)) }))
		.filter(({ faults }) => faults.length > 0);

	return (
		<div className="catalogue">
			<Categories groups={groups} chosen={chosen} choose={choose} />
			<div>
				{shown.length === 0 && <Empty description={t('faults.noMatch')} />}
				{shown.map(({ category, faults }) => (
					<section key={category.categoryId}>
						<h2 className="group-name">{category.name || t('faults.other')}</h2>
						{faults.map((fault) => (
							<FaultCard key={fault.code} fault={fault} />
						))}
					</section>
				))}
			</div>
		</div>
	);
}

export default function FaultsPage() {
	const { t } = useTranslation();
	const [search, setSearch] = useParam('q');
	const [scope, setScope] = useParam('scope');
	const catalogue = useCatalogue((scope || 'host') as Scope);

	return (
		<>
			<PageHead name={t('place.faults')} about={t('faults.about')}>
				<Choice<Scope>
					aria-label={t('faults.scope')}
					value={(scope || 'host') as Scope}
					onChange={(next) => setScope(next === 'host' ? '' : next)}
					options={SCOPES.map((value) => ({ value, label: t(`scope.${value}`) }))}
				/>
				<Input.Search
					allowClear
					className="search"
					placeholder={t('faults.search')}
					aria-label={t('faults.search')}
					value={search}
					onChange={(event) => setSearch(event.target.value)}
				/>
			</PageHead>
			{catalogue.isPending && <Spin className="page-spin" />}
			<QueryFailure query={catalogue} />
			{catalogue.data && <Catalogue groups={catalogue.data} search={search} />}
		</>
	);
}
