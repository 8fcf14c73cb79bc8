//! The server's key on disk: one file that only its owner may read, and beside it the public keys of this installation,
//! old ones with their time, which everybody may have.

pub mod copies;
pub mod verify;

use crate::private_file;
use anyhow::{Context, anyhow, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use schemas::seal::keys::{KeyPeriod, ServerKeys};
use schemas::seal::{ServerKey, ServerPublicKey};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Bits that let others than the owner use a file.
const OTHERS: u32 = 0o077;
/// What the file of public keys is called, behind the name of the private one.
const PUBLIC_SUFFIX: &str = ".public.toml";
/// Folder of copies of checkpoints, in the one of the evidence.
const COPIES_FOLDER: &str = "checkpoints";

/// `[signing]`: what the installation vouches for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningConfig {
    /// The file of the private key; without it nothing is signed.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// How often heads of chains that changed are sealed, seconds.
    pub checkpoint_interval_seconds: u64,
    /// Folder of copies of checkpoints; `checkpoints` in the folder of the evidence if none is set.
    #[serde(default)]
    pub checkpoints_directory: Option<PathBuf>,
}

/// One public key in the file of all of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicKeyLine {
    id: String,
    /// Base64 of 32 bytes.
    public_key: String,
    from: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicKeyFile {
    #[serde(default)]
    key: Vec<PublicKeyLine>,
}

impl SigningConfig {
    /// Checks what types cannot.
    ///
    /// # Errors
    /// When checkpoints would be made without a wait.
    pub fn validate(&self) -> anyhow::Result<()> {
        ensure!(
            self.checkpoint_interval_seconds > 0,
            "signing.checkpoint_interval_seconds must be at least 1"
        );
        Ok(())
    }

    /// Returns the key; `None` if none is configured.
    ///
    /// # Errors
    /// When the file is missing, is no key, or others may read it.
    pub fn key(&self) -> anyhow::Result<Option<Arc<ServerKey>>> {
        self.key_file.as_deref().map(|file| load(file).map(Arc::new)).transpose()
    }

    /// Returns the folder of copies of checkpoints.
    #[must_use]
    pub fn copies(&self, evidence: &Path) -> PathBuf {
        self.checkpoints_directory.clone().unwrap_or_else(|| evidence.join(COPIES_FOLDER))
    }

    /// Returns how often heads are sealed.
    #[must_use]
    pub const fn checkpoint_interval(&self) -> Duration {
        Duration::from_secs(self.checkpoint_interval_seconds)
    }

    /// Returns the file of the private key.
    ///
    /// # Errors
    /// When none is configured.
    pub fn required_file(&self) -> anyhow::Result<&Path> {
        self.key_file.as_deref().context(
            "signing.key_file is not set; name the file of the server's key in the configuration file or as \
             RASID_SIGNING__KEY_FILE",
        )
    }
}

/// Reads the private key.
///
/// # Errors
/// When the file is missing, is no key, or others may use it.
pub fn load(file: &Path) -> anyhow::Result<ServerKey> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| {
        format!("the server's key {shown} cannot be read; `rasid server-key make` makes one")
    })?;
    let mode = fs::metadata(file)?.mode();
    ensure!(
        mode & OTHERS == 0,
        "the server's key {shown} may be used by others (mode {:o}); chmod 600 it, and if somebody may have read it, \
         rotate it with `rasid server-key rotate`",
        mode & 0o777
    );
    ServerKey::from_pem(&text).with_context(|| format!("the server's key {shown} cannot be used"))
}

/// Makes a key in a new file, and the file of public keys beside it.
///
/// # Errors
/// When there is a file of that name, or it cannot be written.
pub fn make(file: &Path, now: DateTime<Utc>) -> anyhow::Result<ServerPublicKey> {
    let key = random()?;
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    private_file::write_new(file, &key.to_private_pem())?;
    add_public(file, &key, now, now)?;
    Ok(key.public().clone())
}

/// Replaces the key by a new one. The old one is believed until `overlap` from now: processes that were started with it
/// go on signing until they are started again.
///
/// # Errors
/// When there is no key, or a file cannot be written.
pub fn rotate(file: &Path, now: DateTime<Utc>, overlap: TimeDelta) -> anyhow::Result<ServerPublicKey> {
    // There must be one to replace.
    load(file)?;
    let new = random()?;
    let mut next = file.as_os_str().to_owned();
    next.push(".next");
    let next = PathBuf::from(next);
    private_file::replace(&next, &new.to_private_pem())?;
    // The public part is known before anything is signed with it.
    add_public(file, &new, now, now + overlap)?;
    fs::rename(&next, file).with_context(|| format!("{} cannot be replaced", file.display()))?;
    Ok(new.public().clone())
}

fn random() -> anyhow::Result<ServerKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow!("no random bytes: {error}"))?;
    Ok(ServerKey::from_seed(&seed)?)
}

/// Returns the file of public keys of a private one.
#[must_use]
pub fn public_file(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(PUBLIC_SUFFIX);
    PathBuf::from(name)
}

