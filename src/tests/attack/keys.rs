//! H10, H16: what an owner of the database, or of an old key, could do.

use crate::http::http;
use crate::services::database;
use reqwest::{Method, StatusCode};

#[tokio::test]
async fn h10_no_row_and_no_part_of_an_append_only_table_can_be_taken_away() {
    let database = database().await;
    let tables = "select string_agg(relname, ' ') from pg_class join pg_trigger on tgrelid = pg_class.oid
                  where relnamespace = current_schema()::regnamespace and tgname = 'append_only_whole'
                    and relkind in ('r', 'p')";
    let tables = database.text(tables).await.unwrap();
    let mut count = 0;
    for table in tables.split(' ') {
        for statement in ["truncate", "delete from"] {
            let refused = database.execute(&format!("{statement} {table}")).await;
            // An empty table has no row whose deletion could be refused one by one.
            assert!(refused.is_err() || statement == "delete from", "{statement} {table}");
        }
        count += 1;
    }
    eprintln!("H10: {count} tables and parts refuse to be emptied");
    assert!(count > 10, "{count}");
    database.remove().await.unwrap();
}

#[tokio::test]
async fn h16_a_key_ends_with_its_days() {
    let http = http().await;
    let queue = || http.call("reviewer", Method::GET, "/api/v1/review-tasks").send();
    assert_eq!(queue().await.unwrap().status(), StatusCode::OK);
    let used = "select count(*) from api_key where last_used_at is not null";
    assert!(http.cases.count(used).await >= 1, "the use of a key is noted");
    http.cases.database.execute("update api_key set expires_at = now() - interval '1 second'").await.unwrap();
    assert_eq!(queue().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}
