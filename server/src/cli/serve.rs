//! `dunlin serve`

use std::process::ExitCode;
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use store::Store;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::LocalPoolHandle;

use crate::config::Config;
use crate::health::Heartbeats;
use crate::operations::demo;
use crate::web::{App, http, routes};
use crate::{logs, metrics, workers};

use super::{CliError, outside};

pub(super) async fn run(config: Config) -> Result<ExitCode, CliError> {
    logs::install(&config.log);
    metrics::install();
    // The port first: a second server on the same machine must not touch the database before it notices.
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| CliError::Listen { address: config.listen, source })?;

    let store = Store::connect(config.database_url.expose_secret()).await?;
    store.migrate().await?;
    let env = outside::env(&config, store.clone())?;
    demo::resume(&env).await?;
    let heartbeats = Arc::new(Heartbeats::default());

    let stop = CancellationToken::new();
    let pool = LocalPoolHandle::new(threads());
    let workers = tokio::spawn(workers::run(env.clone(), Arc::clone(&heartbeats), stop.clone()));
    let app = App::new(&config, env, pool, heartbeats);
    tokio::spawn(stop_on_signal(stop.clone())?);
    tracing::info!(listen = %config.listen, base_url = config.base_url.origin(), demo = config.demo, "ready");
    http::serve(listener, routes::router(&app), config.limits, stop.clone()).await;

    // Requests are finished; workers end the run they are in, or are left behind when it takes too long: what they
    // claimed comes back when its lease ends.
    stop.cancel();
    match tokio::time::timeout(config.limits.drain_timeout, workers).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the workers died"),
        Err(_) => tracing::warn!("workers were still busy when the time to finish ran out"),
    }
    store.close().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// How many threads handlers and workers run on: as many as the machine runs at once, within reason.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 16)
}

/// Cancels `stop` at SIGTERM or SIGINT. A second signal ends the process at once, as people expect of Ctrl-C.
fn stop_on_signal(stop: CancellationToken) -> Result<impl Future<Output = ()> + Send + 'static, CliError> {
    let listen =
        |kind| signal(kind).map_err(|source| CliError::System { doing: "listening for signals", source });
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        for is_first in [true, false] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if is_first {
                tracing::info!("asked to stop");
                stop.cancel();
            } else {
                std::process::exit(130);
            }
        }
    })
}
