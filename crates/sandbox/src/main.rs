//! The binary `sandbox`: the library behind a command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use sandbox::{Options, Sandbox};
use tracing_subscriber::EnvFilter;

/// Stands in for Stripe and a mail server, on this machine only, for demo and tests.
///
/// Stripe answers at http://127.0.0.1:PORT/v1 to every key that starts with `sk_test_`. The page at / shows what happens and
/// lists the control API; /mailbox shows every mail.
#[derive(Debug, Parser)]
#[command(name = "sandbox", version)]
struct Arguments {
    /// Port of the API and the pages, on 127.0.0.1; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 12111)]
    http_port: u16,
    /// Port of the mail server, on 127.0.0.1; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 12125)]
    smtp_port: u16,
    /// File that keeps the state over a restart.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Seed of the ids: the same seed and the same calls give the same ids.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Log as JSON.
    #[arg(long)]
    json_log: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if arguments.json_log {
        log.json().init();
    } else {
        log.init();
    }
    let started = Sandbox::start(Options {
        http_port: arguments.http_port,
        smtp_port: arguments.smtp_port,
        state: arguments.state,
        seed: arguments.seed,
        ..Options::default()
    })
    .await;
    match started {
        Ok(running) => {
            tracing::info!("pages at {}, mail to {}", running.http_url(), running.smtp_addr());
            wait_for_the_end().await;
            running.stop().await;
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the sandbox could not start");
            ExitCode::FAILURE
        }
    }
}

/// Until interrupted or told to terminate.
async fn wait_for_the_end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}
