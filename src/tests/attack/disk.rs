//! H5, H15: what comes to lie on the disk, and who may read it.

use super::{Service, document, files_below, form};
use reqwest::StatusCode;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const QUOTA_BYTES: u64 = 30_000_000;
const FILE_BYTES: usize = 9_000_000;

#[tokio::test]
async fn h5_refused_forms_leave_nothing_in_the_evidence_and_no_more_than_the_quota_in_staging() {
    let service = Service::start(&format!("uploads_bytes_max = {QUOTA_BYTES}\n")).await;
    let reference = service.cases.violation(0, 300).await;
    let cookie = service.cookie(&reference).await;
    for number in 0..4 {
        let files = [document(2 * number, FILE_BYTES), document(2 * number + 1, FILE_BYTES)];
        let token = service.token(&reference, &cookie).await;
        let refused = service.send_form(&reference, &cookie, form(&token, "\u{200B}", &files)).await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (staged, kept): (Vec<_>, Vec<_>) = files_below(service.folder.path())
        .into_iter()
        .filter(|(path, _)| !is_of_the_test(path))
        .partition(|(path, _)| path.components().any(|part| part.as_os_str() == "uploads"));
    assert_eq!(kept, [], "the evidence or the documents hold what nobody filed");
    let bytes: u64 = staged.iter().map(|(_, bytes)| bytes).sum();
    eprintln!("H5: 4 refused forms of 18 MB: {bytes} bytes wait in staging");
    assert!(bytes <= QUOTA_BYTES, "{bytes}");
    assert_eq!(service.cases.count("select count(*) from attachment").await, 0);
}

/// The test's own configuration and log.
fn is_of_the_test(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "rasid.toml" || name == "log")
}

#[tokio::test]
async fn h15_keys_pictures_and_documents_are_for_their_owner_alone() {
    let service = Service::start("").await;
    let reference = service.cases.violation(0, 300).await;
    let cookie = service.cookie(&reference).await;
    let files = [document(1, 10_000)];
    let token = service.token(&reference, &cookie).await;
    let waiting = service.send_form(&reference, &cookie, form(&token, "\u{200B}", &files)).await.unwrap();
    assert_eq!(waiting.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let token = service.token(&reference, &cookie).await;
    let filed = service.send_form(&reference, &cookie, form(&token, "a story", &files)).await.unwrap();
    assert_eq!(filed.status(), StatusCode::SEE_OTHER);
    let documents: Vec<_> =
        files_below(service.folder.path()).into_iter().filter(|(path, _)| !is_of_the_test(path)).collect();
    // The one that waits, the one that was filed, and the key under which forms are sealed.
    assert_eq!(documents.len(), 3, "{documents:?}");
    for (file, _) in &documents {
        assert_eq!(mode(file), 0o600, "{}", file.display());
        for folder in file.ancestors().skip(1).take_while(|folder| *folder != service.folder.path()) {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
        }
    }
    assert!(service.evidence().is_dir());
    let keys = service.folder.path().join("keys.toml");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo");
    let made = Command::new(env!("CARGO_BIN_EXE_rasid"))
        .arg("send")
        .arg(demo)
        .arg("--make-keys")
        .arg(&keys)
        .current_dir(service.folder.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(mode(&keys), 0o600);
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
