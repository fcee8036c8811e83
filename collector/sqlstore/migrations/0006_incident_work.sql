-- +goose Up
alter table incidents add column "trigger" text not null default 'service_down';
alter table incidents add column "key"     text not null default '';
alter table incidents add column summary   text not null default '';
alter table incidents add column parent    text not null default '';   -- ID of the incident that it is part of
alter table incidents add column work      text not null default '{}'; -- JSON: what people made of it
create index incidents_parts on incidents (cell, parent) where parent != '';

alter table incident_events add column value  text    not null default '';
alter table incident_events add column undoes integer not null default 0;

-- +goose Down
alter table incident_events drop column undoes;
alter table incident_events drop column value;
drop index incidents_parts;
alter table incidents drop column work;
alter table incidents drop column parent;
alter table incidents drop column summary;
alter table incidents drop column "key";
alter table incidents drop column "trigger";
