-- Every record of a topic that left rows: its case or dead letter, else the identity that it claimed.
select partition as "partition!", record_offset as "record_offset!", kind as "kind!", case_id, reference, plate_key,
       amount, captured_at, reasons, event_source, event_id
from (
    select origin.partition, origin.record_offset, 'violation' as kind, violation.id as case_id,
           violation.reference, violation.plate_key, violation.amount, violation.captured_at,
           null::text[] as reasons, origin.event_source, origin.event_id
    from case_origin_record as origin
    join violation on violation.id = origin.case_id and violation.recorded_at = origin.opened_at
    where origin.cluster_id = $1 and origin.topic = $2
    union all
    select origin.partition, origin.record_offset, 'manual_check', null, null, manual.plate_key, null,
           manual.captured_at, manual.reasons, origin.event_source, origin.event_id
    from case_origin_record as origin
    join manual_check as manual on manual.id = origin.case_id and manual.recorded_at = origin.opened_at
    where origin.cluster_id = $1 and origin.topic = $2
    union all
    select partition, record_offset, 'dead_letter', null, null, null, null, null, array[reason], event_source, event_id
    from dead_letter where cluster_id = $1 and topic = $2
    union all
    select identity.partition, identity.record_offset, 'without_case', null, null, null, null, null, null,
           identity.event_source, identity.event_id
    from (select partition, record_offset, source as event_source, event_id
          from event_identity where cluster_id = $1 and topic = $2) as identity
    where not exists (select from case_origin_record as origin
                      where (origin.event_source, origin.event_id) = (identity.event_source, identity.event_id))
) as record
order by partition, record_offset
