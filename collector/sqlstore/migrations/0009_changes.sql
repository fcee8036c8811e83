-- +goose Up

-- Changes and releases that people and pipelines told of. Rows are never removed.
create table changes (
  cell     text not null,
  id       text not null,
  began    integer not null,    -- instants are milliseconds since the Unix epoch
  ended    integer not null,    -- began of one that takes no time
  services text not null,       -- JSON list of names
  record   text not null,       -- JSON, the rest of what was told and by whom
  state    text not null,       -- recorded or withdrawn, as the newest event left it
  entry    integer not null,    -- of the ledger
  primary key (cell, id)
) without rowid;
create index changes_by_time on changes (cell, began);

-- What was said of them, in order. Rows are only ever added.
create table change_events (
  cell   text not null,
  change text not null,         -- its id
  n      integer not null,      -- from 0
  act    text not null,         -- withdraw, reinstate, fail or succeed
  event  text not null,         -- JSON, without the entry
  entry  integer not null,      -- of the ledger
  primary key (cell, change, n)
) without rowid;

-- +goose Down

drop table change_events;
drop table changes;
