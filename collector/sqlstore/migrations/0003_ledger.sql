-- +goose Up

-- The ledger: docs/formats/ledger.md. Rows are only ever added.
create table ledger_entries (
  cell    text not null,
  n       integer not null,         -- index, from 0 without holes
  kind    text not null,            -- as in the record
  subject text not null,            -- as in the record
  record  blob not null,            -- JSON in its canonical form
  primary key (cell, n)
) without rowid;
create index ledger_by_subject on ledger_entries (cell, kind, subject, n);

create table ledger_hashes (
  cell text not null,
  n    integer not null,            -- stored hash index
  hash blob not null,               -- SHA-256
  primary key (cell, n)
) without rowid;

create table ledger_checkpoints (
  cell text not null,
  size integer not null,            -- number of entries
  note text not null,               -- signed
  primary key (cell, size)
) without rowid;

-- What entries refer to by its SHA-256.
create table ledger_contents (
  cell    text not null,
  digest  text not null,            -- hexadecimal
  content blob not null,
  primary key (cell, digest)
) without rowid;

-- The entry that has the line's digest; -1 where the line is older.
alter table audit add column entry integer not null default -1;

-- +goose Down

alter table audit drop column entry;
drop table ledger_contents;
drop table ledger_checkpoints;
drop table ledger_hashes;
drop table ledger_entries;
