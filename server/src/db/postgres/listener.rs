//! Hearing the bell across nodes: a connection of its own that listens for notifications. The server
//! delivers them after the commit and folds those of one transaction into one.

use std::sync::Weak;
use std::time::Duration;

use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;

use crate::db::bell::Heard;
use crate::db::error::DbError;

/// Rings in the present transaction. Two tenants that share a database by schemas do not wake each other.
pub(super) const RING: &str = "select pg_notify('tingfang', current_schema())";

/// How often a listener looks whether anybody still wants it.
const LOOK: Duration = Duration::from_secs(1);
/// How long it waits before it connects anew.
const PAUSE: Duration = Duration::from_secs(2);

/// Listens for as long as somebody does, over one connection after the other.
pub(super) fn listen(connect: impl Fn() -> Result<Client, DbError> + Send + 'static, ear: Weak<Heard>) {
    let listening = move || {
        while ear.strong_count() > 0 {
            // A server that is away for a while is no news: whoever works with it says so.
            if let Ok(client) = connect() {
                let _ = hear(client, &ear);
            }
            std::thread::sleep(PAUSE);
        }
    };
    // Without this thread nobody is woken, and everybody looks by himself as ever.
    let _ = std::thread::Builder::new().name("tingfang-listener".to_owned()).spawn(listening);
}

/// Listens over one connection until it breaks or nobody wants it any more.
fn hear(mut client: Client, ear: &Weak<Heard>) -> Result<(), postgres::Error> {
    client.batch_execute("listen tingfang")?;
    let schema: Option<String> = client.query_one("select current_schema()::text", &[])?.get(0);
    // Whatever was rung before somebody listened.
    let mut rung = true;
    while let Some(heard) = ear.upgrade() {
        if rung {
            heard();
        }
        drop(heard);
        let next = client.notifications().timeout_iter(LOOK).next()?;
        rung = next.is_some_and(|note| Some(note.payload()) == schema.as_deref());
        if client.is_closed() {
            break;
        }
    }
    Ok(())
}
