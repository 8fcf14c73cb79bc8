//! Files that a citizen adds to an objection.

use crate::evidence::Sha256Digest;
use crate::ids::AttachmentId;
use crate::text::BilingualText;
use thiserror::Error;

/// Attachments of one objection.
pub const ATTACHMENTS_MAX: usize = 10;
/// Bytes of one attachment.
pub const ATTACHMENT_BYTES_MAX: u64 = 10_000_000;
/// Bytes at the end of a PDF among which its `%%EOF` stands. Source: ISO 32000-1, note 18 of annex H.
const PDF_END_BYTES: usize = 1_024;
/// Bytes at the beginning among which a PDF that has something before its head is found. Source: note 13 there.
const PDF_HEAD_BYTES: usize = 1_024;
/// The last chunk with its checksum. Source: PNG specification, section 11.2.5.
const PNG_END: &[u8] = b"IEND\xAE\x42\x60\x82";
const PDF_HEAD: &[u8] = b"%PDF-";
const PDF_END: &[u8] = b"%%EOF";
/// Names of the HEIF family that stand after `ftyp`. Source: ISO/IEC 23008-12.
const HEIF_BRANDS: [&[u8]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"];

/// A file that the citizen adds; its bytes are in the evidence store under their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// Of the bytes.
    pub sha256: Sha256Digest,
    /// What it is.
    pub media_type: AttachmentMediaType,
    /// Length of the bytes.
    pub size_bytes: u64,
}

crate::closed_list! {
    /// The kinds of file that are taken, named as in a `content-type` header.
    pub enum AttachmentMediaType {
        /// `image/jpeg`
        Jpeg = "image/jpeg",
        /// `image/png`
        Png = "image/png",
        /// `application/pdf`
        Pdf = "application/pdf",
    }
    impl FromStr<UnknownMediaType> = UnknownMediaType;
}

/// Not a kind of file that is taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an attachment must be image/jpeg, image/png or application/pdf, got '{0}'")]
pub struct UnknownMediaType(pub String);

/// Why a file is not taken; each says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AttachmentFault {
    /// It has no bytes.
    #[error("the file is empty; choose another")]
    Empty,
    /// It has too many bytes.
    #[error("a file may have {ATTACHMENT_BYTES_MAX} bytes at most; send a smaller copy")]
    TooLarge,
    /// A picture as some telephones keep it.
    #[error("HEIC pictures are not taken; save the picture as JPEG and send that")]
    Heic,
    /// A PDF whose first bytes are not its head: it could pass for something else as well.
    #[error("the PDF has bytes before its beginning; print or export it anew as PDF and send that")]
    PdfHead,
    /// A PDF whose end is missing.
    #[error("the PDF is not whole: its end is missing; export or download it again")]
    PdfEnd,
    /// A picture that does not decode to its last row.
    #[error("the picture is damaged or not whole; take or save it again")]
    Damaged,
    /// A picture with too many pixels.
    #[error("the picture has too many pixels; send a smaller copy")]
    TooManyPixels,
    /// Nothing that is known.
    #[error("a file must be a whole JPEG, PNG or PDF")]
    Unknown,
}

impl AttachmentFault {
    /// Returns what is wrong and what to do, for the citizen.
    #[must_use]
    pub fn citizen_text(self) -> BilingualText {
        let (arabic, english) = match self {
            Self::Empty => ("الملف فارغ. اختر ملفًا آخر.", "The file is empty. Choose another."),
            Self::TooLarge => (
                "حجم الملف أكبر من ١٠ ميغابايت. أرسل نسخة أصغر.",
                "The file has more than 10 megabytes. Send a smaller copy.",
            ),
            Self::Heic => (
                "صور HEIC غير مقبولة. احفظ الصورة بصيغة JPEG ثم أرسلها.",
                "HEIC pictures are not taken. Save the picture as JPEG and send that.",
            ),
            Self::PdfHead => (
                "لا يبدأ ملف PDF بداية سليمة. اطبعه أو صدّره من جديد بصيغة PDF ثم أرسله.",
                "The PDF has something before its beginning. Print or export it anew as PDF and send that.",
            ),
            Self::PdfEnd => (
                "ملف PDF غير مكتمل. صدّره أو نزّله من جديد.",
                "The PDF is not whole. Export or download it again.",
            ),
            Self::Damaged => (
                "الصورة تالفة أو غير مكتملة. التقطها أو احفظها من جديد.",
                "The picture is damaged or not whole. Take or save it again.",
            ),
            Self::TooManyPixels => (
                "أبعاد الصورة أكبر من المسموح. أرسل نسخة أصغر.",
                "The picture has too many pixels. Send a smaller copy.",
            ),
            Self::Unknown => {
                ("يُقبل ملف JPEG أو PNG أو PDF سليم فقط.", "Only a whole JPEG, PNG or PDF is taken.")
            }
        };
        BilingualText::new(arabic, english)
    }
}

