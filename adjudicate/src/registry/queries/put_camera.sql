insert into camera (id, kind, instrument)
values ($1, $2, $3)
on conflict (id) do update
set kind = excluded.kind,
    instrument = excluded.instrument,
    updated_at = now()
