-- Drills: what is to be done, and each run of it. Times are ms since 1970; 0 stands for never.
create table experiment (
	id integer primary key,
	user integer not null references user (id) on delete cascade,
	namespace text not null,
	name text not null,
	description text not null default '',
	state integer not null,              -- -1 draft, 0 ready, 1 running
	result integer not null default -1,  -- of the last run
	task integer not null default 0,     -- the last run
	definition text not null,            -- JSON: groups of flows of activities, as checked
	details text not null default '{}',  -- JSON: miniAppDesc, relations, outerId, source
	cron text not null default '',       -- schedulerConfig, for lists
	created_ms integer not null,
	modified_ms integer not null
);

create index experiment_user on experiment (user, created_ms);

create table experiment_tag (
	experiment integer not null references experiment (id) on delete cascade,
	name text not null,
	primary key (experiment, name)
) without rowid;

-- Which machines and applications a drill names.
create table experiment_host (
	experiment integer not null references experiment (id) on delete cascade,
	configuration_id text not null,      -- '' for a part of the application's machines
	application text not null default '',
	primary key (experiment, configuration_id, application)
) without rowid;

create index experiment_host_device on experiment_host (configuration_id);

create table experiment_log (
	id integer primary key,
	experiment integer not null references experiment (id) on delete cascade,
	at_ms integer not null,
	operator text not null,
	change_type text not null,
	change_desc text not null default '',
	property_id text not null default ''
);

create index experiment_log_experiment on experiment_log (experiment, at_ms);

create table tag (
	id integer primary key,
	user integer not null references user (id) on delete cascade,
	name text not null,
	code text not null default '',
	type integer not null default 0,
	created_ms integer not null,
	unique (user, type, name)
);

-- One run. wake_ms is the earliest timer of the run and of all that hangs on it.
create table task (
	id integer primary key,
	experiment integer not null references experiment (id) on delete cascade,
	user integer not null references user (id) on delete cascade,
	namespace text not null,
	name text not null,
	state integer not null,
	result integer not null default -1,
	start_ms integer not null,
	end_ms integer not null default 0,
	duration_s integer not null,
	deadline_ms integer not null,
	guard_fired integer not null default 0,
	wake_ms integer not null,
	seed integer not null,
	feedback integer not null default -1,
	message text not null default ''
);

create index task_wake on task (wake_ms) where wake_ms > 0;
create index task_user on task (user, start_ms);
create index task_experiment on task (experiment, start_ms);

create table activity (
	id integer primary key,
	task integer not null references task (id) on delete cascade,
	seq integer not null,
	definition_id text not null,
	flow_id text not null,
	app_code text not null,
	name text not null,
	arguments text not null,
	phase integer not null,
	needs_check integer not null,
	interrupt integer not null,
	tolerance integer not null,
	pause_before_ms integer not null,
	pause_after_ms integer not null,
	attack integer not null,             -- seq of what it takes back, or -1
	state integer not null default 0,
	result integer not null default -1,
	user_check integer not null default -1,
	step integer not null default 0,
	retrying integer not null default 0,
	wake_ms integer not null default 0,
	start_ms integer not null default 0,
	end_ms integer not null default 0,
	error text not null default '',
	unique (task, seq)
);

create table execution (
	id integer primary key,
	task integer not null references task (id) on delete cascade,
	activity integer not null references activity (id) on delete cascade,
	configuration_id text not null,
	host_ip text not null,
	device_name text not null,
	state integer not null default 0,
	result integer not null default -1,
	ask integer not null default 0,
	due_ms integer not null default 0,
	start_ms integer not null default 0,
	end_ms integer not null default 0,
	code integer not null default -1,
	error text not null default '',
	effect text,
	request text,
	response text
);

create index execution_task on execution (task);
create index execution_activity on execution (activity);
create index execution_device on execution (configuration_id);

-- One uid. It is stored before it is sent, so that a repeated step repeats the same uid.
create table injection (
	uid text primary key,
	task integer not null references task (id) on delete cascade,
	execution integer not null references execution (id) on delete cascade,
	state integer not null,
	wanted_gone integer not null default 0,
	sends integer not null default 0,
	tries integer not null default 0,
	sent_ms integer not null default 0,
	deadline_ms integer not null default 0,
	due_ms integer not null default 0,
	error text not null default ''
);

create index injection_task on injection (task);
create index injection_execution on injection (execution);
create index injection_left on injection (state) where state < 4;

create table feedback (
	task integer primary key references task (id) on delete cascade,
	id text not null unique,
	expectation integer,
	business integer,
	memo text not null default '',
	extra text,
	at_ms integer not null
);
