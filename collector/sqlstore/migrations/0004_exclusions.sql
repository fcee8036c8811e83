-- +goose Up

-- Requests for exclusions after the fact. Rows are never removed.
create table exclusions (
  cell         text not null,
  id           text not null,
  agreements   text not null,       -- JSON list of names
  began        integer not null,    -- instants are milliseconds since the Unix epoch
  ended        integer not null,
  cause        text not null,       -- maintenance, force-majeure or customer
  reason       text not null,
  requested_by text not null,
  requested    integer not null,
  entry        integer not null,    -- of the ledger
  state        text not null,       -- as the newest decision left it
  primary key (cell, id)
) without rowid;
create index exclusions_by_state on exclusions (cell, state, requested);

-- What was decided on them, in order. Rows are only ever added.
create table exclusion_decisions (
  cell      text not null,
  exclusion text not null,          -- its id
  n         integer not null,       -- from 0
  act       text not null,          -- approve, reject, withdraw or revoke
  at        integer not null,
  actor     text not null,
  comment   text not null,
  effects   text not null,          -- JSON: figures before and after
  omitted   integer not null,       -- further effects
  entry     integer not null,       -- of the ledger
  primary key (cell, exclusion, n)
) without rowid;
create index exclusion_decisions_by_entry on exclusion_decisions (cell, entry);

-- +goose Down

drop table exclusion_decisions;
drop table exclusions;
