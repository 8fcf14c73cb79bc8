//! Tests of `model_card`.

use super::*;
use schemas::jurisdiction::Jurisdiction;

fn copied() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in COMPILED_IN {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// Changes a contract and writes its new checksum into the lock, so that only the contract can be refused.
fn change(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let old = std::fs::read_to_string(&path).unwrap();
    let new = old.replacen(from, to, 1);
    assert_ne!(old, new, "{from} is not in {file}");
    std::fs::write(&path, &new).unwrap();
    let lock = std::fs::read_to_string(folder.join(LOCK_FILE)).unwrap();
    let lock = lock.replace(&hex::encode(Sha256::digest(&old)), &hex::encode(Sha256::digest(&new)));
    std::fs::write(folder.join(LOCK_FILE), lock).unwrap();
}

#[test]
fn the_compiled_in_models_fit_their_lock() {
    let models = Models::load(None).unwrap();
    assert_eq!(models.locate.classes[0].jurisdiction(), Some(Jurisdiction::Egypt));
    assert_eq!(models.digest.len(), 64);
}

#[test]
fn a_changed_net_is_refused() {
    let folder = copied();
    std::fs::write(folder.path().join("read.onnx"), b"other").unwrap();
    let error = Models::load(Some(folder.path())).unwrap_err();
    assert!(matches!(error, ModelError::Checksum { file, .. } if file == "read.onnx"));
}

#[test]
fn an_unknown_key_in_a_contract_is_refused() {
    let folder = copied();
    change(folder.path(), "read.yaml", "beam_width:", "beam_widht: 3\nbeam_width:");
    let error = Models::load(Some(folder.path())).unwrap_err();
    assert!(matches!(error, ModelError::Contract { file, .. } if file == "read.yaml"));
}

#[test]
fn a_letter_that_stands_twice_is_refused() {
    let folder = copied();
    change(folder.path(), "read.yaml", "- B\n", "- A\n");
    let error = Models::load(Some(folder.path())).unwrap_err();
    assert!(matches!(error, ModelError::Rule { file, .. } if file == "read.yaml"));
}

#[test]
fn a_folder_without_models_names_the_missing_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = Models::load(Some(folder.path())).unwrap_err();
    assert!(error.to_string().contains("models.lock"), "{error}");
}
