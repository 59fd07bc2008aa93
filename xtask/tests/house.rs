//! The rules of the house that no compiler checks: who may depend on whom, and what may not be committed.
#![expect(clippy::unwrap_used, reason = "a rule that cannot be read is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Our crates, and which of ours each may use in what it ships. `domain` knows nobody, and nobody but
/// what tries it knows `server`.
const ALLOWED: [(&str, &[&str]); 8] = [
    ("domain", &[]),
    ("app", &["domain"]),
    ("hydrate", &["app"]),
    ("store", &["domain"]),
    ("server", &["app", "domain", "store"]),
    ("sandbox", &[]),
    // Nothing depends on it, and it is never shipped: it tries the rooms from outside.
    ("workbench", &["domain", "server", "store"]),
    ("xtask", &[]),
];

/// What tests may use besides; a crate that names itself switches on its own test features.
const ALLOWED_IN_TESTS: [(&str, &[&str]); 2] =
    [("server", &["sandbox", "server", "store"]), ("store", &["store"])];

/// What must not be reached, by however many steps. A name stands for every crate that begins with it.
const OUT_OF_REACH: [(&str, &[&str]); 4] = [
    (
        "domain",
        &[
            "tokio",
            "sqlx",
            "axum",
            "hyper",
            "leptos",
            "reqwest",
            "lettre",
            "async-stripe",
            "rand",
            "getrandom",
        ],
    ),
    ("app", &["sqlx", "hyper", "reqwest", "lettre", "async-stripe", "mrml", "axum", "store"]),
    ("store", &["axum", "leptos", "hyper", "reqwest", "lettre", "async-stripe"]),
    ("sandbox", &["sqlx", "leptos", "lettre"]),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shipped,
    Tests,
}

/// The dependency graph as cargo resolves it.
struct Graph {
    names: BTreeMap<String, String>,
    edges: BTreeMap<String, Vec<(String, Kind)>>,
    members: BTreeSet<String>,
}

impl Graph {
    fn read() -> Self {
        // Other platforms' packages have not been downloaded, and need not be.
        let platform = host_platform();
        let metadata =
            cargo(&["metadata", "--format-version", "1", "--locked", "--filter-platform", &platform]);
        let metadata: Value = serde_json::from_str(&metadata).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = |value: &Value| value.as_array().unwrap().clone();
        let names = list(&metadata["packages"])
            .iter()
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let members = list(&metadata["workspace_members"]).iter().map(text).collect();
        let mut edges = BTreeMap::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let mut uses = Vec::new();
            for dependency in list(&node["deps"]) {
                for kind in list(&dependency["dep_kinds"]) {
                    let kind = if kind["kind"] == "dev" { Kind::Tests } else { Kind::Shipped };
                    uses.push((text(&dependency["pkg"]), kind));
                }
            }
            edges.insert(text(&node["id"]), uses);
        }
        Self { names, edges, members }
    }

    fn id(&self, name: &str) -> &str {
        self.members
            .iter()
            .find(|id| self.names[*id] == name)
            .unwrap_or_else(|| panic!("there is no crate {name}"))
    }

    /// Which of our own crates this one uses directly.
    fn own(&self, name: &str, wanted: Kind) -> BTreeSet<&str> {
        let uses = self.edges[self.id(name)].iter();
        uses.filter(|(id, kind)| *kind == wanted && self.members.contains(id))
            .map(|(id, _)| &*self.names[id])
            .collect()
    }
}

/// Everything that this crate alone ships with, whatever features the others switch on.
fn reach(name: &str) -> BTreeSet<String> {
    let tree = cargo(&[
        "tree",
        "--locked",
        "--package",
        name,
        "--all-features",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|used| *used != name).map(str::to_owned).collect()
}

#[test]
fn every_crate_uses_only_the_rooms_below_it() {
    let graph = Graph::read();
    assert_eq!(graph.members.len(), ALLOWED.len(), "a new crate needs a row in ALLOWED");
    for (name, allowed) in ALLOWED {
        let allowed = allowed.iter().copied().collect();
        let used = graph.own(name, Kind::Shipped);
        assert!(used.is_subset(&allowed), "{name} uses {used:?}, and may use {allowed:?}");
    }
}

#[test]
fn tests_use_no_more_than_the_stand_ins() {
    let graph = Graph::read();
    for (name, shipped) in ALLOWED {
        let besides =
            ALLOWED_IN_TESTS.iter().find(|(crate_name, _)| *crate_name == name).map_or(&[][..], |row| row.1);
        let allowed = shipped.iter().chain(besides).copied().collect();
        let used = graph.own(name, Kind::Tests);
        assert!(used.is_subset(&allowed), "the tests of {name} use {used:?}, and may use {allowed:?}");
    }
}

#[test]
fn rooms_stay_out_of_reach_of_what_they_must_not_know() {
    for (name, forbidden) in OUT_OF_REACH {
        let reached = reach(name);
        for prefix in forbidden {
            let found = reached.iter().find(|used| used.starts_with(prefix));
            assert_eq!(
                found, None,
                "{name} must not reach {prefix}; `cargo tree -p {name} -i {prefix}` shows the way"
            );
        }
    }
}

/// The rules would hold of an empty graph too, so here is one edge each that must be seen.
#[test]
fn the_graph_is_read_as_it_is() {
    let graph = Graph::read();
    assert!(graph.own("server", Kind::Shipped).contains("store"));
    assert!(graph.own("server", Kind::Tests).contains("sandbox"));
    assert!(reach("server").contains("lettre"));
    assert!(reach("app").contains("leptos"));
}

/// A lock that holds addresses binds everyone to the mirror of whoever wrote it last.
#[test]
fn locks_hold_no_download_addresses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let npm = std::fs::read_to_string(root.join("end2end/package-lock.json")).unwrap();
    assert!(npm.contains("\"integrity\""), "the lock must pin content");
    assert!(!npm.contains("http:") && !npm.contains("https:"), "end2end/package-lock.json holds an address");
    let cargo = std::fs::read_to_string(root.join("Cargo.lock")).unwrap();
    for line in cargo.lines().filter(|line| line.starts_with("source = ")) {
        assert_eq!(line, "source = \"registry+https://github.com/rust-lang/crates.io-index\"");
    }
    let python = std::fs::read_to_string(root.join("xtask/requirements.txt")).unwrap();
    for line in python.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.contains("==") && !line.contains("://"), "xtask/requirements.txt: {line}");
    }
}

fn host_platform() -> String {
    let version = cargo(&["--version", "--verbose"]);
    version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn cargo(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
