//! Reading beside whoever writes: over a connection of its own, so that no screen waits for a sync, for a file that
//! is taken in, or for a key store that answers slowly.

use super::{Phone, PhoneError, store_key};

/// A phone as it is read beside itself.
///
/// It sees what is on disk, so whatever a call has written is there once that call has returned. It writes nothing.
pub struct Reading(Phone);

impl Phone {
    /// Opens this phone a second time, to be read only.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn reading(&self) -> Result<Reading, PhoneError> {
        Ok(Reading(Self {
            store: self.store.beside(&store_key(&self.key.seed()))?,
            profile: self.profile.clone(),
            secrets: self.secrets.clone(),
            key: self.key.clone(),
            keys: self.keys.clone(),
            minter: self.minter.clone(),
            clock: self.clock.clone(),
            rules: self.rules.clone(),
            vault: self.vault.clone(),
            centres_copy: self.centres_copy.clone(),
        }))
    }
}

impl Reading {
    /// Reads at one moment: all that is read in one call belongs together, whatever is written meanwhile.
    ///
    /// # Errors
    /// What the reading says.
    pub fn read<T>(&self, work: impl FnOnce(&Phone) -> Result<T, PhoneError>) -> Result<T, PhoneError> {
        self.0.store.at_one_moment(|| work(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::DocumentId;
    use crate::phone::store::document::{self, NewDocument};
    use crate::phone::store::setting::{self, Setting};
    use crate::phone::testing::phone;

    #[test]
    fn what_is_half_written_is_not_seen_and_what_is_written_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut phone = phone(folder.path());
        let reading = phone.reading().expect("opened");
        let count = |reading: &Reading| reading.read(|phone| phone.records(None, 50)).expect("read").len();
        let id = DocumentId::from_bytes([9; 16]);
        let new = NewDocument {
            document: id,
            kind: "attendance",
            assignment: None,
            case: None,
            undertaker: None,
            transcribed_for: None,
            own: true,
            touched_at: 0,
        };
        let given_up: Result<(), PhoneError> = phone.store.write("testing", |tx| {
            document::insert(tx, &new)?;
            assert!(document::find(tx, id)?.is_some(), "whoever writes sees it");
            assert_eq!(count(&reading), 0, "whoever reads does not wait, and does not");
            Err(PhoneError::NoSuchRecord(id))
        });
        assert!(given_up.is_err());
        assert_eq!(count(&reading), 0);
        phone.start_unassigned("attendance").expect("started");
        assert_eq!(count(&reading), 1);
    }

    #[test]
    fn what_is_read_at_once_is_of_one_moment() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut phone = phone(folder.path());
        let reading = phone.reading().expect("opened");
        let counts = reading.read(|read| {
            let before = read.records(None, 50)?.len();
            phone.start_unassigned("attendance")?;
            Ok((before, read.records(None, 50)?.len()))
        });
        assert_eq!(counts.expect("read"), (0, 0));
        assert_eq!(reading.read(|read| read.records(None, 50)).expect("read").len(), 1);
    }

    #[test]
    fn what_somebody_reads_while_it_is_erased_leaves_the_log_with_the_next_sync() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut phone = phone(folder.path());
        let reading = phone.reading().expect("opened");
        let without_patience = phone.store.reader().execute_batch("pragma busy_timeout = 0");
        without_patience.expect("set");
        let unsettled =
            |phone: &Phone| setting::is_set(phone.store.reader(), Setting::Unsettled).expect("read");
        phone.start_unassigned("attendance").expect("started");
        reading
            .read(|read| {
                read.records(None, 50)?;
                phone.start_unassigned("attendance")?;
                phone.erase_what_has_left(1)
            })
            .expect("erased, and noted");
        assert!(unsettled(&phone));
        let log_bytes = || std::fs::metadata(folder.path().join("phone.db-wal")).map_or(0, |log| log.len());
        let before = log_bytes();
        phone.erase_what_has_left(0).expect("nobody reads");
        assert!(!unsettled(&phone));
        assert!(log_bytes() < before / 2, "nothing stands in it but that it is settled");
    }

    #[test]
    fn whoever_reads_writes_nothing_and_sees_the_pin_and_the_rules_of_now() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut phone = phone(folder.path());
        let reading = phone.reading().expect("opened");
        assert!(reading.0.store.reader().execute("delete from setting", []).is_err());
        phone.set_pin("842613").expect("a PIN");
        let mut policy = crate::policy::Policy::shipped();
        policy.version += 7;
        phone.use_policy(Some(policy)).expect("used");
        let seen = reading.read(|read| Ok((read.has_pin(), read.policy_version()))).expect("read");
        assert_eq!(seen, (true, phone.policy_version()));
    }
}
