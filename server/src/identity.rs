//! Who is asking: accounts and sessions of people, tokens and enrolment of devices.
//!
//! Tokens are opaque random texts with a prefix; only their SHA-256 is kept. Passwords are kept as
//! Argon2id hashes. A person signs in for a session (`tf_s_…`); a phone is enrolled once by a
//! one-time code and holds a device token (`tf_d_…`). What guesses would cost is bounded: few passwords are hashed
//! at once, and wrong codes come no further than an index.

pub mod enrolled_device;
pub mod enrolment;
pub mod hashing;
pub mod password;
pub mod reach;
pub mod sign_in;
pub mod signed_in;
pub mod token;
pub mod wrong_codes;

pub use enrolled_device::EnrolledDevice;
pub use hashing::Hashing;
pub use signed_in::SignedIn;
pub use wrong_codes::WrongCodes;
