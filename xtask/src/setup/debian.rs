//! Programs that come from the operating system.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::Need;
use crate::run::program;
use crate::say;

/// A program, and how one gets it.
struct Missing {
    /// What it is called in a sentence.
    name: &'static str,
    /// Debian's packages.
    packages: &'static [&'static str],
}

/// Installs the programs that are missing: as root on Debian itself, elsewhere by naming the command.
pub fn ensure(needs: &[Need]) -> Result<()> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.iter().map(|part| part.name).collect::<Vec<_>>().join(", ");
    let packages: Vec<&str> = missing.iter().flat_map(|part| part.packages).copied().collect();
    if !on_path("apt-get") {
        bail!(
            "missing: {names}. Install them with this machine's package manager (Debian calls the packages {}), then run the same command again.",
            packages.join(" ")
        );
    }
    if !rustix::process::getuid().is_root() {
        bail!(
            "missing: {names}. Run this, then the same command again:\n  sudo apt-get update && sudo apt-get install --yes --no-install-recommends {}",
            packages.join(" ")
        );
    }
    install(&packages)
}

/// Installs Debian packages, as root.
pub fn install(packages: &[&str]) -> Result<()> {
    say::progress(&format!("installing {} with apt-get", packages.join(", ")));
    let remedy = "see what apt-get says above; without a network, install the packages by hand";
    program("apt-get").args(["update", "--quiet=2"]).run(remedy)?;
    program("apt-get")
        .args(["install", "--yes", "--quiet=2", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run(remedy)
}

fn missing(needs: &[Need]) -> Vec<Missing> {
    let mut missing = Vec::new();
    for need in needs {
        match need {
            Need::Postgres if postgres_programs().is_none() => {
                missing.push(Missing { name: "the PostgreSQL server", packages: &["postgresql"] });
            }
            // Without a font Chromium draws no letter at all, and it only recommends one.
            Need::Chromium if chromium().is_none() => {
                missing.push(Missing { name: "Chromium", packages: &["chromium", "fonts-liberation"] });
            }
            Need::Npm if !on_path("npm") => missing.push(Missing { name: "npm", packages: &["npm"] }),
            Need::Python if !program("python3").args(["-c", "import ensurepip, venv"]).quiet().succeeds() => {
                missing.push(Missing { name: "Python with venv", packages: &["python3", "python3-venv"] });
            }
            _ => {}
        }
    }
    missing
}

/// Chromium where Debian puts it.
fn chromium() -> Option<PathBuf> {
    Some(PathBuf::from("/usr/bin/chromium")).filter(|path| path.exists())
}

/// The directory of a PostgreSQL server's programs, as Debian lays them out, or that of the one on the path. A
/// database that is running already (`TEST_POSTGRES_URL`) does as well.
fn postgres_programs() -> Option<PathBuf> {
    if let Some(url) = std::env::var_os("TEST_POSTGRES_URL") {
        return Some(PathBuf::from(url));
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions
        .map(|version| version.path().join("bin"))
        .find(|bin| bin.join("initdb").exists())
        .or_else(|| find("initdb"))
}

/// Whether a program of this name is on the path.
pub fn on_path(name: &str) -> bool {
    find(name).is_some()
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|directory| Path::new(directory).join(name).is_file())
}
