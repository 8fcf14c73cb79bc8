insert into sign_state (site_id, valid_from, valid_to, condition, limit_kmh)
values ($1, $2, $3, $4, $5)
on conflict (site_id, valid_from) do update
set valid_to = excluded.valid_to,
    condition = excluded.condition,
    limit_kmh = excluded.limit_kmh,
    updated_at = now()
