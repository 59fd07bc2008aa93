//! later
use crate::workspace::Workspace;
use anyhow::Result;
#[derive(Debug, clap::Args)]
pub struct Options {}
pub fn run(_w: &Workspace, _o: &Options) -> Result<()> {
    Ok(())
}
