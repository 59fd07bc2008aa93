//! Where ids and secrets come from: a counter hashed with a seed, so that a seeded run repeats itself exactly.
//!
//! Nothing here protects anything: the sandbox holds no money and listens on loopback only.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A repeatable source of ids.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entropy {
    seed: [u8; 16],
    counter: u64,
}

impl Entropy {
    /// The same seed gives the same ids; without one they differ from run to run.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let seed = match seed {
            Some(seed) => u128::from(seed).to_be_bytes(),
            None => fresh_seed(),
        };
        Self { seed, counter: 0 }
    }

    fn next_block(&mut self) -> [u8; 32] {
        self.counter += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.counter.to_be_bytes());
        hash.finalize().into()
    }

    /// `length` letters and digits.
    pub(crate) fn letters(&mut self, length: usize) -> String {
        let mut letters = String::with_capacity(length);
        while letters.len() < length {
            for byte in self.next_block() {
                if letters.len() < length {
                    letters.push(char::from(BASE62[usize::from(byte) % BASE62.len()]));
                }
            }
        }
        letters
    }

    /// An id as Stripe writes them: `pi_` and 24 letters and digits.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}_{}", self.letters(24))
    }
}

#[expect(clippy::disallowed_methods, reason = "the outside world is random; this is where it is drawn")]
fn fresh_seed() -> [u8; 16] {
    uuid::Uuid::now_v7().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::Entropy;

    #[test]
    fn a_seeded_run_repeats_itself_and_an_unseeded_one_does_not() {
        assert_eq!(Entropy::new(Some(7)).id("pi"), Entropy::new(Some(7)).id("pi"));
        assert_ne!(Entropy::new(Some(7)).id("pi"), Entropy::new(Some(8)).id("pi"));
        assert_ne!(Entropy::new(None).id("pi"), Entropy::new(None).id("pi"));
        let mut entropy = Entropy::new(Some(7));
        let (first, second) = (entropy.id("pi"), entropy.id("pi"));
        assert_ne!(first, second);
        assert_eq!(first.len(), "pi_".len() + 24);
    }
}
