//! Grounds and points of form as each country words them: data in `schemas/jurisdictions/*/grounds.toml`.

use crate::country::CountryTables;
use crate::jurisdiction::Jurisdiction;
use crate::objection::{FormDefect, GroundCode};
use crate::offence::OffenceKind;
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
    /// The facts that the machine looks at by itself; none where only a person can tell.
    pub facts: Vec<FactName>,
    /// Codes of the acts to which it is offered; `None` means every act.
    acts: Option<Vec<OffenceKind>>,
}

impl GroundEntry {
    /// Whether a citizen can be charged with `act` and object on this ground. An act that is not understood may be
    /// anything, so it bars none.
    #[must_use]
    pub fn fits(&self, act: Option<OffenceKind>) -> bool {
        match (&self.acts, act) {
            (None, _) | (Some(_), None) => true,
            (Some(acts), Some(act)) => acts.contains(&act.filed_as()),
        }
    }
}

/// One point of form.
#[derive(Debug)]
pub struct FormEntry {
    /// What is wrong.
    pub title: BilingualText,
    /// What the point is called where nothing is wrong.
    pub in_order: BilingualText,
    /// Said where the file does not tell and a person weighs it.
    pub unclear: BilingualText,
    /// What the citizen can do.
    pub remedy: BilingualText,
}

