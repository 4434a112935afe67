use chrono::{DateTime, SubsecRound, Utc};

use crate::io::clock;

/// The time at which a file is issued.
#[derive(Debug, clap::Args)]
pub struct IssuedAt {
    /// Date the file on this day (at noon UTC) or at this time, instead of now
    #[arg(long, value_name = "DATE|TIME", value_parser = clock::parse_at)]
    issued_at: Option<DateTime<Utc>>,
}

impl IssuedAt {
    /// The time, in whole seconds as in files.
    pub fn or_now(&self) -> anyhow::Result<DateTime<Utc>> {
        Ok(self.issued_at.map_or_else(clock::now_for_signing, Ok)?.trunc_subsecs(0))
    }
}
