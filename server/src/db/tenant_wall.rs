//! The wall between tenants who share a PostgreSQL server: each has a database and a role of its own.

/// Where the wall is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantWallGap {
    /// Every role of the server may connect to this database.
    AnybodyConnects,
    /// The role of this program is a superuser, who reaches every database.
    Superuser,
}

impl TenantWallGap {
    /// What is wrong and what to do, for the log.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::AnybodyConnects => {
                "every role of the PostgreSQL server may connect to this database; run \
                 `revoke connect on database … from public`, as the manual's first start says"
            }
            Self::Superuser => {
                "the program works as a superuser of PostgreSQL, before whom no wall between tenants \
                 stands; give it a role of its own, as the manual's first start says"
            }
        }
    }
}
