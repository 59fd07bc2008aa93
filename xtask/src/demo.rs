//! later
use anyhow::Result;
use crate::workspace::Workspace;
#[derive(Debug, clap::Args)]
pub struct Options {}
pub fn run(_w: &Workspace, _o: &Options) -> Result<()> { Ok(()) }
