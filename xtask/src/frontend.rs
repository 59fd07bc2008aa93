//! `cargo xtask frontend`: the browser's part, the style sheet and the public files, as the server embeds them.
//!
//! The result is `target/site`: each file under a name that holds a hash of its content, so that it may be cached for
//! ever; its brotli form beside it; and `manifest.txt`, whose lines are `logical-name hashed-name`.
//! `server/build.rs` reads that.
//!
//! wasm-bindgen is called as a library: installing its command line, or cargo-leptos, would take minutes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::say;
use crate::setup::{self, Need};
use crate::stamp::{Inputs, files_below};
use crate::workspace::Workspace;

/// What the scripts may weigh over the wire. A page reads and pays without them.
pub const BUNDLE_BOUND_BYTES: usize = 60 * 1024;
/// The logical names that count towards the bound.
const BUNDLE: [&str; 2] = ["hydrate.js", "hydrate_bg.wasm"];

/// The sources of the browser's part: everything that goes into its compilation.
const SCRIPT_SOURCES: [&str; 6] =
    ["Cargo.lock", "Cargo.toml", "app/Cargo.toml", "app/src", "app/hydrate", "crates/domain"];
/// Raised when the way of building changes while its inputs do not.
const RECIPE: &str = "2";

/// Builds what is not up to date.
pub fn run(workspace: &Workspace) -> Result<()> {
    setup::run(workspace, Need::BUILD)?;
    let begun = Instant::now();
    let bundle = bundle(workspace)?;
    let site = workspace.target("site");
    let stamp = Inputs::default()
        .word(RECIPE)
        .path(&bundle, "")?
        .path(workspace.root(), "style")?
        .path(workspace.root(), "public")?
        .stamp(workspace.target("xtask/site.stamp"));
    if !stamp.is_fresh(&site.join("manifest.txt")) {
        assemble(workspace, &bundle, &site)?;
        stamp.set()?;
    }
    let bytes = bundle_bytes(workspace)?;
    say::done(&format!("scripts weigh {bytes} bytes (brotli); the bound is {BUNDLE_BOUND_BYTES}"), begun);
    Ok(())
}

/// Fails if the scripts weigh more than they may. Only the tests ask: a demo with heavy scripts is a demo all the same.
pub fn check_weight(workspace: &Workspace) -> Result<()> {
    let bytes = bundle_bytes(workspace)?;
    if bytes > BUNDLE_BOUND_BYTES {
        bail!(
            "the scripts weigh {bytes} bytes compressed, the bound is {BUNDLE_BOUND_BYTES}: see what app/src/islands draws in"
        );
    }
    Ok(())
}

/// What the scripts weigh compressed, as they lie in `target/site`.
pub fn bundle_bytes(workspace: &Workspace) -> Result<usize> {
    let site = workspace.target("site");
    let manifest = fs::read_to_string(site.join("manifest.txt"))
        .context("there is no target/site: run `cargo xtask frontend`")?;
    let mut bytes = 0;
    for (logical, hashed) in manifest.lines().filter_map(|line| line.split_once(' ')) {
        if BUNDLE.contains(&logical) {
            let file = site.join(format!("{hashed}.br"));
            bytes += fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?.len();
        }
    }
    Ok(bytes)
}

/// Compiles the browser's part and generates its JavaScript; returns the directory of both.
fn bundle(workspace: &Workspace) -> Result<PathBuf> {
    let out = workspace.target("xtask/bundle");
    let mut inputs = Inputs::default().word(RECIPE);
    for source in SCRIPT_SOURCES {
        inputs = inputs.path(workspace.root(), source)?;
    }
    let stamp = inputs.stamp(workspace.target("xtask/bundle.stamp"));
    if stamp.is_fresh(&out.join("hydrate.js")) {
        return Ok(out);
    }
    say::progress("compiling the browser's part to WebAssembly");
    setup::webassembly_compiler(workspace)?
        .args([
            "build",
            "--package",
            "hydrate",
            "--profile",
            "wasm-release",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .within(workspace.root())
        .run("the browser's part must compile: see above")?;
    // By either road (see `setup::webassembly`) the newer file is the one just made.
    let roads = ["", "debian-rust/"];
    let compiled = roads
        .map(|road| workspace.target(&format!("{road}wasm32-unknown-unknown/wasm-release/hydrate.wasm")))
        .into_iter()
        .filter_map(|file| {
            fs::metadata(&file).and_then(|data| data.modified()).ok().map(|modified| (modified, file))
        })
        .max()
        .map(|(_, file)| file)
        .context("cargo made no hydrate.wasm; is app/hydrate still a cdylib?")?;
    say::progress("generating its JavaScript");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("cannot empty {}", out.display()))?;
    }
    // The page names the WebAssembly file itself, by its hashed name, so the default name is left out.
    let mut output = Bindgen::new()
        .input_path(&compiled)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .omit_default_module_path(true)
        .out_name("hydrate")
        .generate_output()
        .context("wasm-bindgen refused hydrate.wasm; is wasm-bindgen the same version in Cargo.toml and in xtask/Cargo.toml?")?;
    drop_unused_exports(output.wasm_mut());
    output.emit(&out).with_context(|| format!("cannot write {}", out.display()))?;
    stamp.set()?;
    Ok(out)
}

