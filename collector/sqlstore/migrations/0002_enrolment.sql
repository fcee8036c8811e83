-- +goose Up

-- Invitations of agents. What is kept of the secret is its digest.
create table invitations (
  cell     text not null,
  id       text not null,
  digest   blob not null,           -- SHA-256 of the secret
  agent    text not null,           -- '' where any new agent may use it
  location text not null,
  created  integer not null,        -- instants are milliseconds since the Unix epoch
  created_by text not null,
  expires  integer not null,
  used     integer not null,        -- 0 while it is not
  used_by  text not null,           -- the agent
  key      blob not null,           -- SHA-256 of the public key that used it
  primary key (cell, id)
) without rowid;

-- Certificates of agents, for as long as they could be shown.
create table certificates (
  cell     text not null,
  serial   text not null,           -- hexadecimal
  agent    text not null,
  location text not null,
  issued   integer not null,
  expires  integer not null,
  primary key (cell, serial)
) without rowid;
create index certificates_by_agent on certificates (cell, agent, issued);

-- Agents of which no certificate counts that was issued up to an instant, also
-- one that is not in the table above.
create table revocations (
  cell  text not null,
  agent text not null,
  at    integer not null,
  actor text not null,
  primary key (cell, agent)
) without rowid;

-- +goose Down

drop table revocations;
drop table certificates;
drop table invitations;
