//! Somebody who is signed in, without a password or a request.

use tingfang_core::id::PersonId;
use tingfang_server::identity::SignedIn;
use tingfang_server::store::{person, role_grant};

use crate::fleet::Fleet;

/// A person with the roles that they hold now.
pub fn signed_in(fleet: &Fleet, id: PersonId) -> SignedIn {
    let found = fleet.db.read(|tx| Ok((person::find(tx, id)?, role_grant::held(tx, id)?)));
    let (profile, grants) = found.expect("readable");
    let roles = grants.iter().map(|grant| (grant.organisation, grant.role)).collect();
    SignedIn { person: id, profile: profile.expect("there"), roles, token_hash: [0; 32] }
}
