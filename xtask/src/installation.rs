//! An installation of Dunlin with the sandbox beside it, in a directory of its own: what the demo shows and the bench
//! measures.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::children::{Children, free_port};
use crate::run::program;
use crate::say;
use crate::workspace::Workspace;

/// Stands for the server's address in what is kept from one start to the next, whose port may be another.
const BASE_URL: &str = "{base_url}";

/// Where its things are and where it listens.
#[derive(Debug)]
pub struct Installation {
    directory: PathBuf,
    dunlin: PathBuf,
    sandbox: PathBuf,
    server_port: u16,
    sandbox_port: u16,
    smtp_port: u16,
}

impl Installation {
    /// Finds free ports from the wanted ones on, and writes the configuration. `profile` is the directory below the
    /// target directory that holds the programs.
    pub fn prepare(workspace: &Workspace, name: &str, profile: &str, wanted: (u16, u16)) -> Result<Self> {
        let directory = workspace.target(name);
        fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let server_port = free_port(wanted.0)?;
        let sandbox_port = free_port(wanted.1)?;
        let installation = Self {
            directory,
            dunlin: workspace.binary(profile, "dunlin"),
            sandbox: workspace.binary(profile, "sandbox"),
            server_port,
            sandbox_port,
            smtp_port: free_port(sandbox_port + 1)?,
        };
        installation.configure()?;
        Ok(installation)
    }

    /// The directory of everything it keeps.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The port of its pages.
    pub fn port(&self) -> u16 {
        self.server_port
    }

    /// Where browsers reach it. `localhost` rather than an address, because browsers count it as secure and keep its
    /// cookies.
    pub fn base_url(&self) -> String {
        format!("http://localhost:{}", self.server_port)
    }

    /// Where the sandbox is.
    pub fn sandbox_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.sandbox_port)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Writes the configuration for these ports; the installation key stays what it was, or nothing that was sealed with
    /// it could be opened again.
    fn configure(&self) -> Result<()> {
        let key_file = self.file("installation-key");
        if !key_file.exists() {
            let key = program(&self.dunlin).args(["generate-key"]).output("the server's program must run")?;
            fs::write(&key_file, key.trim())?;
        }
        let key =
            fs::read_to_string(&key_file).with_context(|| format!("cannot read {}", key_file.display()))?;
        let configuration = format!(
            "# Written by `cargo xtask` at every start.\n\
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
             from = \"invoices@dunlin.example\"\n\n\
             [sms]\n\
             url = \"{sandbox_url}\"\n\
             account = \"ACdemo\"\n\
             token = \"{token}\"\n\
             from = \"+4930555000\"\n",
            server = self.server_port,
            base_url = self.base_url(),
            database = self.file("dunlin.sqlite").display(),
            sandbox_url = self.sandbox_url(),
            smtp = self.smtp_port,
            // Any will do: the sandbox takes the first that an account comes with.
            token = "token-of-the-demonstration",
        );
        fs::write(self.file("dunlin.toml"), configuration).context("cannot write the configuration")
    }

    /// Starts the sandbox, which keeps its state.
    pub fn start_sandbox(&self, children: &mut Children) -> Result<()> {
        let arguments = [
            "--http-port".to_owned(),
            self.sandbox_port.to_string(),
            "--smtp-port".to_owned(),
            self.smtp_port.to_string(),
            "--state".to_owned(),
            self.file("sandbox.json").display().to_string(),
        ];
        children.start("sandbox", &self.sandbox, &arguments, self.file("sandbox.log"))?;
        children.wait_until_ready(self.sandbox_port, "/")
    }

    /// Fills the database, once. Returns what the program said then: how to sign in, and a link to try.
    pub fn demo_data(&self) -> Result<String> {
        let kept = self.file("sign-in.txt");
        if !kept.exists() {
            say::progress("writing demo data");
            let said = program(&self.dunlin)
                .args(["demo-data", "--config"])
                .args([self.file("dunlin.toml")])
                .output("`cargo xtask demo --fresh` begins anew")?;
            fs::write(&kept, said.replace(&self.base_url(), BASE_URL))?;
        }
        let said = fs::read_to_string(&kept).with_context(|| format!("cannot read {}", kept.display()))?;
        Ok(said.replace(BASE_URL, &self.base_url()))
    }

    /// Starts the server and waits until `path` answers.
    pub fn start_server(&self, children: &mut Children, path: &str) -> Result<()> {
        let arguments =
            ["serve".to_owned(), "--config".to_owned(), self.file("dunlin.toml").display().to_string()];
        children.start("server", &self.dunlin, &arguments, self.file("server.log"))?;
        children.wait_until_ready(self.server_port, path)
    }
}
