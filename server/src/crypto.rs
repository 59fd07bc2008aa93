//! Everything secret that Dunlin makes or keeps, in one file.
//!
//! One **installation key** (32 bytes, from the configuration) is the only secret an operator has to guard. From it
//! HKDF-SHA-256 derives one key a purpose, so that a hash stored for one purpose says nothing in another:
//!
//! | key | used for |
//! | --- | --- |
//! | `portal link`, `portal session`, `member session`, `invitation`, `form` | keyed hashes of tokens: the database never holds a token |
//! | `code` | the keyed hash of a six-digit code, with its id: two equal codes have nothing in common at rest |
//! | `way out` | the second half of the address at which a contact chooses how they are contacted |
//! | `rate limit` | the names of rate limit buckets: no addresses at rest |
//! | `seal` | Stripe keys and webhook secrets, XChaCha20-Poly1305, bound to the place they are stored in |
//!
//! Nothing here draws randomness: salts, nonces and token bytes are parameters, taken by the caller from
//! [`Entropy`](crate::env::Entropy).
//!
//! One more purpose is one more [`Purpose`] variant with a label of its own. Labels are never reused or renamed:
//! what was hashed under the old label could not be found any more.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use sha2::Sha256;
use tokio::sync::Semaphore;

/// Bytes of a token: 256 bits, so that guessing is hopeless and no limit has to carry the weight alone.
pub const TOKEN_BYTES: usize = 32;
/// Bytes of a sealing nonce. Long enough (`XChaCha20`) to be drawn at random without counting.
pub const NONCE_BYTES: usize = 24;
/// Bytes of a password salt.
pub const SALT_BYTES: usize = 16;

/// The version byte that starts every sealed value, so that another cipher can follow without guessing.
const SEALED_V1: u8 = 1;

/// How many passwords are hashed at once. Each needs [`PasswordCost::memory_kib`]; a burst of sign-ins waits its turn
/// instead of taking the machine's memory.
const HASHES_AT_ONCE: usize = 4;

/// What a token is for. A token hashed for one purpose is never found under another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The link in a mail to a customer.
    PortalLink,
    /// The cookie of a customer's browser.
    PortalSession,
    /// The cookie of a signed-in member.
    MemberSession,
    /// The link in an invitation to become a member.
    Invitation,
    /// The cookie under which refused forms are kept.
    FormDraft,
    /// The address at which a contact chooses how they are contacted.
    WayOut,
    /// The six digits that prove who holds a link.
    Code,
    /// The name of a rate limit bucket.
    RateLimit,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::PortalLink => b"dunlin/1/portal link",
            Self::PortalSession => b"dunlin/1/portal session",
            Self::MemberSession => b"dunlin/1/member session",
            Self::Invitation => b"dunlin/1/invitation",
            Self::FormDraft => b"dunlin/1/form",
            Self::WayOut => b"dunlin/1/way out",
            Self::Code => b"dunlin/1/code",
            Self::RateLimit => b"dunlin/1/rate limit",
        }
    }
}

/// A 256-bit secret that leaves the house: in a link or in a cookie. Shown once, stored only as a [`TokenHash`].
pub struct Token(SecretBox<[u8; TOKEN_BYTES]>);

impl Token {
    /// A token of fresh random bytes.
    pub fn from_bytes(bytes: [u8; TOKEN_BYTES]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Reads a token from a link or a cookie. Anything that is not exactly what [`Token::reveal`] writes is `None`: the
    /// caller answers as for an unknown token.
    pub fn parse(text: &str) -> Option<Self> {
        // The length first: it bounds the work for hostile input.
        if text.len() != 43 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self::from_bytes(bytes.try_into().ok()?))
    }

    /// The first half of it, for tokens that are made of a name and a keyed hash.
    pub fn first_half(&self) -> [u8; TOKEN_BYTES / 2] {
        let mut half = [0; TOKEN_BYTES / 2];
        half.copy_from_slice(&self.0.expose_secret()[..TOKEN_BYTES / 2]);
        half
    }

    /// The token as it stands in a link or a cookie: 43 characters of base64url.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.expose_secret())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([hidden])")
    }
}

/// The keyed hash of a [`Token`], which is what the database holds and finds it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// How much work a password hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl PasswordCost {
    /// The OWASP recommendation for Argon2id: 19 MiB, two passes, one lane.
    pub const RECOMMENDED: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

    /// As cheap as the algorithm allows, so that tests and the simulation do not spend their time here.
    pub const FOR_TESTS: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };
}

