-- Every record of a topic that left rows: its case or dead letter, else the identity that it claimed.
select partition as "partition!", record_offset as "record_offset!", kind as "kind!", case_id, reference, plate_key,
       amount, captured_at, reasons, event_source, event_id
from (
    select violation.partition, violation.record_offset, 'violation' as kind, violation.id as case_id,
           violation.reference, violation.plate_key, violation.amount, violation.captured_at,
           null::text[] as reasons, violation.event_source, violation.event_id
    from violation where cluster_id = $1 and topic = $2
    union all
    select partition, record_offset, 'manual_check', id, null, plate_key, null, captured_at, reasons, event_source,
           event_id
    from manual_check where cluster_id = $1 and topic = $2
    union all
    select partition, record_offset, 'dead_letter', null, null, null, null, null, array[reason], event_source, event_id
    from dead_letter where cluster_id = $1 and topic = $2
    union all
    select identity.partition, identity.record_offset, 'without_case', null, null, null, null, null, null,
           identity.event_source, identity.event_id
    from (select partition, record_offset, source as event_source, event_id
          from event_identity where cluster_id = $1 and topic = $2) as identity
    where not exists (select from violation
                      where (violation.event_source, violation.event_id) = (identity.event_source, identity.event_id))
      and not exists (select from manual_check
                      where (manual_check.event_source, manual_check.event_id)
                          = (identity.event_source, identity.event_id))
) as record
order by partition, record_offset
