//! Rust's standard library for the browser, by either of two roads.
//!
//! The first is rustup's. Where its server is out of reach but Debian's packages are not, the second builds the
//! library from Debian's sources with Debian's compiler. [`compiler`] hides which of them it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::debian;
use crate::run::{Program, program};
use crate::say;
use crate::workspace::{Workspace, cargo};

/// The target of the browser's part.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// A download of 20 MB; beyond this the server is taken to be out of reach.
const RUSTUP_LIMIT: Duration = Duration::from_mins(3);
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];

/// The cargo that can build for [`TARGET`], with its environment set.
pub fn compiler(workspace: &Workspace) -> Result<Program> {
    if usual_has_target(workspace)? {
        return Ok(cargo());
    }
    if has_library(Path::new(DEBIAN_LIBRARY)) {
        // Its objects are another compiler's, so they get a place of their own.
        return Ok(program(DEBIAN_CARGO)
            .env("RUSTC", DEBIAN_RUSTC)
            .env("CARGO_TARGET_DIR", workspace.target("debian-rust")));
    }
    bail!("Rust has no {TARGET} target: run `cargo xtask setup`")
}

/// Installs the target if neither road has been taken yet.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    if compiler(workspace).is_ok() {
        return Ok(());
    }
    let begun = Instant::now();
    say::progress(&format!("adding Rust's {TARGET} target"));
    if program("rustup")
        .args(["target", "add", TARGET])
        .within(workspace.root())
        .succeeds_within(RUSTUP_LIMIT)
        && usual_has_target(workspace)?
    {
        say::done("added by rustup", begun);
        return Ok(());
    }
    if !debian::on_path("apt-get") || !rustix::process::getuid().is_root() {
        bail!(
            "rustup could not add the target. Run this, then the same command again:\n  rustup target add {TARGET}"
        );
    }
    say::progress("rustup could not; building the library from Debian's sources instead (about a minute)");
    build_from_debian(workspace)?;
    say::done("built from Debian's sources", begun);
    Ok(())
}

/// The second road.
fn build_from_debian(workspace: &Workspace) -> Result<()> {
    debian::install(&DEBIAN_PACKAGES)?;
    let empty = workspace.target("xtask/empty-library");
    fs::create_dir_all(empty.join("src")).with_context(|| format!("cannot make {}", empty.display()))?;
    // A workspace of its own: the library lies below ours, which would claim it.
    fs::write(
        empty.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n",
    )?;
    fs::write(empty.join("src/lib.rs"), "#![no_std]\n")?;
    let built = empty.join("target");
    // The standard library may use what is not stable yet; a released compiler allows that to whoever asks.
    program(DEBIAN_CARGO)
        .args([
            "build",
            "--release",
            "--quiet",
            "--target",
            TARGET,
            "-Zbuild-std=std,panic_abort,panic_unwind",
        ])
        .env("RUSTC", DEBIAN_RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &built)
        .within(&empty)
        .run("Debian's compiler could not build its own standard library")?;
    let library = PathBuf::from(DEBIAN_LIBRARY);
    fs::create_dir_all(&library).with_context(|| format!("cannot make {}", library.display()))?;
    let objects = built.join(TARGET).join("release/deps");
    for entry in fs::read_dir(&objects).with_context(|| format!("cannot list {}", objects.display()))? {
        let object = entry?.path();
        if let (Some("rlib"), Some(name)) =
            (object.extension().and_then(|end| end.to_str()), object.file_name())
        {
            fs::copy(&object, library.join(name))
                .with_context(|| format!("cannot write to {DEBIAN_LIBRARY}"))?;
        }
    }
    Ok(())
}

/// Whether the toolchain that runs us has the target.
fn usual_has_target(workspace: &Workspace) -> Result<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let library = program(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .within(workspace.root())
        .output("is Rust installed?")?;
    Ok(has_library(Path::new(library.trim())))
}

/// Whether the directory holds a standard library.
fn has_library(directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|mut entries| {
        entries
            .any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
    })
}
