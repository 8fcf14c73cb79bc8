-- What must hold against those who may write.

---------------------------------------------------------------------------------------------------------------------
-- Append only, in every part of a table

-- A trigger for rows is made for each partition, one for the statement is not: truncating a partition passed. A part that is
-- taken off its table keeps the triggers that stand on it.
create function guard_month_partitions() returns void language plpgsql as $$
declare
    parent text;
    part regclass;
begin
    foreach parent in array month_partitioned_tables() loop
        for part in select inhrelid::regclass from pg_inherits
                    where inhparent = format('%I.%I', current_schema(), parent)::regclass loop
            if not exists (select from pg_trigger where tgrelid = part and tgname = 'append_only_whole') then
                execute format('create trigger append_only_whole before truncate on %s for each statement execute function refuse_change()', part);
            end if;
        end loop;
    end loop;
end
$$;
select guard_month_partitions();

-- As before, and guarded.
create or replace function ensure_month_partitions(months_ahead integer) returns integer language plpgsql as $$
declare
    parent text;
    month_start timestamp;
    partition_name text;
    made integer := 0;
begin
    foreach parent in array month_partitioned_tables() loop
        for ahead in 0..months_ahead loop
            month_start := date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead);
            partition_name := parent || to_char(month_start, '"_y"YYYY"m"MM');
            if to_regclass(format('%I.%I', current_schema(), partition_name)) is null then
                execute format('create table %I partition of %I for values from (%L) to (%L)',
                               partition_name, parent,
                               month_start at time zone 'UTC',
                               (month_start + interval '1 month') at time zone 'UTC');
                made := made + 1;
            end if;
        end loop;
    end loop;
    if made > 0 then
        perform guard_month_partitions();
    end if;
    return made;
end
$$;

---------------------------------------------------------------------------------------------------------------------
-- What was seen before

-- An id belongs to the camera that used it: another one's record under the same source and id is another event.
alter table event_identity add column camera_id text not null default '';
alter table event_identity drop constraint event_identity_pkey;
alter table event_identity add primary key (source, event_id, camera_id);

-- The pictures of every case, each once for a plate and a kind of act: the same picture again is the same sighting, under
-- whatever id and time it comes. No picture of the surroundings is among them.
create table frame_use (
    sha256 bytea not null check (octet_length(sha256) = 32),
    -- Empty where no plate was read.
    plate_key text not null,
    -- Code of the act.
    kind text not null,
    case_id uuid not null,
    primary key (sha256, plate_key, kind)
);
