-- The wait doubles with each failure, from $3 to at most $4 seconds. The exponent is bounded, or it would overflow.
update outbox
set attempts = attempts + 1,
    last_error = failure.reason,
    next_attempt_at = clock_timestamp()
        + make_interval(secs => least($4::float8, $3::float8 * power(2, least(attempts, 30))))
from unnest($1::bigint[], $2::text[]) as failure (sequence, reason)
where outbox.sequence = failure.sequence and outbox.sent_at is null
