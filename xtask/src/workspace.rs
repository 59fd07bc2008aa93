//! Where things are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::run::{Program, program};

/// The clone and its target directory. The two need not lie together: `CARGO_TARGET_DIR` may name any place, and
/// `.ci/run` sets it.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, which alone knows every way of setting the target directory.
    pub fn find() -> Result<Self> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output("cargo did not describe the workspace; is this run inside the clone?")?;
        let metadata: serde_json::Value =
            serde_json::from_str(&output).context("`cargo metadata` gave no JSON")?;
        let path = |key: &str| match metadata.get(key).and_then(serde_json::Value::as_str) {
            Some(path) => Ok(PathBuf::from(path)),
            None => bail!("`cargo metadata` names no `{key}`"),
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")? })
    }

    /// The clone.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A place in the clone.
    pub fn source(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A place under the target directory.
    pub fn target(&self, path: &str) -> PathBuf {
        self.target.join(path)
    }

    /// A program that a dev build made.
    pub fn binary(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Where Python packages are installed: only the tests' oracle needs them.
    pub fn python(&self) -> PathBuf {
        self.target.join("venv/bin/python")
    }
}

/// The cargo that runs us, else the one on the path.
pub fn cargo() -> Program {
    program(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}
