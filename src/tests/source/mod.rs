//! The sources as text: what the workspace is made of, read without compiling it.

pub(crate) mod code;
pub(crate) mod functions;
pub(crate) mod modules;
pub(crate) mod paths;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A crate of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) manifest: PathBuf,
    /// Root files of the library and the programs; those of tests are left out.
    pub(crate) targets: Vec<PathBuf>,
}

/// What cargo says of our own packages.
pub(crate) fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    serde_json::from_value(metadata["packages"].take()).unwrap()
}

pub(crate) fn members() -> Vec<Member> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let is_product = |target: &&Value| {
        let kinds = target["kind"].as_array().unwrap();
        kinds.iter().any(|kind| matches!(kind.as_str(), Some("lib" | "bin" | "proc-macro")))
    };
    packages()
        .iter()
        .map(|package| Member {
            name: text(&package["name"]),
            manifest: PathBuf::from(text(&package["manifest_path"])),
            targets: package["targets"]
                .as_array()
                .unwrap()
                .iter()
                .filter(is_product)
                .map(|target| PathBuf::from(text(&target["src_path"])))
                .collect(),
        })
        .collect()
}

/// How messages name a file: from the root of the workspace.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
