//! An act as a manifest states it: a code of the list of offences, and what a camera states of such an act.

use anyhow::{bail, ensure};
use schemas::act::{SPEED_UNIT, SentAct, Signal, SignalPhase};
use schemas::offence::{Act, Observation, OffenceKind};
use serde::Deserialize;

/// What was done.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedAct {
    /// Code under which acts of the kind are sent.
    code: String,
    /// As measured, for acts with a speed.
    measured_kmh: Option<u32>,
    /// The limit in force, for acts with a speed.
    limit_kmh: Option<u32>,
    /// The light, for acts that are judged by it.
    signal: Option<SignalLine>,
}

/// State of the light.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignalLine {
    /// Which light was on.
    phase: PhaseLine,
    /// Since red began.
    red_ms: u32,
    /// Length of the amber before it.
    amber_ms: u32,
}

/// Which light was on, as in [`SignalPhase`].
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PhaseLine {
    Unknown,
    Green,
    Amber,
    Red,
}

impl StatedAct {
    /// Returns a speed at one place.
    #[must_use]
    pub fn speeding(measured_kmh: u32, limit_kmh: u32) -> Self {
        let code = OffenceKind::Speed.code().to_owned();
        Self { code, measured_kmh: Some(measured_kmh), limit_kmh: Some(limit_kmh), signal: None }
    }

    /// Returns the act as a camera tells it.
    ///
    /// # Errors
    /// When no kind has the code, when something that the kind has is absent, and when it has something else.
    pub fn act(&self) -> anyhow::Result<Act> {
        let Self { code, measured_kmh, limit_kmh, signal } = self;
        let number = |kmh: &Option<u32>| kmh.map(|kmh| kmh.to_string()).unwrap_or_default();
        let act = Act::read(SentAct {
            code: code.clone(),
            measured: number(measured_kmh),
            unit: SPEED_UNIT.to_owned(),
            method: "radar".to_owned(),
            limit: number(limit_kmh),
            limit_source: "fixed_sign".to_owned(),
            signal: signal.map(Signal::from),
            section: None,
        });
        let Some(kind) = act.kind() else {
            let problem = act.not_understood().map_or("not understood", |act| act.problem.as_str());
            bail!("the act '{code}' cannot be sent: {problem}");
        };
        let by_speed = kind.is_judged_by(Observation::Speed);
        let speeds = [measured_kmh, limit_kmh];
        ensure!(
            speeds.iter().all(|kmh| kmh.is_some() == by_speed),
            "an act '{code}' has {} measured_kmh and limit_kmh",
            if by_speed { "both" } else { "no" }
        );
        let by_light = kind.is_judged_by(Observation::Signal);
        ensure!(
            signal.is_some() == by_light,
            "an act '{code}' has {} signal",
            if by_light { "a" } else { "no" }
        );
        Ok(act)
    }
}

impl From<SignalLine> for Signal {
    fn from(line: SignalLine) -> Self {
        let SignalLine { phase, red_ms, amber_ms } = line;
        let phase = match phase {
            PhaseLine::Unknown => SignalPhase::Unknown,
            PhaseLine::Green => SignalPhase::Green,
            PhaseLine::Amber => SignalPhase::Amber,
            PhaseLine::Red => SignalPhase::Red,
        };
        Self { phase, red_milliseconds: red_ms, amber_milliseconds: amber_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(json: &str) -> Result<Act, String> {
        let stated: StatedAct = serde_json::from_str(json).map_err(|error| error.to_string())?;
        stated.act().map_err(|error| error.to_string())
    }

    #[test]
    fn an_act_has_what_its_kind_has_and_nothing_else() {
        let light = r#""signal":{"phase":"red","red_ms":1,"amber_ms":2}"#;
        let speed = r#""measured_kmh":90,"limit_kmh":60"#;
        let of = |code: &str, data: &str| act(&format!("{{\"code\":\"{code}\",{data}}}"));
        assert_eq!(of("speed", speed), StatedAct::speeding(90, 60).act().map_err(|error| error.to_string()));
        assert!(of("red_light", light).is_ok_and(|act| act.kind() == Some(OffenceKind::RedLight)));
        let refused = [
            (of("speed", &format!("{speed},{light}")), "has no signal"),
            (of("red_light", &format!("{speed},{light}")), "has no measured_kmh"),
            (of("red_light", "\"signal\":null"), "has a signal"),
            (of("speed", "\"measured_kmh\":90"), "limit"),
            (of("speed", "\"measured_kmh\":401,\"limit_kmh\":60"), "not a speed of a road vehicle"),
            (of("tailgating", speed), "not known"),
            (of("speed", "\"colour\":1"), "unknown field"),
        ];
        for (act, about) in refused {
            let error = act.expect_err(about);
            assert!(error.contains(about), "{error}");
        }
    }
}