/// The derived keys, and the one place that uses them. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Derived>);

struct Derived {
    root: Hkdf<Sha256>,
    seal: SecretBox<[u8; 32]>,
    passwords: Argon2<'static>,
    /// A hash of no password, verified against when the e-mail is unknown, so that both answers take the same work.
    nobody: String,
    turns: Semaphore,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([hidden])")
    }
}

/// A secret could not be hashed, sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The parameters of the password hash are impossible.
    #[error("the password cost is out of the algorithm's range")]
    Cost,
    /// A password could not be hashed.
    #[error("the password could not be hashed")]
    Hash,
    /// A stored hash is not one of ours.
    #[error("a stored password hash cannot be read")]
    StoredHash,
    /// A secret could not be sealed.
    #[error("the secret could not be sealed")]
    Seal,
    /// A sealed value was not sealed by this installation for this place, or was changed.
    #[error("a sealed secret cannot be opened: it was sealed with another installation key or was changed")]
    Open,
}

impl Keys {
    /// Derives all keys from the installation key.
    pub fn derive(installation_key: &[u8; 32], cost: PasswordCost) -> Result<Self, CryptoError> {
        let root = Hkdf::<Sha256>::new(Some(b"dunlin"), installation_key);
        let seal = SecretBox::new(Box::new(expand(&root, b"dunlin/1/seal").ok_or(CryptoError::Seal)?));
        let params =
            Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(|_| CryptoError::Cost)?;
        let passwords = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = passwords
            .hash_password_with_salt(b"", &[0; SALT_BYTES])
            .map_err(|_| CryptoError::Hash)?
            .to_string();
        Ok(Self(Arc::new(Derived { root, seal, passwords, nobody, turns: Semaphore::new(HASHES_AT_ONCE) })))
    }

    /// The keyed hash under which a token is stored and found.
    pub fn hash_token(&self, purpose: Purpose, token: &Token) -> TokenHash {
        self.hash(purpose, token.0.expose_secret())
    }

    /// The keyed hash of something that must not stand in the database as it is, such as the e-mail and address of a
    /// sign-in that is counted.
    pub fn hash(&self, purpose: Purpose, bytes: &[u8]) -> TokenHash {
        // 32 bytes are always within what HKDF can expand and HMAC takes keys of any length, so neither default is ever
        // used; were it, no token would be found, which is the safe side.
        let key = expand(&self.0.root, purpose.label()).unwrap_or_default();
        let mac =
            Hmac::<Sha256>::new_from_slice(&key).map(|mac| mac.chain_update(bytes).finalize().into_bytes());
        TokenHash(mac.map(Into::into).unwrap_or_default())
    }

    /// Seals a secret for storage. `place` names where it is stored (`business:<id>:stripe_key`): a sealed value moved to
    /// another row or column does not open there.
    pub fn seal(
        &self,
        nonce: [u8; NONCE_BYTES],
        place: &str,
        secret: &SecretString,
    ) -> Result<Vec<u8>, CryptoError> {
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: place.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| CryptoError::Seal)?;
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(SEALED_V1);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what [`Keys::seal`] made for the same place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<SecretString, CryptoError> {
        let (version, rest) = sealed.split_first().ok_or(CryptoError::Open)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(CryptoError::Open)?;
        if *version != SEALED_V1 {
            return Err(CryptoError::Open);
        }
        let payload = Payload { msg: body, aad: place.as_bytes() };
        let plain = self.cipher().decrypt(&XNonce::from(*nonce), payload).map_err(|_| CryptoError::Open)?;
        Ok(SecretString::from(String::from_utf8(plain).map_err(|_| CryptoError::Open)?))
    }

