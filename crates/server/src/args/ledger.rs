use std::fmt;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use keyward_issuer::{Environment, terminal_safe_text};
use keyward_ledger::audit::CheckpointKey;
use keyward_ledger::{By, Ledger, LedgerError};

use crate::args::audit_key::KeyFiles;
use crate::args::values::environment;
use crate::io::failure::usage;

/// The environment variable for the URL of the database.
const VARIABLE: &str = "KEYWARD_DATABASE";

/// The name of the SQLite file in the folder of its environment.
const FILE: &str = "ledger.db";

/// The ledger that a command is about.
#[derive(Debug, clap::Args)]
pub struct LedgerArgs {
    /// The folder of the server. Each environment has a folder in it, with the SQLite file and the keys
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The URL of the database, instead of the SQLite file in DIR: postgres://USER@HOST/DATABASE
    ///
    /// Without --database, the environment variable KEYWARD_DATABASE names it. Everybody on this machine can see arguments:
    /// keep a URL with a password in that variable. A password can also be in the file ~/.pgpass.
    #[arg(long, value_name = "URL")]
    database: Option<DatabaseUrl>,
    /// The environment of the ledger
    #[arg(long, value_parser = environment())]
    environment: Option<Environment>,
}

/// The URL of a database, which may have a password.
#[derive(Clone)]
struct DatabaseUrl(String);

impl From<String> for DatabaseUrl {
    fn from(url: String) -> DatabaseUrl {
        DatabaseUrl(url)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// A database, and the folder with the keys of its ledger.
#[derive(Debug)]
pub struct Place {
    environment: Environment,
    folder: Option<PathBuf>,
    url: DatabaseUrl,
    /// Whether the URL is that of the file in the folder.
    is_in_folder: bool,
}

impl LedgerArgs {
    /// The place of the ledger.
    pub fn place(&self) -> anyhow::Result<Place> {
        let Some(environment) = self.environment else {
            return Err(usage("name the environment of the ledger, such as --environment production"));
        };
        let folder = self.data.as_ref().map(|data| data.join(environment.to_string()));
        let of_environment = || std::env::var(VARIABLE).ok().filter(|url| !url.is_empty()).map(DatabaseUrl);
        let (url, is_in_folder) = match (self.database.clone().or_else(of_environment), &folder) {
            (Some(url), _) => (url, false),
            (None, Some(folder)) => (sqlite(&folder.join(FILE))?, true),
            (None, None) => {
                return Err(usage(format!(
                    "name the ledger, by --data DIR, --database URL or the variable {VARIABLE}"
                )));
            }
        };
        Ok(Place { environment, folder, url, is_in_folder })
    }
}

/// The URL of a SQLite file.
fn sqlite(file: &Path) -> anyhow::Result<DatabaseUrl> {
    match file.to_str() {
        Some(file) => Ok(DatabaseUrl(format!("sqlite://{file}"))),
        None => bail!("{} is not UTF-8: name the folder in UTF-8", file.display()),
    }
}

impl Place {
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// The ledger of an environment that a server serves. A server with one environment also takes KEYWARD_DATABASE.
    pub fn of_environment(data: &Path, environment: Environment, environments: usize) -> anyhow::Result<Place> {
        let folder = data.join(environment.to_string());
        let own = format!("{VARIABLE}_{}", environment.to_string().to_uppercase());
        let of_variable = |name: &str| std::env::var(name).ok().filter(|url| !url.is_empty()).map(DatabaseUrl);
        let url = of_variable(&own).or_else(|| of_variable(VARIABLE).filter(|_| environments == 1));
        let is_in_folder = url.is_none();
        let url = url.map_or_else(|| sqlite(&folder.join(FILE)), Ok)?;
        Ok(Place { environment, folder: Some(folder), url, is_in_folder })
    }

    /// The folder with the keys.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Makes the folder, which only this user may read.
    pub fn make_folder(&self) -> anyhow::Result<()> {
        self.folder.as_deref().map_or(Ok(()), Place::make_private_folder)
    }

    /// Makes a folder that only this user may read.
    pub fn make_private_folder(folder: &Path) -> anyhow::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).with_context(|| format!("the folder {} can't be made", folder.display()))
    }

    /// Locks a folder for what is made in it, until the file is dropped. Another process waits. In a folder that can't be written
    /// nothing is made, and there is nothing to wait for.
    pub fn wait_to_be_alone(folder: &Path) -> anyhow::Result<Option<File>> {
        let path = folder.join("start.lock");
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let locked = options.open(&path).and_then(|file| file.lock().map(|()| file));
        match locked {
            Err(error) if [ErrorKind::ReadOnlyFilesystem, ErrorKind::PermissionDenied].contains(&error.kind()) => {
                Ok(None)
            }
            locked => locked
                .map(Some)
                .with_context(|| format!("{} can't be locked", terminal_safe_text(&path.display().to_string()))),
        }
    }

    /// Opens the ledger, or makes it.
    pub async fn make(&self, by: &By) -> anyhow::Result<Ledger> {
        Ledger::open(&self.url.0, self.environment, by).await.map_err(|error| self.explain(error))
    }

    /// Opens the ledger, which was made earlier.
    pub async fn open(&self) -> anyhow::Result<Ledger> {
        self.find().await?.with_context(|| {
            format!("{self}: there is no ledger for {}: make it with keyward-server ledger init", self.environment)
        })
    }

    /// Opens the ledger, if it was made.
    pub async fn find(&self) -> anyhow::Result<Option<Ledger>> {
        match Ledger::open_existing(&self.url.0, self.environment).await {
            Ok(ledger) => Ok(Some(ledger)),
            Err(LedgerError::NoLedger) => Ok(None),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// The files with the key for checkpoints, in the folder.
    pub fn key_files(&self) -> anyhow::Result<KeyFiles> {
        match &self.folder {
            Some(folder) => Ok(KeyFiles::in_folder(folder)),
            None => Err(usage("name the folder with the key for checkpoints, by --data DIR")),
        }
    }

    /// The public key in the folder, if there is one.
    pub fn public_key(&self) -> anyhow::Result<Option<CheckpointKey>> {
        match &self.folder {
            Some(folder) => KeyFiles::in_folder(folder).read_public(),
            None => Ok(None),
        }
    }

    fn explain(&self, error: LedgerError) -> anyhow::Error {
        anyhow::Error::from(error).context(self.to_string())
    }
}

/// The place without its URL, which may have a password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.folder {
            Some(folder) if self.is_in_folder => {
                f.write_str(&terminal_safe_text(&folder.join(FILE).display().to_string()))
            }
            _ => f.write_str("the database of that URL"),
        }
    }
}
