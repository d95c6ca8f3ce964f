//! Following one character through a season, for whoever looks for where it went: `TINGFANG_TEST_FOLLOW=世` beside the
//! seed and `TINGFANG_TEST_TELL`.

use tingfang_core::sync::frame::{Frame, Item};
use tingfang_server::store::{change_log, frame};

use super::Season;
use super::revoked::typed_in;

impl Season {
    /// Tells where the followed character is, on somebody's phone and on the server.
    pub(super) fn follow(&mut self, nth: usize) {
        let Some(followed) = std::env::var("TINGFANG_TEST_FOLLOW").ok().and_then(|text| text.chars().next())
        else {
            return;
        };
        let path = self.observers[nth].phone().path.clone();
        let (on_phone, on_server) = (on_the_phone(&path, followed), self.on_the_server_of(followed));
        self.tell(|| format!("    {followed} with {nth}: {on_phone:?}; server: {on_server:?}"));
    }

    fn on_the_server_of(&self, followed: char) -> Vec<String> {
        let read = self.fleet.db.read(|tx| {
            let mut places = Vec::new();
            change_log::for_each(tx, |entry| {
                if has_typed(&entry.bytes, followed) {
                    places.push(format!("log {} {}", entry.position, &entry.hash.to_string()[..8]));
                }
                Ok(())
            })?;
            frame::for_each(tx, |kept| {
                let parsed = Frame::from_bytes(&kept.bytes).expect("kept as it was signed");
                for (index, item) in parsed.items.iter().enumerate() {
                    let (Item::Change { bytes, .. } | Item::Witness { bytes, .. }) = item else { continue };
                    if has_typed(bytes, followed) {
                        let verdict = kept.verdicts.as_ref().map(|verdicts| &verdicts[index]);
                        places.push(format!("frame {}/{} {verdict:?}", kept.epoch, kept.number));
                    }
                }
                Ok(())
            })?;
            Ok(places)
        });
        read.expect("readable")
    }
}

fn on_the_phone(store: &std::path::Path, followed: char) -> Vec<String> {
    let file = rusqlite::Connection::open(store).expect("opens");
    let sql = "select c.hash, c.bytes, c.status, c.rebase, coalesce(i.status, '-') as item, coalesce(i.epoch, 0) as epoch
         from change c left join item i on i.document_id = c.document_id and i.hash = c.hash";
    let mut statement = file.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| {
        let (hash, bytes): ([u8; 32], Vec<u8>) = (row.get("hash")?, row.get("bytes")?);
        let (change, item): (String, String) = (row.get("status")?, row.get("item")?);
        let (rebase, epoch): (u32, u32) = (row.get("rebase")?, row.get("epoch")?);
        let told = format!(
            "{:02x}{:02x}{:02x}{:02x} {change} r{rebase}, item {item} e{epoch}",
            hash[0], hash[1], hash[2], hash[3]
        );
        Ok(has_typed(&bytes, followed).then_some(told))
    });
    rows.expect("rows").filter_map(|row| row.expect("a row")).collect()
}

fn has_typed(bytes: &[u8], followed: char) -> bool {
    typed_in(bytes).contains(&followed)
}
