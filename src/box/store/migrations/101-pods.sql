-- An execution may be one order for several pods of a namespace (for nodes: of a cluster); then
-- configuration_id is the cluster's id, and each pod or node has a row with its own result.
alter table execution add column space text not null default '';

create table execution_pod (
	id integer primary key,
	task integer not null references task (id) on delete cascade,
	execution integer not null references execution (id) on delete cascade,
	configuration_id text not null,      -- '' of a node
	name text not null,
	node text not null default '',
	ip text not null default '',
	result integer not null default -1,
	sub_uid text not null default '',    -- of its own experiment, as the agent tells
	error text not null default ''
);

create index execution_pod_task on execution_pod (task);
create index execution_pod_execution on execution_pod (execution);
create index execution_pod_device on execution_pod (configuration_id);

alter table injection add column step integer not null default 0;
alter table injection add column asked_ms integer not null default 0;
