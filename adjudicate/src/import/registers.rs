//! The registers as CSV rows: sites, cameras, keys, certificates, sign states.

use crate::foundation::csv::{CellError, Cells, FactRow, Key, Stretch};
use rules::registry::{CalibrationCertificate, Camera, CameraKind, SignCondition, SignState, Site};
use schemas::act::SPEED_DECIMALS_MAX;
use schemas::camera::public_key::PublicKey;
use schemas::camera_event::SpeedKmh;
use schemas::camera_key::CameraKey;
use schemas::ids::SiteId;
use schemas::text::BilingualText;
use std::collections::BTreeSet;

/// Separates the sites of a camera within their cell.
const SITE_SEPARATOR: char = ';';
/// Characters of a site's name in one language.
const NAME_CHARACTERS_MAX: usize = 200;
/// Characters of a serial number or of the number of a type approval.
const NUMBER_CHARACTERS_MAX: usize = 128;

impl FactRow for Site {
    const COLUMNS: &'static [&'static str] =
        &["id", "jurisdiction", "name_arabic", "name_english", "limit_kmh"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let name = |column| cells.text(column, NAME_CHARACTERS_MAX);
        Ok(Self {
            id: cells.parsed("id")?,
            jurisdiction: cells.parsed("jurisdiction")?,
            name: BilingualText::new(name("name_arabic")?, name("name_english")?),
            limit: limit(cells)?,
        })
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key { columns: "id", value: self.id.to_string() }]
    }
}

impl FactRow for Camera {
    const COLUMNS: &'static [&'static str] = &["id", "sites", "kind", "instrument"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let kind = CameraKind::from_label(cells.required("kind")?);
        Ok(Self {
            id: cells.parsed("id")?,
            sites: sites(cells)?,
            kind: kind.ok_or_else(|| {
                let known = CameraKind::ALL.map(CameraKind::label).join(", ");
                CellError::new("kind", format!("must be one of {known}"))
            })?,
            instrument: cells.text("instrument", NUMBER_CHARACTERS_MAX)?,
        })
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key { columns: "id", value: self.id.to_string() }]
    }
}

impl FactRow for CameraKey {
    const COLUMNS: &'static [&'static str] =
        &["id", "camera", "public_key", "valid_from", "valid_until", "revoked_at"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let key = Self {
            id: cells.parsed("id")?,
            camera: cells.parsed("camera")?,
            public_key: cells.parsed::<PublicKey>("public_key")?.bytes(),
            valid_from: cells.instant("valid_from")?,
            valid_until: cells.instant_optional("valid_until")?,
            revoked_at: cells.instant_optional("revoked_at")?,
        };
        if key.valid_until.is_some_and(|end| end <= key.valid_from) {
            return Err(CellError::new("valid_until", "must be after valid_from"));
        }
        Ok(key)
    }

    /// One key under two names could belong to two cameras.
    fn keys(&self) -> Vec<Key> {
        let Self { id, public_key, .. } = self;
        vec![
            Key { columns: "id", value: id.to_string() },
            Key { columns: "public_key", value: hex::encode(public_key) },
        ]
    }
}

impl FactRow for CalibrationCertificate {
    const COLUMNS: &'static [&'static str] = &["id", "camera", "type_approval", "valid_from", "valid_to"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let certificate = Self {
            id: cells.parsed("id")?,
            camera: cells.parsed("camera")?,
            type_approval: cells.text("type_approval", NUMBER_CHARACTERS_MAX)?,
            valid_from: cells.instant("valid_from")?,
            valid_to: cells.instant("valid_to")?,
        };
        if certificate.valid_to <= certificate.valid_from {
            return Err(CellError::new("valid_to", "must be after valid_from"));
        }
        Ok(certificate)
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key { columns: "id", value: self.id.to_string() }]
    }
}

impl FactRow for SignState {
    const COLUMNS: &'static [&'static str] = &["site", "from", "to", "condition", "limit_kmh"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let condition = SignCondition::from_parts(cells.required("condition")?, limit(cells)?);
        let state = Self {
            site: cells.parsed("site")?,
            from: cells.instant("from")?,
            to: cells.instant_optional("to")?,
            condition: condition.ok_or_else(|| {
                CellError::new("condition", "must be in_order with a limit_kmh, or out, or hidden")
            })?,
        };
        if state.to.is_some_and(|to| to <= state.from) {
            return Err(CellError::new("to", "must be after from"));
        }
        Ok(state)
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key { columns: "site, from", value: format!("{} {}", self.site, self.from) }]
    }

    fn stretch(&self) -> Option<Stretch> {
        Some(Stretch { of: self.site.to_string(), from: self.from, to: self.to })
    }
}

