use std::path::Path;

use keyward_core::Environment;

use crate::change::{By, Change};
use crate::database::{Database, Schema};
use crate::error::LedgerError;
use crate::table::row;

/// A ledger that is open.
///
/// Clones share its connections.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) database: Database,
    pub(crate) environment: Environment,
}

row! {
    /// The ledger itself.
    pub(crate) LedgerRow in "ledger" {
        /// The environment of all its licenses.
        pub environment: String, Plain;
        /// The time at which it was made, in milliseconds since 1970.
        pub created_at: i64, Plain;
    }
}

/// The query for it.
const ROW: &str = "select environment, created_at from ledger";

impl LedgerRow {
    fn check(&self, expected: Environment) -> Result<(), LedgerError> {
        match self.environment == expected.to_string() {
            true => Ok(()),
            false => Err(LedgerError::WrongEnvironment { found: self.environment.clone(), expected }),
        }
    }
}

impl Ledger {
    /// Opens the ledger of that URL for an environment, or makes it. The URL is `sqlite:FILE` or
    /// `postgres://USER:PASSWORD@HOST/DATABASE`. A file of SQLite belongs to one process; a PostgreSQL is shared by several.
    ///
    /// # Errors
    ///
    /// A URL of another kind, a database that can't be opened, is in use by another process, was written by a later version,
    /// or has the licenses of another environment.
    pub async fn open(url: &str, environment: Environment, by: &By) -> Result<Ledger, LedgerError> {
        let database = Database::open(url, Schema::Make).await?;
        let ledger = Ledger { database, environment };
        retried!(ledger.begin(by))?;
        Ok(ledger)
    }

    /// Makes a ledger for a demonstration or a test, in a SQLite file of that path. It is as any other, except that it does not
    /// wait for the disk: a crash of the machine may damage it.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::open`].
    pub async fn open_scratch(path: &Path, environment: Environment, by: &By) -> Result<Ledger, LedgerError> {
        let ledger = Ledger { database: Database::scratch(path).await?, environment };
        retried!(ledger.begin(by))?;
        Ok(ledger)
    }

    /// Opens the ledger of that URL, which was made earlier by this version. Nothing is made, and its tables stay as they are.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::open`]; no ledger there, or one of an earlier version.
    pub async fn open_existing(url: &str, environment: Environment) -> Result<Ledger, LedgerError> {
        let database = Database::open(url, Schema::Expect).await?;
        match database.all::<LedgerRow>(ROW, Vec::new()).await?.first() {
            Some(row) => row.check(environment)?,
            // The process that made the tables was interrupted.
            None => return Err(LedgerError::NoLedger),
        }
        Ok(Ledger { database, environment })
    }

    /// The environment of all its licenses.
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// The open connections to the database, and those that nothing uses at the moment. Of SQLite, they are those that read.
    pub fn connections(&self) -> (u32, usize) {
        self.database.connections()
    }

    /// Closes the connections, after the transactions that run.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Checks the environment; a new ledger takes it.
    async fn begin(&self, by: &By) -> Result<(), LedgerError> {
        // One that was begun is opened without a change, as on a full disk.
        if let Some(row) = self.database.all::<LedgerRow>(ROW, Vec::new()).await?.first() {
            return row.check(self.environment);
        }
        let mut change = Change::begin(&self.database).await?;
        match change.tx().one::<LedgerRow>(ROW, Vec::new()).await? {
            Some(row) => row.check(self.environment),
            None => {
                let row = LedgerRow { environment: self.environment.to_string(), created_at: by.millis() };
                change.insert(&row).await?;
                change.commit(by.did("ledger.created")).await
            }
        }
    }
}

/// The number of times that a call is repeated after conflicts. At each, another change was made.
pub(crate) const MAX_CONFLICTS: usize = 100;

/// Repeats a call while other changes come first.
macro_rules! retried {
    ($call:expr) => {{
        let mut tries = 0..$crate::ledger::MAX_CONFLICTS;
        loop {
            match $call.await {
                Err($crate::error::LedgerError::Conflict) if tries.next().is_some() => {}
                Err($crate::error::LedgerError::Conflict) => break Err($crate::error::LedgerError::Busy),
                result => break result,
            }
        }
    }};
}
pub(crate) use retried;
