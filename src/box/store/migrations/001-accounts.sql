-- Users, their sessions and namespaces, and who did what. Times are ms since 1970.
create table user (
	id integer primary key,
	user_id text not null unique,
	name text not null collate nocase unique,
	password_hash text not null,
	license text not null unique,
	secret_key text not null,
	created_ms integer not null,
	last_login_ms integer
);

-- Wrong passwords in a row, for a name that need not exist, from one address.
create table login_failure (
	name text not null collate nocase,
	remote text not null,
	failures integer not null,
	locked_until_ms integer not null,
	primary key (name, remote)
) without rowid;

create table session (
	token_hash text primary key,
	user integer not null references user (id) on delete cascade,
	created_ms integer not null,
	expires_ms integer not null
) without rowid;

create index session_expiry on session (expires_ms);

create table namespace (
	id integer primary key,
	user integer not null references user (id) on delete cascade,
	name text not null,
	description text not null default '',
	created_ms integer not null,
	unique (user, name)
);

create table audit (
	id integer primary key,
	at_ms integer not null,
	user integer references user (id) on delete set null,
	remote text not null,
	action text not null,
	outcome text not null,
	detail text not null default ''
);

create index audit_user on audit (user, at_ms);
