//! The state file: written beside itself and then renamed, so that a crash leaves the old one or the new one whole.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use crate::StartError;
use crate::world::{State, World};

/// The state in a file; none if there is no file yet.
pub(crate) fn read(path: &Path) -> Result<Option<State>, StartError> {
    let refuse = |reason: String| StartError::State { path: path.to_owned(), reason };
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refuse(error.to_string())),
    };
    let mut state: State = serde_json::from_slice(&text).map_err(|error| refuse(error.to_string()))?;
    state.restore();
    Ok(Some(state))
}

/// Writes the state if it is not what was written last; `written` is the version last written.
pub(crate) fn write_if_changed(world: &World, path: &Path, written: &mut u64) -> std::io::Result<()> {
    let version = world.version();
    if version != *written {
        write(world, path)?;
        *written = version;
    }
    Ok(())
}

/// Writes the state.
pub(crate) fn write(world: &World, path: &Path) -> std::io::Result<()> {
    let text = world.look(serde_json::to_vec)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = File::create(&beside)?;
    file.write_all(&text)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    // The rename itself must reach the disk as well.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