    /// Hashes a password with a fresh salt, off the async threads.
    pub async fn hash_password(
        &self,
        salt: [u8; SALT_BYTES],
        password: &SecretString,
    ) -> Result<String, CryptoError> {
        let _turn = self.0.turns.acquire().await.map_err(|_| CryptoError::Hash)?;
        let (keys, password) = (self.clone(), password.clone());
        tokio::task::spawn_blocking(move || {
            let hash = keys.0.passwords.hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|_| CryptoError::Hash)
        })
        .await
        .map_err(|_| CryptoError::Hash)?
    }

    /// Whether this is the password of `stored`. Without a stored hash (an unknown e-mail, a member who has not accepted
    /// yet) the same work is done and the answer is no.
    pub async fn verify_password(
        &self,
        stored: Option<&str>,
        password: &SecretString,
    ) -> Result<bool, CryptoError> {
        let _turn = self.0.turns.acquire().await.map_err(|_| CryptoError::Hash)?;
        let known = stored.is_some();
        let hash = stored.unwrap_or(&self.0.nobody).to_owned();
        let (keys, password) = (self.clone(), password.clone());
        let matches = tokio::task::spawn_blocking(move || {
            let hash = PasswordHash::new(&hash).map_err(|_| CryptoError::StoredHash)?;
            Ok(keys.0.passwords.verify_password(password.expose_secret().as_bytes(), &hash).is_ok())
        })
        .await
        .map_err(|_| CryptoError::Hash)??;
        Ok(known && matches)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.seal.expose_secret().into())
    }
}

fn expand(root: &Hkdf<Sha256>, label: &[u8]) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    root.expand(label, &mut key).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::derive(&[7; 32], PasswordCost::FOR_TESTS).unwrap()
    }

    #[test]
    fn a_token_survives_its_way_through_a_link_and_nothing_else_parses() {
        let token = Token::from_bytes([0xA5; 32]);
        let shown = token.reveal();
        assert_eq!(Token::parse(&shown).unwrap().reveal(), shown);
        for wrong in
            ["", "a", &shown[..42], &format!("{shown}A"), &format!("{}+", &shown[..42]), &"é".repeat(43)]
        {
            assert!(Token::parse(wrong).is_none(), "{wrong:?} was taken for a token");
        }
        // The last character carries two bits that belong to no byte: one text a token, not four.
        assert!(Token::parse(&format!("{}{}", &"A".repeat(42), "B")).is_none());
        assert_eq!(format!("{token:?}"), "Token([hidden])");
    }

    #[test]
    fn hashes_differ_by_purpose_and_by_installation() {
        let token = Token::from_bytes([1; 32]);
        let mine = keys();
        let others = Keys::derive(&[8; 32], PasswordCost::FOR_TESTS).unwrap();
        let link = mine.hash_token(Purpose::PortalLink, &token);
        assert_eq!(link, mine.hash_token(Purpose::PortalLink, &token));
        assert_ne!(link, mine.hash_token(Purpose::Invitation, &token));
        assert_ne!(link, others.hash_token(Purpose::PortalLink, &token));
        assert_ne!(link.0, [0; 32]);
    }

    #[test]
    fn a_sealed_secret_opens_only_unchanged_in_its_place_with_its_key() {
        let keys = keys();
        let secret = SecretString::from("sk_test_123");
        let sealed = keys.seal([3; NONCE_BYTES], "business:1:stripe_key", &secret).unwrap();
        let opened = keys.open("business:1:stripe_key", &sealed).unwrap();
        assert_eq!(opened.expose_secret(), "sk_test_123");

        assert_eq!(keys.open("business:2:stripe_key", &sealed).unwrap_err(), CryptoError::Open);
        let others = Keys::derive(&[8; 32], PasswordCost::FOR_TESTS).unwrap();
        assert_eq!(others.open("business:1:stripe_key", &sealed).unwrap_err(), CryptoError::Open);
        for byte in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1;
            assert_eq!(keys.open("business:1:stripe_key", &changed).unwrap_err(), CryptoError::Open);
        }
        for short in 0..sealed.len() {
            assert_eq!(keys.open("business:1:stripe_key", &sealed[..short]).unwrap_err(), CryptoError::Open);
        }
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_hash_only() {
        let keys = keys();
        let password = SecretString::from("correct horse battery");
        let stored = keys.hash_password([9; SALT_BYTES], &password).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{stored}");
        assert!(keys.verify_password(Some(&stored), &password).await.unwrap());
        assert!(!keys.verify_password(Some(&stored), &SecretString::from("correct horse")).await.unwrap());
        // Not even the empty password opens an account that has none.
        assert!(!keys.verify_password(None, &SecretString::from("")).await.unwrap());
        assert_eq!(
            keys.verify_password(Some("plain"), &password).await.unwrap_err(),
            CryptoError::StoredHash
        );
    }
}
