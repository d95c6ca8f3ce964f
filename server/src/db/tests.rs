//! The promises of the data layer.

use super::*;

fn open(dir: &tempfile::TempDir) -> Db {
    let db = Db::open(scratch::place(dir.path())).expect("a database");
    db.write(|tx| tx.execute("create table note (note_no bigint not null, body text not null unique)", &[]))
        .expect("a table");
    db
}

const ADD: &str = "insert into note (note_no, body) select coalesce(max(note_no), 0) + 1, ?1 from note";

fn add(db: &Db, body: &'static str) -> Result<usize, DbError> {
    db.write(move |tx| insert(tx, body))
}

fn insert(tx: &Tx, body: impl Into<String>) -> Result<usize, DbError> {
    tx.execute(ADD, params![body.into()])
}

fn bodies(db: &Db) -> Vec<String> {
    db.read(|tx| tx.query("select body from note order by note_no", &[], |row| row.get("body")))
        .expect("rows")
}

#[test]
fn what_a_write_returned_is_seen_by_every_reader_and_after_reopening() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = open(&dir);
    add(&db, "one").expect("written");
    assert_eq!(bodies(&db), ["one"]);
    let place = db.place().clone();
    drop(db);
    let again = Db::open(place).expect("opens");
    assert_eq!(bodies(&again), ["one"]);
}

#[test]
fn who_listens_hears_of_a_commit_and_not_of_what_was_taken_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = open(&dir);
    let (heard, hears) = std::sync::mpsc::channel();
    let ear = db.listen(move || heard.send(()).expect("somebody waits"));
    let hears = |what: &str| hears.recv_timeout(std::time::Duration::from_secs(60)).expect(what);
    if matches!(db.place(), Place::Postgres(_)) {
        hears("a listener that has just connected looks once");
    }
    let refused = db.write(|tx| tx.ring().and(Err::<(), _>(DbError::Damaged("on purpose".to_owned()))));
    assert!(refused.is_err());
    db.write(|tx| {
        insert(tx, "one")?;
        tx.ring()?;
        tx.ring()
    })
    .expect("written");
    hears("the bell");
    assert_eq!(bodies(&db), ["one"], "it rings after the commit");
    drop(ear);
    db.write(|tx| tx.ring()).expect("nobody needs to listen");
}

#[test]
fn a_closure_that_fails_or_panics_in_a_batch_does_not_hurt_the_others() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = open(&dir);
    // The first holds the writer until the others have queued, so that they share its batch.
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            db.write(move |tx| {
                let _ = wait.lock().expect("one holder").recv();
                insert(tx, "first")
            })
        });
        let refused = scope.spawn(|| {
            db.write(|tx| {
                insert(tx, "never seen")?;
                Err::<(), _>(DbError::Damaged("on purpose".to_owned()))
            })
        });
        let panicked = scope.spawn(|| {
            db.write(|tx| {
                insert(tx, "neither")?;
                if true {
                    panic!("on purpose");
                }
                Ok(())
            })
        });
        let twice = scope.spawn(|| add(&db, "first"));
        let last = scope.spawn(|| add(&db, "last"));
        std::thread::sleep(std::time::Duration::from_millis(50));
        release.send(()).expect("the first still waits");
        let _ = first.join().expect("no panic");
        assert!(matches!(refused.join().expect("no panic"), Err(DbError::Damaged(_))));
        assert!(matches!(panicked.join().expect("caught"), Err(DbError::NoAnswer)));
        let _ = twice.join().expect("no panic");
        last.join().expect("no panic").expect("written");
    });
    let mut kept = bodies(&db);
    kept.sort();
    assert_eq!(kept, ["first", "last"]);
}

#[test]
fn values_bind_by_number_not_by_place() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = open(&dir);
    let pair = db
        .read(|tx| {
            tx.query_one("select ?2 as second, ?1 as first", params!["a", "b"], |row| {
                Ok((row.get::<String>("first")?, row.get::<String>("second")?))
            })
        })
        .expect("a row");
    assert_eq!(pair, Some(("a".to_owned(), "b".to_owned())));
}

#[test]
fn a_wrong_number_of_values_a_wrong_column_and_a_double_are_told_apart() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = open(&dir);
    let few = db.write(|tx| tx.execute(ADD, &[]));
    assert!(matches!(few, Err(DbError::Places { wanted: 1, given: 0, .. })), "{few:?}");
    add(&db, "one").expect("written");
    let double = add(&db, "one").expect_err("a double");
    assert!(matches!(&double, DbError::Unique { constraint, .. } if constraint == "note.body"), "{double:?}");
    let wrong = db.read(|tx| tx.query("select body from note", &[], |row| row.get::<i64>("body")));
    assert!(matches!(wrong, Err(DbError::Column { .. })), "{wrong:?}");
    let missing = db.read(|tx| tx.query("select body from note", &[], |row| row.get::<i64>("title")));
    assert!(matches!(missing, Err(DbError::Column { .. })), "{missing:?}");
}

#[test]
fn a_part_that_fails_takes_back_its_own_work_only() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = open(&dir);
    db.write(|tx| {
        insert(tx, "before")?;
        let part: Result<(), DbError> = tx.part(|tx| {
            insert(tx, "inside")?;
            Err(DbError::Damaged("on purpose".to_owned()))
        });
        assert!(part.is_err());
        insert(tx, "after")
    })
    .expect("written");
    assert_eq!(bodies(&db), ["before", "after"]);
}

