//! The tables of closed lists, which rows refer to: filled from the lists of this program, so that SQL holds no second
//! one. What an older program wrote stays.

use schemas::jurisdiction::Jurisdiction;
use schemas::offence::OffenceKind;
use sqlx::PgConnection;

/// Adds what is missing.
pub(super) async fn fill(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let countries = Jurisdiction::ALL;
    sqlx::query!(
        "insert into jurisdiction (code, currency) select * from unnest($1::text[], $2::text[])
         on conflict do nothing",
        &countries.map(Jurisdiction::code) as _,
        &countries.map(|country| country.currency().code()) as _,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into offence_kind (code) select * from unnest($1::text[]) on conflict do nothing",
        &OffenceKind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
