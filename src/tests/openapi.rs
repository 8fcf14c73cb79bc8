//! The API's document as it was last reviewed: a change of the API shows as a change of `openapi.json`.

use std::path::Path;

#[test]
fn the_document_is_the_one_that_was_reviewed() {
    let reviewed = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/openapi.json");
    let current = web::open_api().to_pretty_json().unwrap() + "\n";
    let kept = std::fs::read_to_string(&reviewed).unwrap_or_default();
    if kept != current {
        let proposed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
        std::fs::write(&proposed, current).unwrap();
        panic!(
            "the API has changed; look at `diff {} {}` and copy the second over the first if the change is meant",
            reviewed.display(),
            proposed.display()
        );
    }
}