fn sites(cells: &Cells<'_>) -> Result<BTreeSet<SiteId>, CellError> {
    let mut sites = BTreeSet::new();
    for site in cells.required("sites")?.split(SITE_SEPARATOR) {
        let site = SiteId::parse(site.trim()).map_err(|error| CellError::new("sites", error))?;
        if let Some(twice) = sites.replace(site) {
            return Err(CellError::new("sites", format!("names the site '{twice}' twice: name it once")));
        }
    }
    Ok(sites)
}

fn limit(cells: &Cells<'_>) -> Result<Option<SpeedKmh>, CellError> {
    let limit = cells.number_optional("limit_kmh", SPEED_DECIMALS_MAX)?;
    limit.map(SpeedKmh::new).transpose().map_err(|error| CellError::new("limit_kmh", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::csv::read_rows;

    fn bad<R: FactRow>(text: &str) -> Vec<String> {
        read_rows::<R>(text.as_bytes()).unwrap().bad.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_camera_may_stand_at_several_sites_and_its_kind_is_of_a_closed_list() {
        let text = "id,sites,kind,instrument\nc1,s1; s2,speed,77\nc2,s1,radar,77\n";
        let rows = read_rows::<Camera>(text.as_bytes()).unwrap();
        assert_eq!(rows.good[0].sites.len(), 2);
        assert!(rows.bad[0].to_string().starts_with("line 3: kind: must be one of speed, section"));
    }

    #[test]
    fn a_sign_without_its_limit_is_refused() {
        let text = "site,from,to,condition,limit_kmh\n\
                    s,2026-01-01T00:00:00Z,,in_order,\n\
                    s,2026-01-01T00:00:00Z,,dark,60\n\
                    s,2026-01-01T00:00:00Z,2025-01-01T00:00:00Z,hidden,\n";
        let bad = bad::<SignState>(text);
        assert_eq!(bad.len(), 3);
        assert_eq!(bad[2], "line 4: to: must be after from");
    }

    #[test]
    fn a_site_named_twice_in_one_cell_is_refused() {
        let text = "id,sites,kind,instrument\nc1,s1;s2; s1,speed,77\nc2,s1;,speed,78\n";
        let bad = bad::<Camera>(text);
        assert_eq!(bad[0], "line 2: sites: names the site 's1' twice: name it once");
        assert!(bad[1].starts_with("line 3: sites: SiteId must be"), "{bad:?}");
    }

    #[test]
    fn a_limit_has_the_one_form_of_numbers() {
        for other in ["+60", "6_0", "6e1", ".5", "60.", "060", "٦٠", "60.000", "1 20", "0", "401"] {
            let text = format!("id,jurisdiction,name_arabic,name_english,limit_kmh\ns,EG,أ,A,{other}\n");
            let bad = bad::<Site>(&text);
            assert!(bad.len() == 1 && bad[0].starts_with("line 2: limit_kmh: "), "{other}: {bad:?}");
        }
    }

    fn keys(rows: &[&str]) -> Vec<String> {
        let header = "id,camera,public_key,valid_from,valid_until,revoked_at";
        let text: String = rows.iter().map(|row| format!("\n{row},2026-01-01T00:00:00Z,,")).collect();
        bad::<CameraKey>(&format!("{header}{text}\n"))
    }

    #[test]
    fn a_key_must_be_thirty_two_bytes_that_are_a_point_nobody_else_can_sign_for() {
        let bad = keys(&[
            "k1,c,AAAA",
            "k2,c,AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "k3,c,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "k4,c,d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        ]);
        assert_eq!(
            bad[0],
            "line 2: public_key: must be an Ed25519 public key, 32 bytes in base64 (44 characters, the last one '=')"
        );
        assert!(bad[1].starts_with("line 3: public_key: is no Ed25519 public key"), "{bad:?}");
        assert!(
            bad[2].starts_with("line 4: public_key: is an Ed25519 key that anybody can sign for"),
            "{bad:?}"
        );
        assert!(bad[3].starts_with("line 5: public_key: is written in hexadecimal"), "{bad:?}");
    }

    #[test]
    fn one_key_under_two_names_is_refused_with_both_lines() {
        // RFC 8032, 7.1, test 1.
        let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        let bad = keys(&[&format!("k1,c1,{key}"), &format!("k2,c2,{key}")]);
        assert_eq!(bad.len(), 1);
        assert!(bad[0].starts_with("line 3: public_key: the same as in line 2"), "{bad:?}");
    }
}
