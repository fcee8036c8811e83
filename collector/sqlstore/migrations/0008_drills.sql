-- +goose Up

-- Drills of continuity plans. Rows are never removed.
create table drills (
  cell     text not null,
  id       text not null,
  plan     text not null,
  name     text not null,       -- of the plan's drill
  declared integer not null,    -- the disruption; instants are milliseconds since the Unix epoch
  by       text not null,
  terms    text not null,       -- JSON: what is done and what it is held against
  state    text not null,       -- as the newest event left it
  primary key (cell, id)
) without rowid;
create index drills_by_plan on drills (cell, plan, declared);

-- What happened to them, in order. Rows are only ever added.
create table drill_events (
  cell  text not null,
  drill text not null,          -- its id
  n     integer not null,       -- from 0
  act   text not null,          -- declare, finish, abort or review
  event text not null,          -- JSON, without the entry
  entry integer not null,       -- of the ledger
  primary key (cell, drill, n)
) without rowid;

-- +goose Down

drop table drill_events;
drop table drills;