impl AttachmentMediaType {
    /// Tells by its bytes what a file is; what it claims to be is not believed. A picture must also decode, which is
    /// for the caller to try.
    ///
    /// # Errors
    /// When it is of no kind that is taken, or a PDF without its head at the very beginning or its end near the end.
    pub fn of(bytes: &[u8]) -> Result<Self, AttachmentFault> {
        if bytes.is_empty() {
            return Err(AttachmentFault::Empty);
        }
        if bytes.len() as u64 > ATTACHMENT_BYTES_MAX {
            return Err(AttachmentFault::TooLarge);
        }
        if bytes.starts_with(PDF_HEAD) {
            let end = &bytes[bytes.len().saturating_sub(PDF_END_BYTES)..];
            return if holds(end, PDF_END) { Ok(Self::Pdf) } else { Err(AttachmentFault::PdfEnd) };
        }
        if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            return if has_jpeg_end(bytes) { Ok(Self::Jpeg) } else { Err(AttachmentFault::Damaged) };
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return if holds(bytes, PNG_END) { Ok(Self::Png) } else { Err(AttachmentFault::Damaged) };
        }
        let is_heif = bytes.get(4..8) == Some(b"ftyp".as_slice())
            && bytes.get(8..12).is_some_and(|brand| HEIF_BRANDS.contains(&brand));
        let has_late_head = holds(&bytes[..bytes.len().min(PDF_HEAD_BYTES)], PDF_HEAD);
        Err(match (is_heif, has_late_head) {
            (true, _) => AttachmentFault::Heic,
            (false, true) => AttachmentFault::PdfHead,
            (false, false) => AttachmentFault::Unknown,
        })
    }

    /// Name for people, the same in every language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Pdf => "PDF",
        }
    }
}

/// Whether the end of the picture stands behind the beginning of its first scan: a thumbnail in the head has an end of its
/// own, and decoders fill up what is cut. Source of the markers: ITU-T T.81, annex B.
fn has_jpeg_end(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let [0xFF, marker, after @ ..] = rest {
        rest = match (marker, after) {
            // Bytes that fill up to a marker, and markers that stand alone.
            (0xFF, _) => &rest[1..],
            (0x01 | 0xD0..=0xD8, _) => after,
            (0xDA, _) => return holds(after, &[0xFF, 0xD9]),
            (_, [high, low, ..]) => {
                after.get(usize::from(u16::from_be_bytes([*high, *low]))..).unwrap_or_default()
            }
            (_, _) => return false,
        };
    }
    false
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_is_what_its_bytes_say() {
        assert_eq!(AttachmentMediaType::of(b"%PDF-1.7\n%%EOF\n"), Ok(AttachmentMediaType::Pdf));
        assert_eq!(
            AttachmentMediaType::of(b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xAE\x42\x60\x82"),
            Ok(AttachmentMediaType::Png)
        );
        assert_eq!(AttachmentMediaType::of(b"\x89PNG\r\n\x1a\n\0\0\0\0IEN"), Err(AttachmentFault::Damaged));
        assert_eq!(AttachmentMediaType::of(b""), Err(AttachmentFault::Empty));
        assert_eq!(AttachmentMediaType::of(b"<html>"), Err(AttachmentFault::Unknown));
    }

    #[test]
    fn a_pdf_begins_with_its_head_and_ends_with_its_end() {
        assert_eq!(AttachmentMediaType::of(b"%PDF-1.7"), Err(AttachmentFault::PdfEnd));
        for before in [b"\xEF\xBB\xBF".as_slice(), b" ", b"GIF89a", b"\n\n"] {
            let bytes = [before, b"%PDF-1.7\n%%EOF\n"].concat();
            assert_eq!(AttachmentMediaType::of(&bytes), Err(AttachmentFault::PdfHead), "{before:?}");
        }
        let trailing = |length| [b"%PDF-1.7\n%%EOF".as_slice(), &vec![b'\n'; length]].concat();
        assert!(AttachmentMediaType::of(&trailing(PDF_END_BYTES - PDF_END.len())).is_ok());
        assert_eq!(AttachmentMediaType::of(&trailing(PDF_END_BYTES)), Err(AttachmentFault::PdfEnd));
    }

    #[test]
    fn a_jpeg_has_its_end_behind_its_scan_and_not_in_a_thumbnail_alone() {
        let head = b"\xFF\xD8\xFF\xE1\0\x06\xFF\xD8\xFF\xD9\xFF\xDA\0\x02ab".as_slice();
        assert_eq!(AttachmentMediaType::of(head), Err(AttachmentFault::Damaged));
        assert_eq!(AttachmentMediaType::of(&[head, b"\xFF\xD9"].concat()), Ok(AttachmentMediaType::Jpeg));
        for cut in [
            b"\xFF\xD8\xFF".as_slice(),
            b"\xFF\xD8\xFF\xD9",
            b"\xFF\xD8\xFF\xE1\0",
            b"\xFF\xD8\xFF\xE1\0\0\xFF\xD9",
        ] {
            assert_eq!(AttachmentMediaType::of(cut), Err(AttachmentFault::Damaged), "{cut:?}");
        }
    }

    #[test]
    fn a_picture_of_a_telephone_gets_advice() {
        for brand in [b"heic", b"mif1", b"heix"] {
            let bytes = [b"\0\0\0\x18ftyp".as_slice(), brand, b"rest"].concat();
            assert_eq!(AttachmentMediaType::of(&bytes), Err(AttachmentFault::Heic));
        }
        assert!(AttachmentFault::Heic.to_string().contains("JPEG"));
    }

    #[test]
    fn a_byte_too_many_is_too_large() {
        let most = usize::try_from(ATTACHMENT_BYTES_MAX).unwrap();
        let bytes = vec![0xFF; most + 1];
        assert_eq!(AttachmentMediaType::of(&bytes), Err(AttachmentFault::TooLarge));
    }
}
