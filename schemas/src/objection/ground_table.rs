//! Grounds and points of form as each country words them: data in `schemas/jurisdictions/*/grounds.toml`.

use crate::country::CountryTables;
use crate::jurisdiction::Jurisdiction;
use crate::objection::{FormDefect, GroundCode};
use crate::text::BilingualText;
use crate::triage::DocumentKind;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::str::FromStr;

/// What a country's grounds of objection are called and ask for.
#[derive(Debug)]
pub struct GroundTable {
    paid_closes_objection: bool,
    document_days: u32,
    grounds: BTreeMap<GroundCode, GroundEntry>,
    forms: BTreeMap<FormDefect, FormEntry>,
    documents: BTreeMap<DocumentKind, BilingualText>,
    sha256: crate::evidence::Sha256Digest,
}

/// One ground.
#[derive(Debug)]
pub struct GroundEntry {
    /// What it is called.
    pub title: BilingualText,
    /// What the citizen should know or add.
    pub hint: BilingualText,
    /// Documents that carry it, any one of them.
    pub documents: Vec<DocumentKind>,
    /// Whether one is due for before a person looks.
    pub document_needed: bool,
    /// The facts that the machine looks at.
    pub facts: Vec<FactName>,
}

/// One point of form.
#[derive(Debug)]
pub struct FormEntry {
    /// What is wrong.
    pub title: BilingualText,
    /// What the citizen can do.
    pub remedy: BilingualText,
}

/// A fact that a ground turns on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactName {
    /// What the reader read in the frames.
    Reads,
    /// Who held the vehicle, by the register.
    Ownership,
    /// What the sign showed.
    SignState,
    /// The log of the light.
    SignalLog,
    /// The instrument's certificates.
    Certificate,
    /// The recorded offset of the camera's clock.
    Clock,
    /// Other violations of the same act.
    SameAct,
    /// The ledger.
    Payment,
    /// The tariff, run again.
    Tariff,
    /// The log of service.
    NoticeService,
}

static TABLES: CountryTables<GroundTable> =
    CountryTables::new("grounds.toml", |texts| texts.grounds, GroundTable::load);

