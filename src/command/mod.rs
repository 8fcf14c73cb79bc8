//! The command line: one file per subcommand, each with its arguments and its call.

pub(crate) mod check_config;
mod config_file;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod migrate;
pub(crate) mod position;
pub(crate) mod read;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod runtime;
pub(crate) mod send;
pub(crate) mod serve;
pub(crate) mod server_key;
pub(crate) mod synth;
pub(crate) mod topics;
pub(crate) mod verify;
mod warnings;

use clap::{Parser, Subcommand};
use schemas::error_chain::ErrorChain;
use std::process::ExitCode;

/// Camera enforcement that is fair: camera events to violations, objections to human decisions.
#[derive(Debug, Parser)]
#[command(
    name = "rasid",
    version,
    about,
    max_term_width = 100,
    after_help = "Examples:\n  rasid doctor\n  rasid demo\n  rasid run --config /etc/rasid.toml"
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole system on this machine, with real photographs.
    Demo(demo::DemoArguments),
    /// The stream half: Kafka to violations.
    Run(run::RunArguments),
    /// The service half: citizens, reviewers, jobs.
    Serve(serve::ServeArguments),
    /// Publishes camera events from a folder of pictures with a manifest.
    Send(send::SendArguments),
    /// Reads the plates in pictures, one JSON object a line.
    Read(read::ReadArguments),
    /// Makes pictures of plates and road scenes with ground truth, from a seed.
    Synth(synth::SynthArguments),
    /// Imports facts of other registers from a CSV file.
    Import(import::ImportArguments),
    /// Repeats assessments and machine answers from stored data and compares bytes.
    Replay(replay::ReplayArguments),
    /// Whether everything is still what was recorded and signed, by public keys alone.
    Verify(verify::VerifyArguments),
    /// The key that this installation signs with: make, show, rotate.
    ServerKey(server_key::ServerKeyArguments),
    /// Keys of reviewers, auditors, administrators and portals: issue, list, rotate, revoke.
    Keys(keys::KeysArguments),
    /// The topics that the configuration names: make or check them.
    Topics(topics::TopicsArguments),
    /// Where the stream half stands in each partition; moves one that cannot go on.
    Position(position::PositionArguments),
    /// Brings the database's tables up to date.
    Migrate(migrate::MigrateArguments),
    /// Loads and checks the configuration and prints it without secrets.
    CheckConfig(check_config::CheckConfigArguments),
    /// Returns what is missing on this machine and how to get it.
    Doctor(doctor::DoctorArguments),
    /// The local Kafka, PostgreSQL and ONNX Runtime of the demo, the tests and the benches.
    Runtime(runtime::RuntimeArguments),
}

/// Runs the chosen command and turns its end into an exit code: 0, or 1 with the error's chain on stderr.
pub async fn execute(arguments: Arguments) -> ExitCode {
    let result = match arguments.command {
        Command::Demo(arguments) => Box::pin(demo::run(arguments)).await,
        Command::Run(arguments) => Box::pin(run::run(arguments)).await,
        Command::Serve(arguments) => Box::pin(serve::run(arguments)).await,
        Command::Send(arguments) => send::run(arguments).await,
        Command::Read(arguments) => read::run(arguments).await,
        Command::Synth(arguments) => synth::run(arguments).await,
        Command::Import(arguments) => import::run(arguments).await,
        Command::Replay(arguments) => replay::run(arguments).await,
        Command::Verify(arguments) => verify::run(arguments).await,
        Command::ServerKey(arguments) => server_key::run(&arguments),
        Command::Keys(arguments) => keys::run(arguments).await,
        Command::Topics(arguments) => topics::run(arguments).await,
        Command::Position(arguments) => position::run(arguments).await,
        Command::Migrate(arguments) => migrate::run(arguments).await,
        Command::CheckConfig(arguments) => check_config::run(&arguments),
        Command::Doctor(arguments) => doctor::run(arguments).await,
        Command::Runtime(arguments) => runtime::run(arguments).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rasid: {}", ErrorChain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
