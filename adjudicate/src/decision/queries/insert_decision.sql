insert into decision (id, task_id, case_id, reviewer_id, lease_id, frames_opened, reason_arabic, reason_english,
                      decided_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
