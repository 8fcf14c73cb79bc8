-- Only the head of a key is claimed. A head that another process holds is passed over, and its key with it: the rows
-- behind it still see it unsent.
select effect_id, sequence, topic, message_key, subject_id, payload, headers
from outbox as head
where sent_at is null
  and next_attempt_at <= now()
  and not exists (
      select from outbox as earlier
      where earlier.sent_at is null
        and earlier.topic = head.topic
        and earlier.message_key = head.message_key
        and earlier.sequence < head.sequence
  )
order by sequence
limit $1
for update of head skip locked
