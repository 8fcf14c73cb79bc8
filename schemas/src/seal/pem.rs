//! PEM of RFC 8410, whose DER is the same for every Ed25519 key but for its last 32 bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One kind of PEM.
pub(super) struct Kind {
    pub(super) label: &'static str,
    /// The DER in front of the key's 32 bytes.
    prefix: &'static [u8],
}

/// RFC 8410, 7: `OneAsymmetricKey` of version 1.
pub(super) const PRIVATE: Kind = Kind {
    label: "PRIVATE KEY",
    prefix: &[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20],
};

/// RFC 8410, 4: `SubjectPublicKeyInfo`.
pub(super) const PUBLIC: Kind =
    Kind { label: "PUBLIC KEY", prefix: &[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0] };

impl Kind {
    pub(super) fn write(&self, key: &[u8; 32]) -> String {
        let encoded = STANDARD.encode([self.prefix, key].concat());
        format!("-----BEGIN {0}-----\n{encoded}\n-----END {0}-----\n", self.label)
    }

    /// The first key of the text.
    pub(super) fn read(&self, text: &str) -> Option<[u8; 32]> {
        self.decode(self.blocks(text).first()?)
    }

    /// The key of what stands between the marks.
    pub(super) fn decode(&self, block: &str) -> Option<[u8; 32]> {
        let encoded: String = block.split_whitespace().collect();
        STANDARD.decode(encoded).ok()?.strip_prefix(self.prefix)?.try_into().ok()
    }

    /// What stands between the marks, of each key of the text.
    pub(super) fn blocks<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let (begin, end) =
            (format!("-----BEGIN {}-----", self.label), format!("-----END {}-----", self.label));
        text.split(&begin).skip(1).filter_map(|rest| Some(rest.split_once(&end)?.0)).collect()
    }
}
