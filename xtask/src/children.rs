//! Programs that run beside us until we end: started quietly, waited for until they answer, ended in order.
//!
//! They end with us however we end: on Ctrl-C and on a plain `kill` by our handler, after a panic or an error by
//! `Drop`, and should we be killed outright by the kernel, where `setpriv` is there to ask it for that.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::run::{program, wait_for};

/// A program that was asked to end gets so long to finish what it is doing.
const GRACE: Duration = Duration::from_secs(15);
/// A program that does not answer by then never will.
const READY: Duration = Duration::from_mins(1);
/// A single answer on loopback.
const PATIENCE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(5);
/// How much of a log is shown when its program died.
const TAIL_LINES: usize = 15;

/// The programs, in the order of their start.
#[derive(Debug)]
pub struct Children {
    running: Vec<Running>,
    asked_to_stop: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Running {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Children {
    /// None yet. From here on Ctrl-C no longer ends us by itself: [`Children::watch`] sees it.
    pub fn new() -> Result<Self> {
        let asked_to_stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&asked_to_stop))
                .context("cannot listen for Ctrl-C")?;
        }
        Ok(Self { running: Vec::new(), asked_to_stop })
    }

    /// Starts a program whose output goes to the file, anew.
    pub fn start(
        &mut self,
        name: &'static str,
        path: &Path,
        arguments: &[String],
        log: PathBuf,
    ) -> Result<()> {
        let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = bound_to_us(path);
        command.args(arguments).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        // Ctrl-C reaches every program of the terminal's group; ours are to hear of it from us, once.
        command.process_group(0);
        let child = command.spawn().with_context(|| format!("cannot start {}", path.display()))?;
        self.running.push(Running { name, child, log });
        Ok(())
    }

    /// The process id of the program started last.
    pub fn last_id(&self) -> Option<u32> {
        self.running.last().map(|running| running.child.id())
    }

    /// Waits until the address answers `GET path` with 200.
    pub fn wait_until_ready(&mut self, port: u16, path: &str) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < READY {
            if self.asked_to_stop.load(Ordering::SeqCst) {
                bail!("stopped while starting");
            }
            self.check()?;
            if status(port, path) == Some(200) {
                return Ok(());
            }
            thread::sleep(POLL);
        }
        match self.running.last() {
            Some(last) => {
                bail!("the {} did not answer within {} s:\n{}", last.name, READY.as_secs(), tail(&last.log))
            }
            None => bail!("nothing was started"),
        }
    }

    /// Waits until somebody asks us to stop, or one of the programs ends by itself, which is an error.
    pub fn watch(&mut self) -> Result<()> {
        while !self.asked_to_stop.load(Ordering::SeqCst) {
            self.check()?;
            thread::sleep(POLL * 20);
        }
        Ok(())
    }

    /// Ends all, the last one first, each with time to finish.
    pub fn end(&mut self) {
        while !self.running.is_empty() {
            self.end_last();
        }
    }

    /// Ends the program started last.
    pub fn end_last(&mut self) {
        let Some(mut running) = self.running.pop() else { return };
        if let Ok(id) = i32::try_from(running.child.id())
            && let Some(id) = Pid::from_raw(id)
        {
            // It may have ended meanwhile, which is what we want.
            let _ = kill_process(id, Signal::TERM);
        }
        wait_for(&mut running.child, GRACE);
    }

    /// Whether all still run.
    fn check(&mut self) -> Result<()> {
        for running in &mut self.running {
            if let Some(status) = running.child.try_wait()? {
                bail!(
                    "the {} ended by itself ({status}). The end of {}:\n{}",
                    running.name,
                    running.log.display(),
                    tail(&running.log)
                );
            }
        }
        Ok(())
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.end();
    }
}

/// The program, set up so that the kernel ends it when we die without a chance to.
fn bound_to_us(path: &Path) -> Command {
    if program("setpriv").args(["--pdeathsig", "TERM", "true"]).quiet().succeeds() {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "--"]).arg(path);
        command
    } else {
        Command::new(path)
    }
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default().join("\n")
}

/// The first free loopback port at or after the wanted one.
pub fn free_port(wanted: u16) -> Result<u16> {
    (wanted..=wanted.saturating_add(50))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .with_context(|| format!("no free port from {wanted} on: name another with --port or --sandbox-port"))
}

/// Asks a server on loopback for a page; the status it answers with, if it answers.
fn status(port: u16, path: &str) -> Option<u16> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    // The status stands in the first bytes; the rest is read for the sake of an orderly end.
    stream.read_to_string(&mut answer).ok()?;
    answer.split_whitespace().nth(1)?.parse().ok()
}
