-- Of a pod: its containers' names, a JSON list. '' as long as no report has told the pod in full:
-- reports that tell it in short are then answered as those of an unknown one.
alter table device add column containers text not null default '';
