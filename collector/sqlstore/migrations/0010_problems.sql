-- +goose Up

-- Problems: causes of incidents. Rows are never removed.
create table problems (
  cell    text not null,
  id      text not null,
  service text not null,         -- '' where it is about none
  mode    text not null,         -- the failure mode that its incidents share; '' where it has none
  began   integer not null,      -- of its first event; instants are milliseconds since the Unix epoch
  state   text not null,         -- as the newest event left it
  primary key (cell, id)
) without rowid;
create index problems_by_state on problems (cell, state, began);
create index problems_by_service on problems (cell, service, began);

-- What happened to them, in order. Rows are only ever added.
create table problem_events (
  cell    text not null,
  problem text not null,         -- its id
  n       integer not null,      -- from 1
  act     text not null,
  event   text not null,         -- JSON, without the entry
  entry   integer not null,      -- of the ledger
  primary key (cell, problem, n)
) without rowid;

-- The incidents that each problem has, as the events left it.
create table problem_incidents (
  cell     text not null,
  problem  text not null,
  incident text not null,
  primary key (cell, problem, incident)
) without rowid;
create index problem_incidents_by_incident on problem_incidents (cell, incident);

-- Service requests: counts of a service, or of an agreement about it, in a day
-- or a month. A correction is a new version; rows are only ever added.
create table service_requests (
  cell      text not null,
  service   text not null,
  agreement text not null,       -- '' where they are of no agreement
  period    text not null,       -- 2026-10, or 2026-10-03
  version   integer not null,    -- from 1
  received  integer not null,
  completed integer not null,
  in_target integer not null,
  total_s   integer not null,    -- of the completed ones, from reception to completion
  at        integer not null,
  actor     text not null,
  primary key (cell, service, agreement, period, version)
) without rowid;

-- +goose Down

drop table service_requests;
drop table problem_incidents;
drop table problem_events;
drop table problems;
