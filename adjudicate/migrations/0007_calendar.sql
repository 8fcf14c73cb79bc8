-- Days of rest and fines that came after the build (written by `rasid import holidays` and `rasid import tariffs`).

-- A day of rest as announced. It only ever lengthens time limits, so it is never taken back.
create table holiday (
    jurisdiction text not null references jurisdiction (code),
    day date not null,
    name_arabic text not null check (length(name_arabic) between 1 and 200),
    name_english text not null check (length(name_english) between 1 and 200),
    -- Where it was announced.
    source text not null check (length(source) between 1 and 200),
    updated_at timestamptz not null default now(),
    primary key (jurisdiction, day)
);
create trigger keep_version before update on holiday
    for each row execute function keep_register_version();
create trigger append_only_delete before delete on holiday
    for each row execute function refuse_change();
create trigger append_only_whole before truncate on holiday
    for each statement execute function refuse_change();

-- All fines of a country, in the form of schemas/jurisdictions/*/tariffs.toml; the last text of a country counts, with
-- the days that each of its rows is for.
create table tariff_text (
    sequence bigint primary key generated always as identity,
    jurisdiction text not null references jurisdiction (code),
    body text not null,
    sha256 bytea not null check (sha256 = sha256(convert_to(body, 'UTF8'))),
    -- Where it was announced.
    source text not null check (length(source) between 1 and 200),
    imported_at timestamptz not null default now()
);
create index tariff_text_jurisdiction on tariff_text (jurisdiction, sequence);
create trigger append_only before update or delete on tariff_text
    for each row execute function refuse_change();
create trigger append_only_whole before truncate on tariff_text
    for each statement execute function refuse_change();
