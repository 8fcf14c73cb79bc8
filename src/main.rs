//! The `rasid` binary: parses the command line and hands over to the library.

use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    rasid::command::execute(rasid::command::Arguments::parse()).await
}
