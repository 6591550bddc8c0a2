-- A pod is a device that the agent of its cluster reports; agent is null for agents themselves.
alter table device add column agent integer references device (id) on delete cascade;
alter table device add column kub_namespace text not null default '';
alter table device add column node_name text not null default '';
alter table device add column state text not null default '';  -- as kubectl's STATUS
alter table device add column restarts integer not null default 0;
alter table device add column labels text not null default '{}';  -- JSON: text to text

create index device_agent on device (agent) where agent is not null;
