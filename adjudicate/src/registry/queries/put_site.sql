insert into site (id, jurisdiction, name_arabic, name_english, limit_kmh)
values ($1, $2, $3, $4, $5)
on conflict (id) do update
set jurisdiction = excluded.jurisdiction,
    name_arabic = excluded.name_arabic,
    name_english = excluded.name_english,
    limit_kmh = excluded.limit_kmh,
    updated_at = now()
