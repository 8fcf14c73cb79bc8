insert into calibration_certificate (id, camera_id, type_approval, valid_from, valid_to)
values ($1, $2, $3, $4, $5)
on conflict (id) do update
set camera_id = excluded.camera_id,
    type_approval = excluded.type_approval,
    valid_from = excluded.valid_from,
    valid_to = excluded.valid_to,
    updated_at = now()
