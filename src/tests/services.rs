//! The real Kafka and PostgreSQL, started once for this binary; each test gets a schema of its own.

use adjudicate::testing::TestDatabase;
use runtime::{Locations, Runtime, ServiceOptions, Services};
use std::sync::OnceLock;

/// The services that all tests share. Destructive tests start services of their own.
pub(crate) fn shared() -> &'static Services {
    static SHARED: OnceLock<Services> = OnceLock::new();
    SHARED.get_or_init(own)
}

/// Services of a test's own, which it may kill. Blocks the thread.
pub(crate) fn own() -> Services {
    with(ServiceOptions { durable: false, ..ServiceOptions::default() })
}

/// The same with other options.
pub(crate) fn with(options: ServiceOptions) -> Services {
    let provisioned = Runtime::fetch(&Locations::from_environment(), false, &mut |_| {}).unwrap();
    Services::start(&provisioned, options).unwrap()
}

/// A fresh, migrated schema on the shared PostgreSQL.
pub(crate) async fn database() -> TestDatabase {
    let url = tokio::task::spawn_blocking(|| shared().database_url()).await.unwrap();
    TestDatabase::create(&url).await.unwrap()
}
