//! Certificates of a test, made by the program `openssl` in the test's folder and of no use the day after tomorrow.

use runtime::ServerCertificate;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `openssl ca` is told. No directory is named: it works in the authority's folder.
const SETTINGS: &str = "[ca]\ndefault_ca = it\n[it]\ndatabase = index\nnew_certs_dir = .\nrand_serial = yes\n\
    default_md = sha256\npolicy = names\ncertificate = ca.pem\nprivate_key = ca.key\nunique_subject = no\n\
    x509_extensions = leaf\n[names]\ncommonName = supplied\n[leaf]\nbasicConstraints = CA:FALSE\n\
    subjectAltName = DNS:localhost\nextendedKeyUsage = serverAuth, clientAuth\n";

/// An authority with its own folder.
pub(crate) struct Authority(PathBuf);

impl Authority {
    pub(crate) fn create(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("index"), "").unwrap();
        fs::write(folder.join("settings"), SETTINGS).unwrap();
        let this = Self(folder.to_owned());
        let name = folder.file_name().unwrap().to_string_lossy();
        this.openssl(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 2 \
             -subj /CN={name} -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
        ));
        this
    }

    /// Its own certificate.
    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("ca.pem")
    }

    /// A certificate for `localhost` that is good now.
    pub(crate) fn certificate(&self, name: &str) -> ServerCertificate {
        self.sign(name, "-days 2")
    }

    /// One that was good once.
    pub(crate) fn expired(&self, name: &str) -> ServerCertificate {
        self.sign(name, "-startdate 20260101000000Z -enddate 20260201000000Z")
    }

    fn sign(&self, name: &str, validity: &str) -> ServerCertificate {
        self.openssl(&format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
        self.openssl(&format!(
            "ca -batch -notext -config settings -in {name}.csr -out {name}.pem {validity}"
        ));
        let file = |ending: &str| self.0.join(format!("{name}.{ending}"));
        ServerCertificate { certificate: file("pem"), key: file("key") }
    }

    fn openssl(&self, arguments: &str) {
        let made = Command::new("openssl").args(arguments.split_whitespace()).current_dir(&self.0).output();
        let made = made.unwrap();
        assert!(made.status.success(), "{arguments}: {}", String::from_utf8_lossy(&made.stderr));
    }
}
