//! The `rasid` binary: parses the command line and hands over to the library.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Before there are threads: the process may be replaced by itself.
    if let Err(error) = rasid::config::without_telemetry() {
        eprintln!("rasid: cannot start itself again without ONNX Runtime's telemetry: {error}");
        return ExitCode::FAILURE;
    }
    run()
}

#[tokio::main]
async fn run() -> ExitCode {
    rasid::command::execute(rasid::command::Arguments::parse()).await
}
