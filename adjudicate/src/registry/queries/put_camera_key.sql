-- A key keeps its camera and its bytes for ever: old events were signed with them. An import that says otherwise
-- fails on the key's camera or bytes (not null) instead of being taken over in silence.
insert into camera_key (id, camera_id, public_key, valid_from, valid_until, revoked_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (id) do update
set camera_id = case when camera_key.camera_id = excluded.camera_id then camera_key.camera_id end,
    public_key = case when camera_key.public_key = excluded.public_key then camera_key.public_key end,
    valid_from = excluded.valid_from,
    valid_until = excluded.valid_until,
    revoked_at = least(camera_key.revoked_at, excluded.revoked_at),
    updated_at = now()
