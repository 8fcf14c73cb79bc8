//! PostgreSQL that encrypts: who it is, is proven or it is not used.

use super::certificates::Authority;
use super::secured::Secured;
use adjudicate::foundation::db::{self, ConnectError, PoolPurpose};
use adjudicate::testing::{TestDatabase, database_config};

#[tokio::test]
async fn a_server_that_proves_who_it_is_is_used_and_any_other_is_refused_with_what_to_do() {
    let secured = tokio::task::spawn_blocking(|| Secured::start(false)).await.unwrap();
    let url = secured.database_url();
    let database = TestDatabase::create(&url).await.unwrap();
    let encrypted = "select count(*) from pg_stat_ssl where pid = pg_backend_pid() and ssl";
    assert_eq!(database.number(encrypted).await.unwrap(), 1);
    database.remove().await.unwrap();

    let stranger = Authority::create(&secured.folder.path().join("stranger"));
    let ours = secured.authority.file().display().to_string();
    for (url, told) in [
        (url.replace(&ours, &stranger.file().display().to_string()), "UnknownIssuer"),
        (url.replace("@localhost:", "@127.0.0.1:"), "not valid for name"),
        (url.replace(&ours, "/nowhere/ca.pem"), "No such file"),
    ] {
        let refused = db::connect(&database_config(&url), PoolPurpose::Admin).await.unwrap_err();
        let said = refused.to_string();
        println!("{said}");
        assert!(matches!(refused, ConnectError::Encryption { .. }), "{said}");
        assert!(said.contains(told) && said.contains("check that sslrootcert in database.url"), "{said}");
    }
}
