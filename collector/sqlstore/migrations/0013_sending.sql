-- +goose Up

-- Reports on their way to those who get them. Rows are never removed.
create table sendings (
  cell       text not null,
  id         text not null,
  agreement  text not null,
  period     text not null,         -- 2026-10
  day        text not null,         -- of a provisional report, else ''
  edition    integer not null,      -- of the report
  recipients text not null,         -- JSON list of addresses
  asked      text not null,         -- JSON list of addresses: who is to release it
  draft      text not null,         -- JSON of the report as it is to be released
  state      text not null,         -- as the newest event left it
  since      integer not null,      -- when it did; instants are milliseconds since the Unix epoch
  primary key (cell, id)
);
create index sendings_by_time on sendings (cell, since desc, id);
create index sendings_by_state on sendings (cell, state, since desc, id);

-- What happened to them, in order. Rows are only ever added.
create table sending_events (
  cell    text not null,
  sending text not null,            -- its id
  n       integer not null,         -- from 0
  act     text not null,            -- prepare, release or recall
  event   text not null,            -- JSON, without the entry
  entry   integer not null,         -- of the ledger
  primary key (cell, sending, n)
) without rowid;

-- Mails as they went over the wire.
create table mail_bytes (
  id    text primary key,           -- the Message-ID, as in the outbox
  bytes blob not null
);

-- Mails that did not reach everybody, as far as is known: given up, refused for
-- somebody, or come back.
alter table outbox add column undelivered integer not null default 0;
update outbox set undelivered = 1 where channel = '' and (state = 'failed' or json_array_length(delivery, '$.refused') > 0);
create index outbox_undelivered on outbox (ended) where undelivered = 1 and channel = '';

-- Who was asked how satisfied he is, and what he answered.
create table surveys (
  cell      text not null,
  digest    text not null,          -- SHA-256 of the token
  mail      text not null,          -- Message-ID of the mail that has the token
  agreement text not null,
  service   text not null,
  period    text not null,
  recipient text not null,          -- an address
  language  text not null,
  asked     integer not null,
  expires   integer not null,
  voted     integer not null default 0, -- 0 while there is no vote
  score     integer not null default 0,
  comment   text not null default '',
  entry     integer not null default 0, -- of the ledger
  primary key (cell, digest)
) without rowid;
create index surveys_by_agreement on surveys (cell, agreement, asked);
create index surveys_by_mail on surveys (mail);

-- Mails that came back.
create table bounces (
  n          integer primary key autoincrement,
  at         integer not null,      -- when the report of it was taken
  mail       text not null,         -- Message-ID of what came back
  recipient  text not null,         -- an address
  action     text not null,         -- failed, delayed, delivered, relayed or expanded
  status     text not null,         -- such as 5.1.1
  diagnostic text not null          -- the server's words
);
create unique index bounces_by_mail on bounces (mail, recipient, action, status);

-- +goose Down

drop table bounces;
drop table surveys;
drop index outbox_undelivered;
alter table outbox drop column undelivered;
drop table mail_bytes;
drop table sending_events;
drop table sendings;
