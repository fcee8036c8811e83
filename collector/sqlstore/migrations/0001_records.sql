-- +goose Up

-- What the evaluator knew, up to a position in the journal.
create table checkpoint (
  cell   text primary key,
  cursor integer not null,          -- the next journal position to read
  probes text    not null           -- JSON: the names of the probes that were evaluated
) without rowid;

create table words (
  cell     text not null,
  probe    text not null,
  location text not null,
  agent    text not null,
  hold_ms  integer not null,
  confirm  integer not null,
  stream   blob not null,           -- docs/formats/records.md
  last     blob not null,           -- the newest measurement, as in the push protocol
  primary key (cell, probe, location, agent)
) without rowid;

create table received (
  cell  text not null,
  agent text not null,
  epoch text not null,
  seqs  blob not null,              -- interval set, as in the push protocol
  primary key (cell, agent, epoch)
) without rowid;

create table agents (
  cell   text not null,
  agent  text not null,
  status text not null,             -- JSON
  primary key (cell, agent)
) without rowid;

create table incidents (
  cell         text not null,
  id           text not null,
  service      text not null,
  began        integer not null,    -- instants are milliseconds since the Unix epoch
  detected     integer not null,
  restored     integer not null,    -- 0 while it lasts
  resolved     integer not null,    -- 0 while it is open
  downtime_ms  integer not null,
  acknowledged integer not null,
  acked_by     text not null,
  causes       text not null,       -- JSON
  agreements   text not null,       -- JSON
  primary key (cell, id)
) without rowid;
create index incidents_by_service on incidents (cell, service, began);
create index incidents_open on incidents (cell, began) where resolved = 0;
create index incidents_by_time on incidents (cell, began desc, id);

create table incident_events (
  cell     text not null,
  incident text not null,
  n        integer not null,
  at       integer not null,
  kind     text not null,
  actor    text not null,
  body     text not null,
  primary key (cell, incident, n),
  foreign key (cell, incident) references incidents (cell, id)
) without rowid;

-- Mail that is to leave the process, and what became of it.
create table outbox (
  id       text primary key,        -- the Message-ID
  state    text not null,           -- pending, sending, sent or failed
  next     integer not null,        -- when it is due
  enqueued integer not null,
  message  text not null,           -- JSON
  delivery text not null            -- JSON
) without rowid;
create index outbox_due on outbox (state, next, enqueued, id);

create table reports (
  cell      text not null,
  agreement text not null,
  period    text not null,          -- 2026-10
  made      integer not null,
  model     text not null,          -- JSON
  html      blob not null,
  body      blob not null,          -- the text part
  primary key (cell, agreement, period, made)
) without rowid;

create table audit (
  n       integer primary key autoincrement,
  at      integer not null,
  actor   text not null,            -- as signed in, or as claimed
  role    text not null,
  means   text not null,            -- how the actor was known
  remote  text not null,
  action  text not null,
  object  text not null,
  outcome text not null,            -- allowed, refused or failed
  reason  text not null
);

-- Records that were understood by nobody, or that contradict an earlier one.
create table set_aside (
  n      integer primary key autoincrement,
  at     integer not null,
  agent  text not null,
  epoch  text not null,
  seq    integer not null,
  reason text not null,
  record blob not null
);
create index set_aside_by_time on set_aside (at);

create table settings (
  key   text primary key,
  value blob not null
) without rowid;

-- +goose Down
drop table settings;
drop table set_aside;
drop table audit;
drop table reports;
drop table outbox;
drop table incident_events;
drop table incidents;
drop table agents;
drop table received;
drop table words;
drop table checkpoint;
