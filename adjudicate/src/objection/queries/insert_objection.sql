with filed as (
    insert into objection (id, reference, jurisdiction, plate_key, state, language, story, lateness_reason, party,
                           contact, filed_at)
    values ($1, $2, $3, $4, 'filed', $5, $6, $7, $8, $9, $10)
    returning id, version, state, filed_at
)
insert into objection_event (objection_id, version, event, to_state, actor, recorded_at)
select id, version, 'filed', state, $11, filed_at from filed
