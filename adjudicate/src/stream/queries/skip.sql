-- By hand. The epoch is raised, so that whoever holds the partition writes nothing more from where it stood.
update stream_position
set next_offset = $4,
    skipped = case when $4 > next_offset then skipped + $4 - next_offset else 0 end,
    start_offset = case when $4 > next_offset then start_offset else $4 end,
    violation = case when $4 > next_offset then violation else 0 end,
    manual_check = case when $4 > next_offset then manual_check else 0 end,
    no_offence = case when $4 > next_offset then no_offence else 0 end,
    duplicate = case when $4 > next_offset then duplicate else 0 end,
    dead_letter = case when $4 > next_offset then dead_letter else 0 end,
    owner_epoch = owner_epoch + 1,
    updated_at = now()
where cluster_id = $1 and topic = $2 and partition = $3
