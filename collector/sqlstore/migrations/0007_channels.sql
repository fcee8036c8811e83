-- +goose Up

-- The outbox also carries what channels are told. Mail has the channel '',
-- and each mail is a subject of its own.
alter table outbox add column channel text not null default '';
alter table outbox add column subject text not null default ''; -- what is about one subject leaves in order
alter table outbox add column n integer not null default 0;     -- the order within channel and subject
alter table outbox add column ended integer not null default 0; -- when it became sent or failed
update outbox set subject = id;
drop index outbox_due;
create index outbox_due on outbox (channel, state, next, enqueued, id);
create index outbox_order on outbox (channel, subject, n);

-- +goose Down

drop index outbox_order;
drop index outbox_due;
delete from outbox where channel != '';
alter table outbox drop column ended;
alter table outbox drop column n;
alter table outbox drop column subject;
alter table outbox drop column channel;
create index outbox_due on outbox (state, next, enqueued, id);
