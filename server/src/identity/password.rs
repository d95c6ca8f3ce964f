//! Passwords, kept as Argon2id hashes in PHC form with their own parameters.

use std::cell::RefCell;
use std::sync::OnceLock;

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tingfang_core::id::{Minter, PersonId};

use crate::app::App;
use crate::problem::{FieldProblem, Problem};
use crate::store::{account, person, session};

/// The shortest password that somebody may choose, in characters.
pub const SHORTEST: usize = 8;
/// The longest that is hashed, in bytes, so that nobody keeps the server busy with one.
pub const LONGEST: usize = 1_000;

/// Signs of a password that is read from paper.
const ALPHABET: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz-";

thread_local! {
    /// What a thread has computed its last hash in.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed: {0}")]
pub struct HashError(String);

/// The hash to keep. Takes some tens of milliseconds by intent: a server calls it in
/// [`Hashing`](super::Hashing).
///
/// # Errors
/// When the hash function refuses its input.
pub fn hash(minter: &Minter, password: &str) -> Result<String, HashError> {
    let salt: [u8; 16] = minter.random();
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash: PasswordHash| hash.to_string())
        .map_err(|error| HashError(error.to_string()))
}

/// Whether the password is the one behind the hash. Without a hash it takes as long and says no, so
/// that nobody learns which logins exist.
pub fn verify(password: &str, kept: Option<&str>) -> bool {
    static NOBODY: OnceLock<Option<String>> = OnceLock::new();
    let nobody = || {
        NOBODY
            .get_or_init(|| {
                let hash: Result<PasswordHash, _> =
                    Argon2::default().hash_password_with_salt(b"nobody", b"no salt at all..");
                hash.ok().map(|hash| hash.to_string())
            })
            .as_deref()
    };
    let matches = kept
        .or_else(nobody)
        .and_then(|hash| PasswordHash::new(hash).ok())
        .is_some_and(|hash| password.len() <= LONGEST && fits(password.as_bytes(), &hash).unwrap_or(false));
    matches && kept.is_some()
}

/// Whether a password is the one of a hash, in memory that each thread keeps: 19 MiB that come and go by the
/// hundred leave an allocator with holes of several times their size.
fn fits(password: &[u8], hash: &PasswordHash) -> Option<bool> {
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let argon2 = Argon2::new(algorithm, version, Params::try_from(hash).ok()?);
    let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let mut found = vec![0; expected.len()];
    MEMORY
        .with_borrow_mut(|memory| {
            memory.resize(argon2.params().block_count(), Block::default());
            argon2.hash_password_into_with_memory(password, salt.as_ref(), &mut found, memory.as_mut_slice())
        })
        .ok()?;
    // Compares in constant time.
    Some(Output::new(&found).ok()? == *expected)
}

/// Whether somebody may choose this password: long enough, and not so long that it keeps the server
/// busy.
///
/// # Errors
/// [`Problem::Invalid`].
pub fn check(password: &str) -> Result<(), Problem> {
    let wrong = |code| {
        Problem::Invalid(vec![
            FieldProblem::new("password", code).with("shortest", SHORTEST).with("longest", LONGEST),
        ])
    };
    if password.chars().count() < SHORTEST {
        Err(wrong("password_short"))
    } else if password.len() > LONGEST {
        Err(wrong("password_long"))
    } else {
        Ok(())
    }
}

/// Gives a person this password and ends every session of theirs. Blocks.
///
/// # Errors
/// [`Problem::Wait`] while too many passwords are hashed,
/// [`Problem::NotFound`] for nobody, [`Problem::Invalid`] for somebody without a sign-in name.
pub fn set(app: &App, id: PersonId, password: &str) -> Result<(), Problem> {
    let (minter, password) = (app.minter.clone(), password.to_owned());
    let hash = app.hashing.run_blocking(move || hash(&minter, &password))?.map_err(Problem::internal)?;
    let now = app.now();
    app.db.try_write(move |tx| {
        let found = person::find(tx, id)?.ok_or(Problem::NotFound { what: "person" })?;
        let login = found.login.ok_or_else(|| Problem::field("login", "no_login"))?;
        account::set_password(tx, id, &hash, now)?;
        account::forget_failures(tx, &login)?;
        Ok(session::end_all(tx, id)?)
    })
}

/// A fresh password for somebody to read and type: 16 signs, 80 random bits.
pub fn generate(minter: &Minter) -> String {
    minter.random::<16>().iter().map(|byte| char::from(ALPHABET[usize::from(byte % 31)])).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::host::{OsEntropy, SystemClock};

    #[test]
    fn only_the_right_password_fits_and_the_hash_is_argon2id() {
        let minter = Minter::new(Arc::new(SystemClock), Arc::new(OsEntropy));
        let hash = hash(&minter, "正确的密码").expect("a hash");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(verify("正确的密码", Some(&hash)));
        assert!(!verify("wrong", Some(&hash)));
        assert!(!verify("nobody", None));
        assert!(generate(&minter).len() == 16);
    }

    #[test]
    fn who_asks_for_a_name_that_nobody_has_waits_for_the_same_work() {
        let minter = Minter::new(Arc::new(SystemClock), Arc::new(OsEntropy));
        // In a thread of its own, which has computed nothing before.
        let blocks_for = |kept: Option<String>| {
            let verified = std::thread::spawn(move || {
                assert!(!verify("wrong", kept.as_deref()));
                MEMORY.with_borrow(Vec::len)
            });
            verified.join().expect("no")
        };
        let somebody = blocks_for(Some(hash(&minter, "正确的密码").expect("a hash")));
        assert_eq!((blocks_for(None), somebody), (somebody, Params::default().block_count()));
    }
}
