//! What is said of dead letters: never a field of the event, which may hold a plate.

use super::resend::Now;
use super::select::{Letter, Letters};
use ingest::dead_letter::advice;
use serde_json::{Value, json};
use std::io::Write;

/// One line for each.
pub(super) async fn list(mut letters: Letters, as_json: bool) -> anyhow::Result<()> {
    while let Some(letter) = letters.next().await? {
        let line = if as_json { object(&letter).to_string() } else { letter.line() };
        writeln!(std::io::stdout(), "{line}")?;
    }
    eprintln!("{} dead letters", letters.count());
    Ok(())
}

fn object(letter: &Letter) -> Value {
    let said = &letter.said;
    json!({
        "id": letter.id().to_string(),
        "cluster": &*said.source.cluster,
        "topic": &*said.source.topic,
        "partition": said.source.partition,
        "offset": said.offset,
        "reason": said.reason.label(),
        "stage": said.stage.label(),
        "received_at": said.first_seen,
        "build": said.build,
        "camera": letter.camera().map(|camera| camera.to_string()),
        "value_sha256": letter.value_sha256().to_string(),
        "value_bytes": letter.record.value.len(),
    })
}

/// One of them in full, with what would become of it `now`.
pub(super) fn show(letter: &Letter, now: &Now, as_json: bool) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    // A header's name is the sender's: without control characters.
    let headers = letter.record.headers.iter().map(|header| {
        let bytes = header.value.as_ref().map_or(0, bytes::Bytes::len);
        (header.name.escape_debug().to_string(), bytes)
    });
    let to_do = advice(letter.said.reason);
    if as_json {
        let mut shown = object(letter);
        if let Value::Object(fields) = &mut shown {
            let headers: Vec<Value> =
                headers.map(|(name, bytes)| json!({ "name": name, "bytes": bytes })).collect();
            fields.insert("headers".to_owned(), headers.into());
            fields.insert("now".to_owned(), now.to_string().into());
            fields.insert("advice".to_owned(), to_do.into());
        }
        writeln!(output, "{shown}")?;
        return Ok(());
    }
    writeln!(output, "{}\nbuild {}", letter.line(), letter.said.build.escape_debug())?;
    for (name, bytes) in headers {
        writeln!(output, "header {name}, {bytes} bytes")?;
    }
    writeln!(output, "now: {now}\nto do: {to_do}")?;
    Ok(())
}