/// Takes out what a library exports and nobody calls: leptos brings streams for server functions, of which we have none.
/// Exports keep their code alive, so no earlier step could see that it is dead; it is a fifth of the whole.
fn drop_unused_exports(module: &mut walrus::Module) {
    let names: Vec<String> = module.exports.iter().map(|export| export.name.clone()).collect();
    for name in names.iter().filter(|name| name.trim_start_matches("__wbg_").starts_with("intounderlying")) {
        // It was listed a moment ago, so it is there.
        let _ = module.exports.remove(name);
    }
    walrus::passes::gc::run(module);
}

/// Puts the site together beside the old one, then swaps, so that a build that dies leaves no half of it.
fn assemble(workspace: &Workspace, bundle: &Path, site: &Path) -> Result<()> {
    say::progress("hashing and compressing the site's files");
    let fresh = workspace.target("site.new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(&fresh).with_context(|| format!("cannot make {}", fresh.display()))?;
    let mut manifest = Vec::new();
    place(&fresh, "app.css", &style_sheet(workspace)?, &mut manifest)?;
    for root in [bundle.to_owned(), workspace.source("public")] {
        for file in files_below(&root)? {
            let logical = file.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
            place(&fresh, &logical, &fs::read(&file)?, &mut manifest)?;
        }
    }
    manifest.sort();
    fs::write(fresh.join("manifest.txt"), manifest.concat())?;
    if site.exists() {
        fs::remove_dir_all(site)?;
    }
    fs::rename(&fresh, site).with_context(|| format!("cannot replace {}", site.display()))
}

/// The style sheet: the files of `style/` one after the other, in the order of their names, which is that of the layers.
fn style_sheet(workspace: &Workspace) -> Result<Vec<u8>> {
    let mut sheet = Vec::new();
    for file in files_below(&workspace.source("style"))? {
        if file.extension().is_some_and(|end| end == "css") {
            sheet.extend(fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
            sheet.push(b'\n');
        }
    }
    Ok(sheet)
}

/// Writes one file under its hashed name, and its brotli form where that is smaller.
fn place(site: &Path, logical: &str, content: &[u8], manifest: &mut Vec<String>) -> Result<()> {
    let hashed = hashed_name(logical, content);
    let path = site.join(&hashed);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    let compressed = brotli(content)?;
    if compressed.len() < content.len() {
        fs::write(site.join(format!("{hashed}.br")), compressed)?;
    }
    manifest.push(format!("{logical} {hashed}\n"));
    Ok(())
}

/// `app.css` becomes `app-1f0c….css`.
fn hashed_name(logical: &str, content: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(content));
    let hash = hash.get(..16).unwrap_or(&hash);
    match logical.rsplit_once('.') {
        Some((stem, end)) => format!("{stem}-{hash}.{end}"),
        None => format!("{logical}-{hash}"),
    }
}

/// Brotli at its slowest and smallest: it is done once, and read many times.
fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut compressed, 64 * 1024, 11, 22);
    writer.write_all(content)?;
    writer.flush()?;
    drop(writer);
    Ok(compressed)
}

#[cfg(test)]
mod tests {
    use super::hashed_name;

    #[test]
    fn a_hashed_name_keeps_its_ending_and_follows_the_content() {
        let one = hashed_name("app.css", b"a {}");
        assert!(one.strip_prefix("app-").is_some_and(|rest| rest.strip_suffix(".css").is_some()), "{one}");
        assert_ne!(one, hashed_name("app.css", b"b {}"));
        assert_eq!(one, hashed_name("app.css", b"a {}"));
    }
}
