-- +goose Up

-- Changes that are major: few, and looked at whenever alerts are made.
create index changes_major on changes (cell, began desc) where json_extract(record, '$.Major');

-- +goose Down

drop index changes_major;
