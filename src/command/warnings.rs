//! What a process that serves can do without, and should not.

use crate::stream::Shared;
use adjudicate::foundation::db::Database;
use adjudicate::foundation::roles::Standing;

/// Without a key, whoever owns the tables can change what was recorded, and nothing tells.
pub(super) fn without_key(shared: &Shared) {
    if shared.server_key.is_none() {
        tracing::warn!(
            "nothing is signed: signing.key_file is not set; `rasid server-key make` makes a key, and `rasid verify` then \
             finds what somebody changed"
        );
    }
}

/// Whoever owns the tables could drop their triggers: a process that serves need not.
pub(super) async fn of_owner(database: &Database) -> anyhow::Result<()> {
    let Standing { role, is_owner } = database.standing().await?;
    if is_owner {
        tracing::warn!(
            "this process runs as {role}, who owns the tables and could change what was recorded; make another role, name \
             it in database.write_role and database.url, the owner in database.migrate_url, and run `rasid migrate`"
        );
    }
    Ok(())
}
