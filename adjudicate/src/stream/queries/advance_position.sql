update stream_position
set next_offset = $6,
    violation = violation + $7,
    manual_check = manual_check + $8,
    no_offence = no_offence + $9,
    duplicate = duplicate + $10,
    dead_letter = dead_letter + $11,
    skipped = skipped + $12,
    updated_at = now()
where cluster_id = $1 and topic = $2 and partition = $3
  and owner_epoch = $4 and next_offset = $5
