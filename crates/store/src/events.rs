//! The append-only log of events and the hash chain over it.
use crate::{StoreError, Tx};
/// To be written at commit.
#[derive(Debug)]
pub struct NewEvent {}
pub(crate) async fn write(_tx: &mut Tx, _events: &[NewEvent]) -> Result<(), StoreError> {
    Ok(())
}
