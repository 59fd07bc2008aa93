//! `cargo xtask demo`: everything built, started on SQLite with demo data, and where to look.
//!
//! What it keeps lies in `target/demo`: the database, the installation key, the sandbox's state and both logs. A second
//! start goes on from there; `--fresh` begins anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::children::{Children, free_port};
use crate::run::program;
use crate::workspace::Workspace;
use crate::{frontend, say, test};

/// How it is started.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The server's port; the next free one is taken if it is in use.
    #[arg(long, default_value_t = 7350)]
    port: u16,
    /// The sandbox's port, its mail server's being the next one; likewise.
    #[arg(long, default_value_t = 7450)]
    sandbox_port: u16,
    /// Forgets the last demo and begins anew.
    #[arg(long)]
    fresh: bool,
}

/// Where the demo's things are.
struct Place {
    directory: PathBuf,
}

impl Place {
    fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// The ports that were free.
struct Ports {
    server: u16,
    sandbox: u16,
    smtp: u16,
}

impl Ports {
    fn find(options: &Options) -> Result<Self> {
        let server = free_port(options.port)?;
        let sandbox = free_port(options.sandbox_port)?;
        Ok(Self { server, sandbox, smtp: free_port(sandbox + 1)? })
    }

    fn base_url(&self) -> String {
        format!("http://localhost:{}", self.server)
    }

    fn sandbox_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.sandbox)
    }
}

/// Builds, starts, tells, and waits for Ctrl-C.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    frontend::run(workspace)?;
    let begun = Instant::now();
    say::progress("compiling the server and the sandbox");
    test::build(workspace)?;
    say::done("compiled", begun);

    let place = Place { directory: workspace.target("demo") };
    if options.fresh && place.directory.exists() {
        fs::remove_dir_all(&place.directory)
            .with_context(|| format!("cannot remove {}", place.directory.display()))?;
    }
    fs::create_dir_all(&place.directory)
        .with_context(|| format!("cannot make {}", place.directory.display()))?;
    let dunlin = workspace.binary("debug", "dunlin");
    let ports = Ports::find(options)?;
    configure(&place, &dunlin, &ports)?;

    let begun = Instant::now();
    let mut children = Children::new()?;
    start_sandbox(workspace, &place, &ports, &mut children)?;
    let sign_in = demo_data(&place, &dunlin, &ports)?;
    start_server(&place, &dunlin, &ports, &mut children)?;
    say::done("running", begun);

    tell(&place, &ports, &sign_in);
    children.watch()?;
    say::progress("stopping");
    children.end();
    Ok(())
}

/// Writes the configuration for these ports; the installation key stays what it was, or nothing could be opened again.
fn configure(place: &Place, dunlin: &Path, ports: &Ports) -> Result<()> {
    let key_file = place.file("installation-key");
    if !key_file.exists() {
        let key = program(dunlin).args(["generate-key"]).output("the server's program must run")?;
        fs::write(&key_file, key.trim())?;
    }
    let key = fs::read_to_string(&key_file).with_context(|| format!("cannot read {}", key_file.display()))?;
    let configuration = format!(
        "# Written by `cargo xtask demo` at every start.\n\
         listen = \"127.0.0.1:{server}\"\n\
         base_url = \"{base_url}\"\n\
         database_url = \"sqlite:{database}\"\n\
         installation_key = \"{key}\"\n\
         demo = true\n\
         stripe_url = \"{sandbox_url}\"\n\n\
         [smtp]\n\
         host = \"127.0.0.1\"\n\
         port = {smtp}\n\
         tls = \"none\"\n\
         from = \"invoices@dunlin.example\"\n",
        server = ports.server,
        base_url = ports.base_url(),
        database = place.file("dunlin.sqlite").display(),
        sandbox_url = ports.sandbox_url(),
        smtp = ports.smtp,
    );
    fs::write(place.file("dunlin.toml"), configuration).context("cannot write the demo's configuration")
}

fn start_sandbox(workspace: &Workspace, place: &Place, ports: &Ports, children: &mut Children) -> Result<()> {
    let arguments = [
        "--http-port".to_owned(),
        ports.sandbox.to_string(),
        "--smtp-port".to_owned(),
        ports.smtp.to_string(),
        "--state".to_owned(),
        place.file("sandbox.json").display().to_string(),
    ];
    children.start(
        "sandbox",
        &workspace.binary("debug", "sandbox"),
        &arguments,
        place.file("sandbox.log"),
    )?;
    children.wait_until_ready(ports.sandbox, "/")
}

/// Fills the database once. What the program says then (how to sign in, a link to try) is kept for the next starts,
/// whose port may be another.
fn demo_data(place: &Place, dunlin: &Path, ports: &Ports) -> Result<String> {
    let kept = place.file("sign-in.txt");
    if !kept.exists() {
        say::progress("writing demo data");
        let said = program(dunlin)
            .args(["demo-data", "--config"])
            .args([place.file("dunlin.toml")])
            .output("`cargo xtask demo --fresh` begins anew")?;
        fs::write(&kept, said.replace(&ports.base_url(), BASE_URL))?;
    }
    let said = fs::read_to_string(&kept).with_context(|| format!("cannot read {}", kept.display()))?;
    Ok(said.replace(BASE_URL, &ports.base_url()))
}

/// Stands for the server's address in what is kept.
const BASE_URL: &str = "{base_url}";

fn start_server(place: &Place, dunlin: &Path, ports: &Ports, children: &mut Children) -> Result<()> {
    let arguments =
        ["serve".to_owned(), "--config".to_owned(), place.file("dunlin.toml").display().to_string()];
    children.start("server", dunlin, &arguments, place.file("server.log"))?;
    children.wait_until_ready(ports.server, "/health/ready")
}

/// What a stranger needs to go on.
fn tell(place: &Place, ports: &Ports, sign_in: &str) {
    say::result("");
    say::result(&format!("  The console:           {}/console", ports.base_url()));
    say::result(&format!("  The mailbox:           {}/mailbox", ports.sandbox_url()));
    say::result(&format!("  The Stripe stand-in:   {}/", ports.sandbox_url()));
    say::result("");
    for line in sign_in.trim().lines() {
        say::result(&format!("  {line}"));
    }
    say::result("");
    say::result(&format!("  Logs and database:     {}", place.directory.display()));
    say::result(
        "  Ctrl-C stops it; the next start goes on from here, `cargo xtask demo --fresh` begins anew.",
    );
    say::result("");
}
