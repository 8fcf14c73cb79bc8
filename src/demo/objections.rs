//! Files the objections of `objections.jsonl` through the citizens' API, as a portal would.

use super::check::Ended;
use super::world::{LOOK_INTERVAL, World};
use crate::json_lines;
use adjudicate::objection::totals;
use adjudicate::stream::record_report::RecordEnding;
use anyhow::{Context, bail, ensure};
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

const FILE: &str = "objections.jsonl";
/// One request to the demo's own server.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Until the machine has looked at an objection.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// One objection as planned.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectionLine {
    name: String,
    acts: Vec<String>,
    grounds: Vec<GroundLine>,
    language: String,
    text: String,
    party: Option<String>,
    attachments: Vec<String>,
    after: Option<String>,
    expected: String,
    #[expect(dead_code, reason = "for people who read the file")]
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroundLine {
    code: String,
    document: Option<String>,
}

/// How many objections each answer was planned for.
pub type Planned = HashMap<String, i64>;

/// What was filed.
#[derive(Debug, Default)]
pub struct Filed {
    /// How they must be answered.
    pub planned: Planned,
    /// Names of the acts that they speak of.
    pub acts: HashSet<String>,
}

/// Files all objections, each after the one that it must follow has its answer.
///
/// # Errors
/// When one is refused, or speaks of an act that is no violation.
pub async fn file_all(world: &World, folder: &Path, ended: &Ended<'_>) -> anyhow::Result<Filed> {
    let path = folder.join(FILE);
    let mut filed = Filed::default();
    if !path.exists() {
        return Ok(filed);
    }
    let text = json_lines::read(&path)?;
    let client = Client::builder().timeout(REQUEST_TIMEOUT).build()?;
    for parsed in json_lines::parse::<ObjectionLine>(&text) {
        let (_, line) = parsed.with_context(|| format!("{} cannot be used", path.display()))?;
        if line.after.is_some() {
            answered(world).await?;
        }
        file(world, &client, ended, &line).await.with_context(|| format!("objection '{}'", line.name))?;
        *filed.planned.entry(line.expected).or_default() += 1;
        filed.acts.extend(line.acts);
    }
    answered(world).await?;
    Ok(filed)
}

/// Waits until the machine has looked at everything that was filed.
async fn answered(world: &World) -> anyhow::Result<()> {
    let clock = &world.shared.clock;
    let begun = clock.monotonic();
    while totals::count(&world.database).await?.unanswered > 0 {
        ensure!(!world.is_ending(), "the demo ended before all objections had their answer");
        ensure!(
            clock.monotonic() - begun < ANSWER_TIMEOUT,
            "the triage did not answer in {ANSWER_TIMEOUT:?}"
        );
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    Ok(())
}

async fn file(world: &World, client: &Client, ended: &Ended<'_>, line: &ObjectionLine) -> anyhow::Result<()> {
    ensure!(line.attachments.is_empty(), "attachments of the demo's objections are added at the page");
    let mut references = Vec::new();
    let mut plate = String::new();
    for act in &line.acts {
        match ended.of(act)? {
            RecordEnding::Violation { reference, plate_key, .. } => {
                references.push(reference.clone());
                plate.clone_from(plate_key);
            }
            other @ (RecordEnding::ManualCheck { .. }
            | RecordEnding::DeadLetter { .. }
            | RecordEnding::WithoutCase { .. }) => {
                bail!("act '{act}' is no violation but {other:?}")
            }
        }
    }
    let grounds: Vec<Value> = line
        .grounds
        .iter()
        .map(|ground| match &ground.document {
            Some(document) => json!({ "code": ground.code, "document_number": document }),
            None => json!({ "code": ground.code }),
        })
        .collect();
    let mut body = json!({
        "violations": references,
        "plate": plate,
        "grounds": grounds,
        "story": line.text,
        "language": line.language,
    });
    if let Some(party) = &line.party {
        body["party"] = Value::from(party.as_str());
    }
    let response = client
        .post(format!("{}api/v1/objections", world.access.page))
        .bearer_auth(&world.access.citizen_key)
        .header("Idempotency-Key", Uuid::now_v7().to_string())
        .json(&body)
        .send()
        .await?;
    let status = response.status();
    ensure!(
        status.is_success(),
        "the server answered {status}: {}",
        response.text().await.unwrap_or_default()
    );
    Ok(())
}
