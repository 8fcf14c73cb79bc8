-- Roles: `rasid migrate` owns the tables, `rasid run` and `rasid serve` write rows, replay and reports read. What each may
-- do to which table stands in adjudicate/src/foundation/roles.rs and is granted by `rasid migrate` after this.

---------------------------------------------------------------------------------------------------------------------
-- What runs as the owner, whoever calls it

-- Locks violations in the order of their ids: row locks need the right to update, which nobody has on what is never changed.
create function lock_violations(wanted text[]) returns void language plpgsql as $$
begin
    perform violation_id from violation_reference where reference = any(wanted) order by violation_id for update;
end
$$;

-- Each in the schema of the tables alone, or a caller could put his own tables in front.
do $$
declare
    name text;
begin
    foreach name in array array['lock_violations(text[])', 'ensure_month_partitions(integer)', 'guard_month_partitions()',
                                'keep_register_version()'] loop
        execute format('alter function %s security definer set search_path = %I, pg_temp', name, current_schema());
        execute format('revoke all on function %s from public', name);
    end loop;
end
$$;

---------------------------------------------------------------------------------------------------------------------
-- Append only, whatever becomes of a part

-- As before, and with a trigger for rows of its own: those that a part has of its table go when it is taken off.
create or replace function guard_month_partitions() returns void language plpgsql as $$
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
            if not exists (select from pg_trigger where tgrelid = part and tgname = 'append_only_part') then
                execute format('create trigger append_only_part before update or delete on %s for each row execute function refuse_change()', part);
            end if;
        end loop;
    end loop;
end
$$;
select guard_month_partitions();

-- For event triggers, which only a superuser can make: `rasid migrate` does where it is one. They stand in the way of an
-- owner's mistake and of whoever has the owner's password alone; a superuser can switch them off (`set event_triggers = off`),
-- and that is how a month is dropped that was kept long enough.
create function refuse_loosening() returns event_trigger language plpgsql as $$
declare
    own constant oid := current_schema()::regnamespace;
    loosened text;
begin
    if tg_event = 'sql_drop' then
        select object_identity into loosened from pg_event_trigger_dropped_objects()
        where object_type = 'trigger' and address_names[1] = current_schema()
          and address_names[3] like 'append\_only%'
        limit 1;
    elsif exists (select from pg_event_trigger_ddl_commands() where schema_name = current_schema()) then
        select format('%s on %s', tgname, tgrelid::regclass) into loosened
        from pg_trigger join pg_class on pg_class.oid = tgrelid
        where relnamespace = own
          and ((tgname like 'append\_only%') <> (tgfoid = 'refuse_change()'::regprocedure)
               or (tgname like 'append\_only%' and tgqual is not null)
               or (tgname like 'append\_only%' and tgenabled not in ('O', 'A'))
               or (tgname = 'append_only_part' and not relispartition))
        limit 1;
        if loosened is null then
            select object_identity into loosened from pg_event_trigger_ddl_commands()
            where objid in ('refuse_change()'::regprocedure, 'refuse_loosening()'::regprocedure);
        end if;
    end if;
    if loosened is not null then
        raise exception '% guards what is never changed; a superuser may lift it with set event_triggers = off', loosened
            using errcode = 'insufficient_privilege';
    end if;
end
$$;
do $$
begin
    execute format('alter function refuse_loosening() set search_path = %I, pg_temp', current_schema());
end
$$;
