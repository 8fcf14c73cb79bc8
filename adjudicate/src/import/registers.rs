//! The registers as CSV rows: sites, cameras, keys, certificates, sign states.

use crate::foundation::csv::{CellError, Cells, FactRow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rules::registry::{CalibrationCertificate, Camera, CameraKind, SignCondition, SignState, Site};
use rust_decimal::Decimal;
use schemas::camera_event::SpeedKmh;
use schemas::camera_key::CameraKey;
use schemas::ids::SiteId;
use schemas::text::BilingualText;
use std::collections::BTreeSet;

/// Separates the sites of a camera within their cell.
const SITE_SEPARATOR: char = ';';

impl FactRow for Site {
    const COLUMNS: &'static [&'static str] =
        &["id", "jurisdiction", "name_arabic", "name_english", "limit_kmh"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        Ok(Self {
            id: cells.parsed("id")?,
            jurisdiction: cells.parsed("jurisdiction")?,
            name: BilingualText::new(cells.required("name_arabic")?, cells.required("name_english")?),
            limit: limit(cells)?,
        })
    }
}

impl FactRow for Camera {
    const COLUMNS: &'static [&'static str] = &["id", "sites", "kind", "instrument"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let sites = cells.required("sites")?.split(SITE_SEPARATOR).map(|site| SiteId::parse(site.trim()));
        let kind = cells.required("kind")?;
        Ok(Self {
            id: cells.parsed("id")?,
            sites: sites.collect::<Result<BTreeSet<_>, _>>().map_err(|error| problem("sites", error))?,
            kind: CameraKind::from_label(kind).ok_or_else(|| {
                problem(
                    "kind",
                    format!("must be one of {}", CameraKind::ALL.map(CameraKind::label).join(", ")),
                )
            })?,
            instrument: cells.required("instrument")?.to_owned(),
        })
    }
}

impl FactRow for CameraKey {
    const COLUMNS: &'static [&'static str] =
        &["id", "camera", "public_key", "valid_from", "valid_until", "revoked_at"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let public_key = STANDARD.decode(cells.required("public_key")?).ok();
        let public_key: Option<[u8; 32]> = public_key.and_then(|bytes| bytes.try_into().ok());
        let key = Self {
            id: cells.parsed("id")?,
            camera: cells.parsed("camera")?,
            public_key: public_key
                .ok_or_else(|| problem("public_key", "must be an Ed25519 public key, 32 bytes in base64"))?,
            valid_from: cells.instant("valid_from")?,
            valid_until: cells.instant_optional("valid_until")?,
            revoked_at: cells.instant_optional("revoked_at")?,
        };
        if key.valid_until.is_some_and(|end| end <= key.valid_from) {
            return Err(problem("valid_until", "must be after valid_from"));
        }
        Ok(key)
    }
}

impl FactRow for CalibrationCertificate {
    const COLUMNS: &'static [&'static str] = &["id", "camera", "type_approval", "valid_from", "valid_to"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let certificate = Self {
            id: cells.parsed("id")?,
            camera: cells.parsed("camera")?,
            type_approval: cells.required("type_approval")?.to_owned(),
            valid_from: cells.instant("valid_from")?,
            valid_to: cells.instant("valid_to")?,
        };
        if certificate.valid_to <= certificate.valid_from {
            return Err(problem("valid_to", "must be after valid_from"));
        }
        Ok(certificate)
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
                problem("condition", "must be in_order with a limit_kmh, or out, or hidden")
            })?,
        };
        if state.to.is_some_and(|to| to <= state.from) {
            return Err(problem("to", "must be after from"));
        }
        Ok(state)
    }
}

fn limit(cells: &Cells<'_>) -> Result<Option<SpeedKmh>, CellError> {
    let limit: Option<Decimal> = cells.parsed_optional("limit_kmh")?;
    limit.map(SpeedKmh::new).transpose().map_err(|error| problem("limit_kmh", error))
}

fn problem(column: &'static str, problem: impl ToString) -> CellError {
    CellError { column, problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::csv::read_rows;
    use super::*;

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
    fn a_key_must_be_thirty_two_bytes() {
        let text = "id,camera,public_key,valid_from,valid_until,revoked_at\n\
                    k,c,AAAA,2026-01-01T00:00:00Z,,\n";
        assert_eq!(
            bad::<CameraKey>(text),
            ["line 2: public_key: must be an Ed25519 public key, 32 bytes in base64"]
        );
    }
}
