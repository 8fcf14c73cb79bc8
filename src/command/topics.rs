//! `rasid topics`: the topics that the configuration names.

use super::config_file::ConfigArguments;
use anyhow::bail;
use ingest::connection::reach::reach;
use ingest::topics;
use std::time::Duration;

/// The arguments of `rasid topics`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  rasid topics create --config /etc/rasid.toml")]
pub(crate) struct TopicsArguments {
    #[command(subcommand)]
    command: TopicsCommand,
}

#[derive(Debug, clap::Subcommand)]
enum TopicsCommand {
    /// Makes the topics that are missing and gives existing ones the settings that they must have; what they have
    /// besides stays.
    Create {
        #[command(flatten)]
        config: ConfigArguments,
    },
    /// Says what is not as it must be; exit code 1 if anything is.
    Check {
        #[command(flatten)]
        config: ConfigArguments,
    },
}

pub(crate) async fn run(arguments: TopicsArguments) -> anyhow::Result<()> {
    match arguments.command {
        TopicsCommand::Create { config } => {
            let kafka = config.load()?.kafka;
            reach(&kafka, Duration::from_secs(kafka.startup_timeout_seconds)).await?;
            for topic in topics::create_missing(&kafka).await? {
                eprintln!(
                    "made {topic}: {} partitions, {} copies",
                    kafka.created_partitions, kafka.created_replication
                );
            }
            for topic in topics::mend(&kafka).await? {
                eprintln!("gave {topic} the settings that it must have");
            }
            eprintln!("the topics are as they must be");
            Ok(())
        }
        TopicsCommand::Check { config } => {
            let kafka = config.load()?.kafka;
            reach(&kafka, Duration::from_secs(kafka.startup_timeout_seconds)).await?;
            let problems = topics::check(&kafka).await?;
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            if !problems.is_empty() {
                bail!("{} of the topics are not as they must be", problems.len());
            }
            eprintln!("the topics are as they must be");
            Ok(())
        }
    }
}
