-- +goose Up

-- Major incidents whose review is not closed: few, among all that there ever were.
create index incidents_to_review on incidents (cell, began)
  where json_extract(work, '$.major.owner') is not null and json_extract(work, '$.major.reviewed') is null;

-- +goose Down

drop index incidents_to_review;
