//! Two tenants on one PostgreSQL server, made as the operations manual says: neither reaches the other.
//!
//! Where PostgreSQL is not to be had, a tenant is a folder, and nothing is told here.

use tingfang_server::db::{Db, Place, TenantWallGap, scratch};
use tingfang_tests::postgres::PostgresServer;

const MANUAL: &str = include_str!("../../docs/operations.md");

/// The manual's lines for a fresh tenant, under this name.
fn lines_for(tenant: &str) -> Vec<String> {
    let (_, rest) = MANUAL.split_once("```sql\n").expect("the manual has them");
    let (sql, _) = rest.split_once("```").expect("and they end");
    sql.lines().map(|line| line.replace("tingfang", tenant)).collect()
}

fn make(server: &PostgresServer, tenant: &str) -> Place {
    let mut admin = postgres::Client::connect(&server.url(), postgres::NoTls).expect("connects");
    for line in lines_for(tenant) {
        admin.batch_execute(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    at(server, tenant, tenant)
}

fn at(server: &PostgresServer, role: &str, database: &str) -> Place {
    let url = server.url().replace("tingfang@", &format!("{role}@"));
    let (address, _) = url.rsplit_once('/').expect("a database");
    Place::Postgres(format!("{address}/{database}"))
}

#[test]
fn the_role_of_one_tenant_does_not_reach_the_database_of_another() {
    if std::env::var_os(scratch::VARIABLE).is_none() {
        return;
    }
    let server = PostgresServer::start().expect("a server of its own");
    let (north, south) = (make(&server, "north"), make(&server, "south"));
    for own in [&north, &south] {
        let db = Db::open(own.clone()).expect("its own");
        assert_eq!(db.tenant_wall_gaps().expect("asked"), []);
    }
    let refused = Db::open(at(&server, "north", "south")).expect_err("not its own");
    assert!(format!("{refused:?}").contains("permission denied for database"), "{refused:?}");

    // Where somebody has left the door open, there is still nothing of the other's to be had, and the
    // server says that it is open.
    let mut admin = postgres::Client::connect(&server.url(), postgres::NoTls).expect("connects");
    admin.batch_execute("grant connect on database south to public").expect("opened");
    let Place::Postgres(inside) = at(&server, "north", "south") else { unreachable!("made above") };
    let mut stranger = postgres::Client::connect(&inside, postgres::NoTls).expect("the door is open");
    for statement in ["select 1 from tenant", "delete from grade_decision", "create table taken (n int)"] {
        let said = stranger.batch_execute(statement).expect_err(statement);
        assert_eq!(said.code(), Some(&postgres::error::SqlState::INSUFFICIENT_PRIVILEGE), "{statement}");
    }
    let south = Db::open(south).expect("its own");
    assert_eq!(south.tenant_wall_gaps().expect("asked"), [TenantWallGap::AnybodyConnects]);
    admin.batch_execute("alter role north superuser").expect("altered");
    let north = Db::open(north).expect("its own");
    assert_eq!(north.tenant_wall_gaps().expect("asked"), [TenantWallGap::Superuser]);
}
