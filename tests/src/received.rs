//! What phones receive, held against the table of visibility.

use tingfang_core::id::PersonId;
use tingfang_core::policy::Visibility;
use tingfang_core::sync::row_kind::RowKind;
use tingfang_server::db::Db;
use tingfang_server::store::role_grant;

/// Whoever is sent a row has a role that receives its kind; gives the kinds that somebody was sent.
///
/// # Panics
/// When somebody is sent what is not for them, or the data cannot be read.
pub fn as_the_table_says(db: &Db) -> Vec<String> {
    let sql = "select distinct kind, person_id from phone_row where body <> 'null' order by kind, person_id";
    let sent: Vec<(String, PersonId)> = db
        .read(|tx| tx.query(sql, &[], |row| Ok((row.get("kind")?, row.get("person_id")?))))
        .expect("readable");
    for (kind, person) in &sent {
        let grants = db.read(|tx| role_grant::held(tx, *person)).expect("readable");
        let receivers = Visibility::shipped().receivers(RowKind::from_code(kind).expect("a kind of row"));
        // Who has lost every role keeps what they were told of their own work.
        let is_meant = grants.is_empty() || grants.iter().any(|grant| receivers.contains(&grant.role));
        assert!(is_meant, "{person} is {grants:?}, and is sent a row of {kind}, which is for {receivers:?}");
    }
    sent.into_iter().map(|(kind, _)| kind).collect()
}
