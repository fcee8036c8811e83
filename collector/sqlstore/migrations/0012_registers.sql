-- +goose Up

-- Items of the registers of the management system. Rows are never removed.
create table register_items (
  cell     text not null,
  register text not null,       -- such as complaints
  id       text not null,
  created  integer not null,    -- instants are milliseconds since the Unix epoch
  state    text not null,       -- as the newest event left it
  fields   text not null,       -- JSON object: the values by field, as the newest event left them
  version  integer not null,    -- how many events it has
  primary key (cell, register, id)
) without rowid;
create index register_items_by_state on register_items (cell, register, state, created);

-- What was done to them, in order. Rows are only ever added.
create table register_events (
  cell     text not null,
  register text not null,
  item     text not null,       -- its id
  n        integer not null,    -- from 1
  act      text not null,       -- create, change or undo
  event    text not null,       -- JSON, without the entry
  entry    integer not null,    -- of the ledger
  primary key (cell, register, item, n)
) without rowid;

-- +goose Down

drop table register_events;
drop table register_items;
