//! Other programs: run with their output shown, or read, or bounded in time. Each failure says which program it was
//! and what to do.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often a bounded program is looked at.
const POLL: Duration = Duration::from_millis(50);

/// A program about to be run.
#[derive(Debug)]
pub struct Program {
    name: OsString,
    command: Command,
}

/// Begins a call of `name`. Nothing is ever asked on standard input.
pub fn program(name: impl AsRef<OsStr>) -> Program {
    let mut command = Command::new(&name);
    command.stdin(Stdio::null());
    Program { name: name.as_ref().to_owned(), command }
}

impl Program {
    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Runs in this directory.
    pub fn within(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Shows nothing of what it says.
    pub fn quiet(mut self) -> Self {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self
    }

    /// Runs it, its output shown; anything but success is an error that ends in `remedy`.
    pub fn run(mut self, remedy: &str) -> Result<()> {
        let status = self.command.status().with_context(|| self.missing(remedy))?;
        if !status.success() {
            bail!("`{}` failed ({status}): {remedy}", self.shown());
        }
        Ok(())
    }

    /// Runs it and returns what it wrote to standard output.
    pub fn output(mut self, remedy: &str) -> Result<String> {
        let output = self.command.stderr(Stdio::inherit()).output().with_context(|| self.missing(remedy))?;
        if !output.status.success() {
            bail!("`{}` failed ({}): {remedy}", self.shown(), output.status);
        }
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{}` wrote something that is not UTF-8", self.shown()))
    }

    /// Whether it ran to success. That it could not even be started counts as no.
    pub fn succeeds(mut self) -> bool {
        self.command.status().is_ok_and(|status| status.success())
    }

    /// Whether it ran to success within the time; it is killed when that is over.
    pub fn succeeds_within(mut self, limit: Duration) -> bool {
        let Ok(mut child) = self.command.spawn() else { return false };
        wait_for(&mut child, limit) == Some(true)
    }

    fn shown(&self) -> String {
        let mut words = vec![self.name.to_string_lossy().into_owned()];
        words.extend(self.command.get_args().map(|word| word.to_string_lossy().into_owned()));
        words.join(" ")
    }

    fn missing(&self, remedy: &str) -> String {
        format!("`{}` cannot be started: {remedy}", self.name.to_string_lossy())
    }
}

/// Waits for the child, at most so long; kills it after. `None` means that it had to be killed.
pub fn wait_for(child: &mut Child, limit: Duration) -> Option<bool> {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) => thread::sleep(POLL),
            Err(_) => return Some(false),
        }
    }
    // Both can only fail when the child is gone already.
    let _ = child.kill();
    let _ = child.wait();
    None
}