#[test]
fn a_reader_cannot_write() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = open(&dir);
    assert!(db.read(|tx| insert(tx, "sly")).is_err());
    assert_eq!(bodies(&db), Vec::<String>::new());
}

#[test]
fn a_backup_taken_while_others_write_is_one_consistent_state() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = open(&dir);
    let target = dir.path().join("copy.db");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..200 {
                db.write(move |tx| {
                    for half in ["left", "right"] {
                        let sql = "insert into sign_in_failure (login, failed_at) values (?1, ?2)";
                        tx.execute(sql, params![half, number])?;
                    }
                    Ok(())
                })
                .expect("written");
            }
        });
        std::thread::sleep(std::time::Duration::from_millis(20));
        db.backup_to(&target).expect("a copy");
    });
    let copy = Db::open(&target).expect("opens");
    assert_eq!(failures(&copy) % 2, 0);
    assert_eq!(failures(&db), 400);
    assert!(matches!(db.backup_to(&target), Err(DbError::Backup { .. })));
}

fn failures(db: &Db) -> u64 {
    let sql = "select count(*) as failures from sign_in_failure";
    db.read(|tx| tx.query_one(sql, &[], |row| row.get("failures"))).expect("readable").expect("a count")
}

#[test]
fn a_copy_reads_like_its_original_on_either_engine_and_back_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = Db::open(scratch::place(dir.path())).expect("a database");
    let minter = crate::app::host_minter();
    assert!(crate::app::initialise(&db, &minter, "云河县(虚构)").expect("laid"));
    let add = "insert into sign_in_failure (login, failed_at) values (?1, ?2)";
    db.write(move |tx| tx.execute(add, params!["陈", 7])).expect("written");
    let (file, back) = (dir.path().join("copy.db"), dir.path().join("back"));
    db.backup_to(&file).expect("a copy");
    let copy = Db::open(&file).expect("opens");
    assert_eq!(copy.digests().expect("readable"), db.digests().expect("readable"));
    std::fs::create_dir(&back).expect("made");
    let again = Db::open(scratch::place(&back)).expect("a database");
    let copied = copy.copy_into(&again).expect("copied");
    assert_eq!(copied, db.digests().expect("readable"));
    assert!(copied.iter().any(|table| table.table == "sign_in_failure" && table.rows == 1));
    let twice = copy.copy_into(&again).expect_err("it has rows already");
    assert!(matches!(twice, DbError::NotEmpty { .. }), "{twice:?}");
    db.write(move |tx| tx.execute(add, params!["陈", 8])).expect("written");
    assert_ne!(again.digests().expect("readable"), db.digests().expect("readable"));
}

#[test]
fn many_writers_share_commits_and_all_are_answered() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = open(&dir);
    std::thread::scope(|scope| {
        for writer in 0..16 {
            let db = &db;
            scope.spawn(move || {
                for number in 0..20 {
                    db.write(move |tx| insert(tx, format!("{writer}/{number}"))).expect("written");
                }
            });
        }
    });
    assert_eq!(bodies(&db).len(), 320);
}

#[test]
fn a_full_disk_refuses_what_does_not_fit_and_keeps_what_was_answered() {
    let dir = tempfile::tempdir().expect("a folder");
    // PostgreSQL's disk is its own; here it is SQLite's file that may not grow.
    let db = Db::open(Place::in_folder(dir.path())).expect("a database");
    let add = "insert into sign_in_failure (login, failed_at) values (?1, 1)";
    let write = move |db: &Db, bytes: usize| db.write(move |tx| tx.execute(add, params!["x".repeat(bytes)]));
    let pages = |db: &Db, most: &'static str| {
        db.write(move |tx| tx.query_one(most, &[], |row| row.get::<u32>("max_page_count"))).expect("a limit")
    };
    write(&db, 10).expect("fits");
    pages(&db, "pragma max_page_count = 1");
    let mut kept = 1;
    let full = loop {
        match write(&db, 20_000) {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(full, DbError::Statement { .. } | DbError::Transaction { .. } | DbError::Conflict { .. }),
        "{full:?}"
    );
    assert_eq!(failures(&db), kept, "nothing that was answered is gone, and nothing else is there");
    pages(&db, "pragma max_page_count = 1000000");
    write(&db, 20_000).expect("there is room again");
    assert_eq!(failures(&db), kept + 1);
}

#[test]
fn data_of_every_earlier_schema_is_brought_up_to_date() {
    for first in 1..migration::MIGRATIONS.len() {
        let dir = tempfile::tempdir().expect("a folder");
        let place = scratch::place(dir.path());
        let engine = engine_at(&place).expect("a place");
        let connection = engine.open_writer().expect("opens");
        migration::migrate(connection.as_ref(), &migration::MIGRATIONS[..first])
            .expect("an earlier program's");
        connection
            .execute("insert into sign_in_failure (login, failed_at) values ('陈', 7)", &[])
            .expect("a row of that time");
        drop(connection);
        let behind = Db::open_to_read(place.clone()).expect_err("only read, it is told to be old");
        assert!(matches!(behind, DbError::OlderSchema { .. }), "{behind:?}");
        let (from, to) = Db::migrate(place.clone()).expect("migrated");
        assert_eq!((from as usize, to as usize), (first, migration::MIGRATIONS.len()));
        let db = Db::open_existing(place).expect("opens");
        assert_eq!(failures(&db), 1, "from {first}");
        assert_eq!(db.digests().expect("every table is there").len(), migration::tables().len());
    }
}
