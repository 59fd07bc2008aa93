//! `dunlin generate-key`

use secrecy::{ExposeSecret as _, SecretBox};

use crate::config::installation_key_text;
use crate::env::{Entropy as _, SystemEntropy};

use super::say;

pub(super) fn run() {
    let mut key = SecretBox::new(Box::new([0_u8; 32]));
    SystemEntropy.fill(secrecy::ExposeSecretMut::expose_secret_mut(&mut key));
    say(installation_key_text(&key).expose_secret());
}
