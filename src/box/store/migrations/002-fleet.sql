-- Agents and what runs on them. Times are ms since 1970.
create table device (
	id integer primary key,
	user integer not null references user (id) on delete cascade,
	namespace text not null,
	configuration_id text not null,
	device_id text not null,
	device_type integer not null,
	hostname text not null,
	private_ip text not null,
	public_ip text not null default '',
	port integer not null,
	os_type integer not null default 0,
	cpu integer not null default 0,
	mem_mb integer not null default 0,
	uptime text not null default '',
	startup_mode text not null default '',
	agent_mode text not null default 'host',
	cluster_id text not null default '',
	cluster_name text not null default '',
	version text not null default '',
	chaos_version text not null default '',
	status integer not null,
	reachable integer not null default 1,
	connected_ms integer not null,
	last_ping_ms integer not null,
	unique (user, configuration_id)
);

create table application (
	id integer primary key,
	user integer not null references user (id) on delete cascade,
	namespace text not null,
	name text not null,
	app_type integer not null default 0,
	created_ms integer not null,
	unique (user, namespace, name)
);

create table app_group (
	id integer primary key,
	application integer not null references application (id) on delete cascade,
	name text not null,
	unique (application, name)
);

-- A host agent (or, later, a pod) as member of an application.
create table app_device (
	id integer primary key,
	device integer not null unique references device (id) on delete cascade,
	application integer not null references application (id) on delete cascade,
	app_group integer not null references app_group (id) on delete cascade
);

create index app_device_application on app_device (application, app_group);
