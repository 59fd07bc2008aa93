//! Writes every page in every state to `target/gallery`, with the stylesheet, for looking at:
//! `cargo run -p app --features ssr --example gallery`.

#![expect(clippy::unwrap_used, reason = "a developer's tool: stopping with the error is the right answer")]
#![expect(clippy::inconsistent_digit_grouping, reason = "cents stand apart: 1240_00")]
#![expect(clippy::print_stdout, reason = "tells where the files are")]

#[path = "../tests/it/fixtures.rs"]
mod fixtures;
#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../tests/it/gallery.rs"]
mod gallery;
#[path = "../tests/it/handling.rs"]
mod handling;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

fn main() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = workspace.join("target/gallery");
    fs::create_dir_all(&folder).unwrap();
    let mut sheets: Vec<_> =
        fs::read_dir(workspace.join("style")).unwrap().map(|entry| entry.unwrap().path()).collect();
    sheets.sort();
    let css: String = sheets.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    fs::write(folder.join("app.css"), css).unwrap();
    let mut index = String::from("<!DOCTYPE html><title>Gallery</title><ul>");
    for shown in gallery::all() {
        let file = format!("{}.html", shown.name.replace('/', "-"));
        let html = shown.html.replace("/assets/app-0a1b2c3d.css", "app.css");
        fs::write(folder.join(&file), html).unwrap();
        write!(index, "<li><a href=\"{file}\">{}</a>", shown.name).unwrap();
    }
    fs::write(folder.join("index.html"), index).unwrap();
    println!("{}", folder.join("index.html").display());
}
