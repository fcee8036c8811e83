-- +goose Up

-- What forecasts of capacity said of one time ahead, and how it was.
create table forecasts (
  cell     text not null,
  resource text not null,
  series   text not null,           -- label=value, by label, with commas; empty where it is one series
  due      integer not null,        -- the time that it speaks of; Unix milliseconds
  made     integer not null,        -- when it was said; Unix milliseconds
  ceiling  real not null,           -- the limit at the time
  low      real not null,           -- of the interval
  expected real not null,
  high     real not null,
  actual   real,                    -- the level as it was; null until it is known
  primary key (cell, resource, series, due, made)
) without rowid;
create index forecasts_by_due on forecasts (cell, due) where actual is null;

-- +goose Down

drop table forecasts;
