//! The facts of `facts/*.csv`: fills in what only the running demo knows, and imports them.

use super::check::Ended;
use super::world::World;
use adjudicate::import::{Fact, import};
use adjudicate::stream::record_report::RecordEnding;
use anyhow::{Context, bail};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use std::path::Path;

/// Files of the folder, each with the kind of fact that it holds.
const FILES: [(&str, Fact); 6] = [
    ("ownership.csv", Fact::Ownership),
    ("sign_states.csv", Fact::SignStates),
    ("signal_log.csv", Fact::SignalLog),
    ("payments.csv", Fact::Payments),
    ("notice_service.csv", Fact::Notices),
    ("certificates.csv", Fact::Certificates),
];

/// Imports the facts of `folder`, where there are any.
///
/// # Errors
/// When a file names an act that ended otherwise than planned, or holds bad rows.
pub async fn import_all(world: &World, folder: &Path, ended: &Ended<'_>) -> anyhow::Result<()> {
    let now = world.shared.clock.now();
    for (name, fact) in FILES {
        let path = folder.join("facts").join(name);
        if !path.exists() {
            continue;
        }
        let template =
            std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let filled =
            fill(&template, ended, now).with_context(|| format!("{} cannot be filled in", path.display()))?;
        import(&world.database, fact, filled.as_bytes())
            .await
            .with_context(|| format!("{} was not imported", path.display()))?;
    }
    Ok(())
}

/// Replaces every `{…}`.
fn fill(template: &str, ended: &Ended<'_>, now: DateTime<Utc>) -> anyhow::Result<String> {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let end = rest[start..].find('}').context("a '{' has no '}'")? + start;
        filled.push_str(&rest[..start]);
        filled.push_str(&value(&rest[start + 1..end], ended, now)?);
        rest = &rest[end + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

fn value(placeholder: &str, ended: &Ended<'_>, now: DateTime<Utc>) -> anyhow::Result<String> {
    if let Some(shift) = placeholder.strip_prefix("now") {
        return Ok(text_of(now + shift_of(shift)?));
    }
    let (kind, name) =
        placeholder.split_once(':').with_context(|| format!("'{{{placeholder}}}' is not known"))?;
    match kind {
        "captured" => {
            let sent = ended.sent_with_prefix(name)?;
            let shift = shift_of(&name[sent.act.name.len()..])?;
            Ok(text_of(sent.planned.captured_at + shift))
        }
        "plate" => {
            let plate = ended.sent_with_prefix(name)?.act.plate.as_ref().context("the act names no plate")?;
            Ok(plate.number()?.key())
        }
        "violation" | "asked" => match ended.of(name)? {
            RecordEnding::Violation { reference, amount, .. } => {
                Ok(if kind == "asked" { amount.normalize().to_string() } else { reference.clone() })
            }
            other @ (RecordEnding::ManualCheck { .. }
            | RecordEnding::DeadLetter { .. }
            | RecordEnding::WithoutCase { .. }) => {
                bail!("'{name}' is no violation but {other:?}")
            }
        },
        _ => bail!("'{{{placeholder}}}' is not known"),
    }
}

/// `+30s`, `-10d` or nothing.
fn shift_of(text: &str) -> anyhow::Result<TimeDelta> {
    if text.is_empty() {
        return Ok(TimeDelta::zero());
    }
    let unit = text.chars().last().context("a shift ends in s or d")?;
    let number: i64 = text[..text.len() - unit.len_utf8()]
        .parse()
        .with_context(|| format!("'{text}' is no shift of time"))?;
    match unit {
        's' => Ok(TimeDelta::seconds(number)),
        'd' => Ok(TimeDelta::days(number)),
        _ => bail!("'{text}' must end in s or d"),
    }
}

fn text_of(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_are_read_with_their_sign_and_unit() {
        assert_eq!(shift_of("").unwrap(), TimeDelta::zero());
        assert_eq!(shift_of("+30s").unwrap(), TimeDelta::seconds(30));
        assert_eq!(shift_of("-10d").unwrap(), TimeDelta::days(-10));
        assert!(shift_of("+30x").is_err());
    }
}