/// Adds a key that signs from `now` on; those that had no end get one.
fn add_public(
    file: &Path,
    key: &ServerKey,
    now: DateTime<Utc>,
    old_until: DateTime<Utc>,
) -> anyhow::Result<()> {
    let path = public_file(file);
    let mut lines = if path.exists() { read_lines(&path)? } else { PublicKeyFile::default() };
    for line in &mut lines.key {
        line.until.get_or_insert_with(|| instant(old_until));
    }
    let public = key.public();
    lines.key.push(PublicKeyLine {
        id: public.id().to_string(),
        public_key: public.key().to_string(),
        from: instant(now),
        until: None,
    });
    let mut next = path.clone().into_os_string();
    next.push(".next");
    let shown = path.display().to_string();
    let text = format!(
        "# Public keys of this installation, for `rasid verify --public-key`.\n{}",
        toml::to_string(&lines)?
    );
    fs::write(&next, text).with_context(|| format!("{shown} cannot be written"))?;
    fs::rename(&next, &path).with_context(|| format!("{shown} cannot be written"))
}

/// Reads public keys: a file of `rasid server-key`, with their times, or PEM, without.
///
/// # Errors
/// When the file is missing or holds none.
pub fn public_keys(file: &Path) -> anyhow::Result<ServerKeys> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("the public keys {shown} cannot be read"))?;
    if text.contains("-----BEGIN") {
        let keys = ServerPublicKey::all_from_pem(&text)
            .with_context(|| format!("the public keys {shown} cannot be used"))?;
        return Ok(keys.into_iter().map(|key| (key, KeyPeriod::default())).collect());
    }
    let lines = read_lines(file)?;
    ensure!(!lines.key.is_empty(), "the public keys {shown} cannot be used: there are none in it");
    let keys =
        lines.key.iter().map(|line| of_line(line).with_context(|| format!("{shown}: key {}", line.id)));
    keys.collect()
}

fn read_lines(file: &Path) -> anyhow::Result<PublicKeyFile> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("the public keys {shown} cannot be read"))?;
    toml::from_str(&text).with_context(|| format!("the public keys {shown} cannot be used"))
}

fn of_line(line: &PublicKeyLine) -> anyhow::Result<(ServerPublicKey, KeyPeriod)> {
    let bytes = line.public_key.parse::<schemas::camera::public_key::PublicKey>()?.bytes();
    let key = ServerPublicKey::from_bytes(bytes)?;
    ensure!(key.id().as_str() == line.id, "the id is that of another key, {}", key.id());
    let time = |text: &str| text.parse::<DateTime<Utc>>().with_context(|| format!("'{text}' is no time"));
    let until = line.until.as_deref().map(time).transpose()?;
    Ok((key, KeyPeriod { from: Some(time(&line.from)?), until }))
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::evidence::Sha256Digest;
    use schemas::seal::SealedForm;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    fn now() -> DateTime<Utc> {
        "2026-11-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_key_that_others_may_read_is_refused_and_one_that_is_there_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys/server.pem");
        let made = make(&file, now()).unwrap();
        assert_eq!(load(&file).unwrap().public(), &made);
        assert!(make(&file, now()).is_err());
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            let refused = load(&file).unwrap_err().to_string();
            assert!(refused.contains("may be used by others") && refused.contains("chmod 600"), "{refused}");
        }
    }

    #[test]
    fn what_an_old_key_signed_is_believed_for_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server.pem");
        make(&file, now()).unwrap();
        let old = load(&file).unwrap();
        let (form, document) = (SealedForm::EvidenceManifest, Sha256Digest::of(b"x"));
        let seal = old.seal(form, document);
        let rotated_at = now() + TimeDelta::days(30);
        let new = rotate(&file, rotated_at, TimeDelta::hours(24)).unwrap();
        assert_eq!(load(&file).unwrap().public(), &new);
        let keys = public_keys(&public_file(&file)).unwrap();
        assert_eq!(keys.iter().count(), 2);
        assert_eq!(keys.check(form, document, &seal, rotated_at), Ok(()));
        assert!(keys.check(form, document, &seal, rotated_at + TimeDelta::hours(25)).is_err());
        assert!(keys.check(form, document, &seal, now() - TimeDelta::hours(1)).is_err());
        let seal = load(&file).unwrap().seal(form, document);
        assert_eq!(keys.check(form, document, &seal, rotated_at + TimeDelta::days(900)), Ok(()));
        let text = fs::read_to_string(public_file(&file)).unwrap();
        assert!(!text.contains("PRIVATE") && text.contains(old.public().id().as_str()));
    }

    #[test]
    fn a_public_key_under_anothers_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server.pem");
        let id = make(&file, now()).unwrap().id().to_string();
        let path = public_file(&file);
        let text = fs::read_to_string(&path).unwrap().replace(&id, "server-0123456789abcdef");
        fs::write(&path, text).unwrap();
        assert!(format!("{:#}", public_keys(&path).unwrap_err()).contains("another key"));
    }
}