impl GroundTable {
    /// Reads a text of the form of `grounds.toml`.
    ///
    /// # Errors
    /// When it is not TOML of that form, breaks a rule, or is of another country.
    pub fn load(text: &str, expected: Jurisdiction) -> Result<GroundTable, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let File { jurisdiction, paid_closes_objection, document_days, ground, form, document } = file;
        if jurisdiction != expected.code() {
            return Err(format!("is of '{jurisdiction}'"));
        }
        let table = GroundTable {
            paid_closes_objection,
            document_days,
            grounds: ground.into_iter().map(ground_entry).collect::<Result<_, _>>()?,
            forms: form.into_iter().map(form_entry).collect::<Result<_, _>>()?,
            documents: document.into_iter().map(document_name).collect::<Result<_, _>>()?,
            sha256: crate::evidence::Sha256Digest::of(text.as_bytes()),
        };
        let complete = table.grounds.len() == GroundCode::ALL.len()
            && table.forms.len() == FormDefect::ALL.len()
            && table.documents.len() == DocumentKind::ALL.len();
        if complete {
            Ok(table)
        } else {
            Err("a ground, a point of form or a document is missing".to_owned())
        }
    }

    /// The table of `jurisdiction`.
    ///
    /// # Panics
    /// When the compiled-in file is broken, which a test of this module refuses.
    #[must_use]
    pub fn of(jurisdiction: Jurisdiction) -> &'static Self {
        TABLES.of(jurisdiction)
    }

    /// One ground. Every table holds all of them.
    ///
    /// # Panics
    /// Never: loading refuses a table that lacks one.
    #[must_use]
    pub fn ground(&self, code: GroundCode) -> &GroundEntry {
        &self.grounds[&code]
    }

    /// All grounds in the order of their codes.
    pub fn grounds(&self) -> impl Iterator<Item = (GroundCode, &GroundEntry)> {
        self.grounds.iter().map(|(code, entry)| (*code, entry))
    }

    /// One point of form. Every table holds all of them.
    ///
    /// # Panics
    /// Never: loading refuses a table that lacks one.
    #[must_use]
    pub fn form(&self, defect: FormDefect) -> &FormEntry {
        &self.forms[&defect]
    }

    /// What a kind of document is called. Every table names all of them.
    ///
    /// # Panics
    /// Never: loading refuses a table that lacks one.
    #[must_use]
    pub fn document(&self, kind: DocumentKind) -> &BilingualText {
        &self.documents[&kind]
    }

    /// Whether a paid fine can no longer be objected to (F04).
    #[must_use]
    pub const fn paid_closes_objection(&self) -> bool {
        self.paid_closes_objection
    }

    /// Civil days in which an asked document is awaited.
    #[must_use]
    pub const fn document_days(&self) -> u32 {
        self.document_days
    }

    /// Of the file, for replay.
    #[must_use]
    pub const fn sha256(&self) -> crate::evidence::Sha256Digest {
        self.sha256
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    jurisdiction: String,
    paid_closes_objection: bool,
    document_days: u32,
    ground: Vec<GroundRow>,
    form: Vec<FormRow>,
    document: Vec<DocumentRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroundRow {
    code: String,
    title: TextRow,
    hint: TextRow,
    documents: Vec<String>,
    document_needed: bool,
    facts: Vec<FactName>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormRow {
    code: String,
    title: TextRow,
    remedy: TextRow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentRow {
    kind: String,
    name: TextRow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextRow {
    arabic: String,
    english: String,
}

impl From<TextRow> for BilingualText {
    fn from(TextRow { arabic, english }: TextRow) -> Self {
        Self { arabic, english }
    }
}

fn ground_entry(row: GroundRow) -> Result<(GroundCode, GroundEntry), String> {
    let GroundRow { code, title, hint, documents, document_needed, facts } = row;
    let code = GroundCode::from_str(&code).map_err(|error| error.to_string())?;
    let documents = documents.iter().map(|kind| document_kind(kind)).collect::<Result<Vec<_>, _>>()?;
    if document_needed && documents.is_empty() {
        return Err(format!("{code} needs a document but names none"));
    }
    let entry = GroundEntry { title: title.into(), hint: hint.into(), documents, document_needed, facts };
    Ok((code, entry))
}

fn form_entry(row: FormRow) -> Result<(FormDefect, FormEntry), String> {
    let FormRow { code, title, remedy } = row;
    let defect = FormDefect::from_code(&code).ok_or_else(|| format!("'{code}' is no point of form"))?;
    Ok((defect, FormEntry { title: title.into(), remedy: remedy.into() }))
}

fn document_name(row: DocumentRow) -> Result<(DocumentKind, BilingualText), String> {
    let DocumentRow { kind, name } = row;
    Ok((document_kind(&kind)?, name.into()))
}

fn document_kind(label: &str) -> Result<DocumentKind, String> {
    DocumentKind::from_label(label).ok_or_else(|| format!("'{label}' is no kind of document"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::country::CountryTexts;

    #[test]
    fn both_countries_word_every_ground_every_defect_and_every_document() {
        for jurisdiction in Jurisdiction::ALL {
            let table = GroundTable::of(jurisdiction);
            let is_arabic =
                |text: &str| text.chars().any(|letter| ('\u{0621}'..='\u{064A}').contains(&letter));
            for (code, entry) in table.grounds() {
                assert!(is_arabic(&entry.title.arabic) && is_arabic(&entry.hint.arabic), "{code}");
                assert!(!is_arabic(&entry.title.english) && !is_arabic(&entry.hint.english), "{code}");
            }
            for defect in FormDefect::ALL {
                assert!(is_arabic(&table.form(defect).remedy.arabic), "{defect}");
            }
            for kind in DocumentKind::ALL {
                assert!(is_arabic(&table.document(kind).arabic), "{kind}");
            }
        }
    }

    #[test]
    fn a_table_that_lacks_a_ground_or_is_of_another_country_is_refused() {
        let text = CountryTexts::compiled_in(Jurisdiction::SaudiArabia).grounds;
        assert!(GroundTable::load(text, Jurisdiction::Egypt).is_err());
        let without = text.replacen("\"G25\"", "\"G24\"", 1);
        assert!(GroundTable::load(&without, Jurisdiction::SaudiArabia).is_err());
    }
}
