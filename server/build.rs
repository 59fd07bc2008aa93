//! Writes the table of embedded files that `src/assets.rs` includes.
//!
//! `cargo xtask frontend` puts the site into `<target>/site`; `DUNLIN_SITE` names another place. Where there is none the
//! style sheet and the public files are embedded as they are, so that the server builds with nothing but cargo: its
//! pages need no scripts.

#![expect(
    clippy::unnecessary_debug_formatting,
    reason = "a path becomes a literal in Rust source, quotes and escapes included"
)]

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A file to embed.
struct File {
    /// What the pages call it.
    logical: String,
    /// What it is served as, with a hash of its content in it.
    hashed: String,
    /// Where its bytes are.
    path: PathBuf,
    /// Where its brotli form is, if it has one.
    brotli: Option<PathBuf>,
}

fn main() -> Result<()> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    println!("cargo::rerun-if-env-changed=DUNLIN_SITE");
    let site = match env::var_os("DUNLIN_SITE") {
        Some(site) => PathBuf::from(site),
        None => target_directory(&out)
            .ok_or("cannot tell cargo's target directory: set DUNLIN_SITE")?
            .join("site"),
    };
    // Cargo takes a watched path that is not there for one that changed, and would build the server again every time.
    fs::create_dir_all(&site)?;
    println!("cargo::rerun-if-changed={}", site.display());
    let files = if site.join("manifest.txt").exists() { built(&site)? } else { plain(&root, &out)? };
    fs::write(out.join("assets.rs"), table(&files))?;
    Ok(())
}

/// Cargo marks its target directory as one that backups may leave out; the build script's directory lies below it.
fn target_directory(out: &Path) -> Option<&Path> {
    out.ancestors().find(|directory| directory.join("CACHEDIR.TAG").exists())
}

/// The site that `cargo xtask frontend` made.
fn built(site: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for line in fs::read_to_string(site.join("manifest.txt"))?.lines() {
        let (logical, hashed) = line.split_once(' ').ok_or("manifest.txt: a line is not `logical hashed`")?;
        let path = site.join(hashed).canonicalize()?;
        let brotli = Some(site.join(format!("{hashed}.br"))).filter(|path| path.exists());
        let brotli = brotli.map(|path| path.canonicalize()).transpose()?;
        files.push(File { logical: logical.to_owned(), hashed: hashed.to_owned(), path, brotli });
    }
    Ok(files)
}

/// The style sheet and the public files alone.
fn plain(root: &Path, out: &Path) -> Result<Vec<File>> {
    let (style, public) = (root.join("style"), root.join("public"));
    let mut sheet = Vec::new();
    for file in below(&style)? {
        if file.extension().is_some_and(|end| end == "css") {
            sheet.extend(fs::read(&file)?);
            sheet.push(b'\n');
        }
    }
    let path = out.join("app.css");
    fs::write(&path, &sheet)?;
    let mut files =
        vec![File { logical: "app.css".into(), hashed: hashed("app.css", &sheet), path, brotli: None }];
    for path in below(&public)? {
        let logical = path.strip_prefix(&public)?.to_string_lossy().replace('\\', "/");
        let hashed = hashed(&logical, &fs::read(&path)?);
        files.push(File { logical, hashed, path: path.canonicalize()?, brotli: None });
    }
    Ok(files)
}

/// Every file below the directory, which is watched.
fn below(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if directory.is_dir() {
        println!("cargo::rerun-if-changed={}", directory.display());
        let mut entries = fs::read_dir(directory)?.collect::<std::io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            if entry.path().is_dir() {
                files.extend(below(&entry.path())?);
            } else {
                files.push(entry.path());
            }
        }
    }
    Ok(files)
}

/// `app.css` becomes `app-1f0c….css`. The hash only has to change with the content.
fn hashed(logical: &str, content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    let hash = hasher.finish();
    match logical.rsplit_once('.') {
        Some((stem, end)) => format!("{stem}-{hash:016x}.{end}"),
        None => format!("{logical}-{hash:016x}"),
    }
}

/// The table as Rust source.
fn table(files: &[File]) -> String {
    let mut source = String::from("[\n");
    for file in files {
        let brotli = match &file.brotli {
            Some(path) => format!("Some(include_bytes!({path:?}))"),
            None => "None".to_owned(),
        };
        let url = format!("/assets/{}", file.hashed);
        // Writing to a string cannot fail.
        let _ = writeln!(
            source,
            "    Asset {{ logical: {:?}, url: {url:?}, content_type: {:?}, bytes: include_bytes!({:?}), brotli: {brotli} }},",
            file.logical,
            content_type(&file.logical),
            file.path,
        );
    }
    source.push_str("]\n");
    source
}

/// Only what the site holds; anything else is downloaded, not shown.
fn content_type(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|end| end.to_str()) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("txt") => "text/plain; charset=utf-8",
        Some("webmanifest" | "json") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
