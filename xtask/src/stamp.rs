//! Skipping what is done already: a stamp is a small file that holds the hash of everything a step was made from.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The hash of a step's inputs, growing.
#[derive(Default)]
pub struct Inputs {
    hasher: Sha256,
}

impl Inputs {
    /// Adds a word, for example the version of a tool.
    pub fn word(mut self, word: &str) -> Self {
        self.add(word.as_bytes());
        self
    }

    /// Adds a file, or every file below a directory, by name and content. A path that is not there counts as such.
    pub fn path(mut self, root: &Path, path: &str) -> Result<Self> {
        for file in files_below(&root.join(path))? {
            let name = file.strip_prefix(root).unwrap_or(&file);
            self.add(name.to_string_lossy().as_bytes());
            self.add(&fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
        }
        Ok(self)
    }

    /// The stamp for these inputs, kept in this file.
    pub fn stamp(self, file: PathBuf) -> Stamp {
        Stamp { file, hash: hex::encode(self.hasher.finalize()) }
    }

    /// Lengths go in as well, so that no two different lists of inputs read the same.
    fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes.len().to_le_bytes());
        self.hasher.update(bytes);
    }
}

/// What the inputs are now, beside what they were when the step was last done.
#[derive(Debug)]
pub struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// Whether the step was done with exactly these inputs, and what it made is still there.
    pub fn is_fresh(&self, made: &Path) -> bool {
        made.exists() && fs::read_to_string(&self.file).is_ok_and(|hash| hash == self.hash)
    }

    /// Notes that the step is done.
    pub fn set(&self) -> Result<()> {
        if let Some(parent) = self.file.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::write(&self.file, &self.hash).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

/// Every file at or below the path, in the order of names.
pub fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if path.is_file() {
        files.push(path.to_owned());
    } else if path.is_dir() {
        let mut entries = fs::read_dir(path)
            .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
            .with_context(|| format!("cannot list {}", path.display()))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            files.extend(files_below(&entry.path())?);
        }
    }
    Ok(files)
}