crate::closed_list! {
    /// A fact that a ground turns on.
    pub enum FactName {
        /// Who held the vehicle, by the register.
        Ownership = "ownership",
        /// What the sign showed.
        SignState = "sign_state",
        /// The log of the light.
        SignalLog = "signal_log",
        /// The instrument's certificates.
        Certificate = "certificate",
        /// The recorded offset of the camera's clock.
        Clock = "clock",
        /// Other violations of the same act.
        SameAct = "same_act",
        /// The ledger.
        Payment = "payment",
        /// The tariff, run again.
        Tariff = "tariff",
    }
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
        let File {
            jurisdiction,
            paid_closes_objection,
            document_days,
            document_days_unverified,
            ground,
            form,
            document,
        } = file;
        if jurisdiction != expected.code() {
            return Err(format!("is of '{jurisdiction}'"));
        }
        if document_days_unverified.trim().is_empty() {
            return Err("document_days_unverified must say why the number of days has no source".to_owned());
        }
        let table = GroundTable {
            paid_closes_objection,
            document_days,
            grounds: ground.into_iter().map(ground_entry).collect::<Result<_, _>>()?,
            forms: form.into_iter().map(form_entry).collect::<Result<_, _>>()?,
            documents: document.into_iter().map(document_name).collect::<Result<_, _>>()?,
            sha256: crate::evidence::Sha256Digest::of(text.as_bytes()),
        };
        if table.grounds.get(&GroundCode::Other).is_none_or(|entry| entry.acts.is_some()) {
            return Err(format!("{} must be offered to every act: leave `acts` out", GroundCode::Other));
        }
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

    /// The grounds that fit `act`, in the order of their codes; "another reason" is always among them.
    pub fn offered(&self, act: Option<OffenceKind>) -> impl Iterator<Item = (GroundCode, &GroundEntry)> {
        self.grounds().filter(move |(_, entry)| entry.fits(act))
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
    document_days_unverified: String,
    ground: Vec<GroundRow>,
    form: Vec<FormRow>,
    document: Vec<DocumentRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroundRow {
    code: String,
    acts: Option<Vec<String>>,
    title: TextRow,
    hint: TextRow,
    documents: Vec<String>,
    document_needed: bool,
    facts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormRow {
    code: String,
    title: TextRow,
    in_order: TextRow,
    unclear: TextRow,
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
    let GroundRow { code, acts, title, hint, documents, document_needed, facts } = row;
    let code = GroundCode::from_str(&code).map_err(|error| error.to_string())?;
    let acts = acts.map(|acts| acts.iter().map(|act| act_of(code, act)).collect()).transpose()?;
    let documents = documents.iter().map(|kind| document_kind(kind)).collect::<Result<Vec<_>, _>>()?;
    let facts = facts.iter().map(|name| fact_name(code, name)).collect::<Result<_, _>>()?;
    if document_needed && documents.is_empty() {
        return Err(format!("{code} needs a document but names none"));
    }
    let entry =
        GroundEntry { title: title.into(), hint: hint.into(), documents, document_needed, facts, acts };
    Ok((code, entry))
}

fn fact_name(ground: GroundCode, name: &str) -> Result<FactName, String> {
    FactName::from_label(name).ok_or_else(|| format!("{ground}: '{name}' is no fact"))
}

fn act_of(ground: GroundCode, code: &str) -> Result<OffenceKind, String> {
    let kind = OffenceKind::from_code(code).filter(|kind| kind.filed_as() == *kind);
    kind.ok_or_else(|| format!("{ground}: '{code}' is the code of no act"))
}

fn form_entry(row: FormRow) -> Result<(FormDefect, FormEntry), String> {
    let FormRow { code, title, in_order, unclear, remedy } = row;
    let defect = FormDefect::from_code(&code).ok_or_else(|| format!("'{code}' is no point of form"))?;
    let [title, in_order, unclear, remedy] = [title, in_order, unclear, remedy].map(BilingualText::from);
    Ok((defect, FormEntry { title, in_order, unclear, remedy }))
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
    use crate::offence::Observation;

    impl FactName {
        /// Returns what an act must rest on for the fact to say anything of it; `None` for what every act has.
        const fn speaks_of(self) -> Option<Observation> {
            match self {
                Self::SignState => Some(Observation::Speed),
                Self::SignalLog => Some(Observation::Signal),
                Self::Ownership
                | Self::Certificate
                | Self::Clock
                | Self::SameAct
                | Self::Payment
                | Self::Tariff => None,
            }
        }
    }

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
                let FormEntry { title, in_order, unclear, remedy } = table.form(defect);
                for text in [title, in_order, unclear, remedy] {
                    assert!(is_arabic(&text.arabic) && !is_arabic(&text.english), "{defect}");
                }
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

    #[test]
    fn a_ground_is_offered_only_to_acts_that_its_facts_speak_of() {
        for (jurisdiction, act) in Jurisdiction::ALL
            .into_iter()
            .flat_map(|country| OffenceKind::ALL.iter().map(move |act| (country, *act)))
        {
            let offered: Vec<_> = GroundTable::of(jurisdiction).offered(Some(act)).collect();
            for (code, entry) in &offered {
                let speaks = |fact: &FactName| fact.speaks_of().is_none_or(|of| act.is_judged_by(of));
                assert!(entry.facts.iter().all(speaks), "{jurisdiction}: {code} of {act:?}");
            }
            let codes: Vec<_> = offered.iter().map(|(code, _)| *code).collect();
            assert!(codes.contains(&GroundCode::Other));
            assert!(!codes.contains(&GroundCode::OccupantActUntrue), "no act of belt or telephone is issued");
            let by_speed = act.is_judged_by(Observation::Speed);
            for of_speed in [GroundCode::SignMissing, GroundCode::LimitWrong, GroundCode::SpeedWrong] {
                assert_eq!(codes.contains(&of_speed), by_speed, "{of_speed} of {act:?}");
            }
            let by_light = act.is_judged_by(Observation::Signal);
            assert_eq!(codes.contains(&GroundCode::SignalFault), by_light, "{act:?}");
        }
    }

    #[test]
    fn an_act_that_is_not_understood_bars_no_ground() {
        let table = GroundTable::of(Jurisdiction::Egypt);
        assert_eq!(table.offered(None).count(), GroundCode::ALL.len());
    }

    #[test]
    fn another_reason_may_not_be_kept_from_an_act() {
        let text = CountryTexts::compiled_in(Jurisdiction::Egypt).grounds;
        let kept = text.replace("code = \"G25\"", "code = \"G25\"\nacts = [\"speed\"]");
        let refused = GroundTable::load(&kept, Jurisdiction::Egypt).unwrap_err();
        assert!(refused.starts_with("G25 must be offered to every act"), "{refused}");
        let unknown = text.replace("acts = [\"red_light\"]", "acts = [\"section_speed\"]");
        assert!(GroundTable::load(&unknown, Jurisdiction::Egypt).unwrap_err().contains("G13"));
    }
}
