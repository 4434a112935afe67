use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use clap::value_parser;
use keyward_catalog::Catalog;
use keyward_verifier::files::{PersistentState, RevocationList, Roots, Verified};
use keyward_verifier::{ClockEvidence, Day, Environment, Fingerprint, HighWaterMark, License, Product};

use crate::args::key_argument::{Input, KeyArgument};
use crate::args::names::NamesArgs;
use crate::args::trust::TrustArgs;
use crate::args::values::environment;
use crate::assess::answer::Answer;
use crate::assess::assessment::{Assessment, FileRefusal, Strictness};
use crate::assess::license_file::AnyLicenseFile;
use crate::assess::request::Request;
use crate::assess::state_store::StateStore;
use crate::assess::statement::StatementUse;
use crate::assess::trusted::{RootsNamedBy, Trusted};
use crate::exit::Exit;
use crate::io::clock;
use crate::io::failure::usage;
use crate::io::source::{Source, one_stdin};
use crate::io::streams::Streams;

/// The request about license keys and the files that go with it, for `verify` and `explain`.
#[derive(Debug, clap::Args)]
pub struct RequestArgs {
    #[command(flatten)]
    trust: TrustArgs,
    /// Refuse licenses that this list revokes or puts on hold: a path, env:NAME, or - for standard input
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    revocations: Option<Source>,
    /// Refuse every license when the revocation list is older than this
    #[arg(long, value_name = "DAYS", requires = "revocations", value_parser = value_parser!(u32).range(1..))]
    max_staleness: Option<u32>,
    /// A signed statement of the time: the time is no earlier. A recovery is applied to the state
    #[arg(long, value_name = "STATEMENT", allow_hyphen_values = true)]
    time: Option<Source>,
    /// Keep the state in this folder: the latest time, the newest files and the revoked licenses seen
    ///
    /// The folder is created if needed. With the state, the command notices a clock that is set back, an older trust
    /// bundle or list, and a license that was seen revoked. A state that is missing, altered, older or from another
    /// machine is reported; it is neither used nor replaced, until `keyward state reset` begins a new one.
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Refuse when the clock is behind the evidence of the time, or when the state can't be used
    #[arg(long, conflicts_with = "at")]
    strict_clock: bool,
    /// The day or the time at which the product was built: the time is no earlier
    #[arg(long, value_name = "DATE|TIME", value_parser = clock::parse_built)]
    built: Option<DateTime<Utc>>,
    /// Use this time in place of the system clock, for example from a clock that you trust more
    #[arg(long, value_name = "TIME", value_parser = clock::parse_at, conflicts_with = "at")]
    clock: Option<DateTime<Utc>>,
    /// The product that asks, by its number; without it, the product of the key
    #[arg(long, value_name = "NUMBER")]
    product: Option<u32>,
    /// The environment that asks
    #[arg(long, default_value = "production", value_parser = environment())]
    environment: Environment,
    /// The fingerprint of the machine that asks, 32 hex digits; without it, a license locked to a machine is refused
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<Fingerprint>,
    /// The day on which the product's version was released; without it, a license covers every version
    #[arg(long, value_name = "DATE")]
    released: Option<Day>,
    /// Ask about a day (at noon UTC) or a time (such as 2026-12-31T18:00:00Z) instead of now
    ///
    /// A license opens when its first day begins anywhere on earth, at 10:00 UTC of the day before; so it is active at
    /// noon UTC of the day before. With --at, evidence of the time does not count, and the state is read but not
    /// changed.
    #[arg(long, value_name = "DATE|TIME", value_parser = clock::parse_at)]
    at: Option<DateTime<Utc>>,
    #[command(flatten)]
    names: NamesArgs,
    /// The license key: its text, the path of a file with it, env:NAME, or - for standard input; or a license file
    #[arg(value_name = "KEY|FILE|-")]
    pub key: KeyArgument,
}

impl RequestArgs {
    /// Whether --trust is given.
    pub fn trusts(&self) -> bool {
        self.trust.is_given()
    }

    /// The trusted keys.
    pub fn trusted(&self) -> anyhow::Result<Trusted> {
        self.trust.read(self.remembered()?.as_ref())
    }

    /// The source of the roots.
    pub fn roots_named_by(&self) -> RootsNamedBy {
        self.trust.roots_named_by()
    }

    /// The roots that options or the state name.
    pub fn roots(&self) -> anyhow::Result<Option<Roots>> {
        self.trust.read_roots(self.remembered()?.as_ref())
    }

    /// Whether --state is given.
    pub const fn names_a_state(&self) -> bool {
        self.state.is_some()
    }

    /// The state, if it exists.
    pub fn kept(&self) -> anyhow::Result<Option<StateStore>> {
        let Some(folder) = self.state.as_deref() else { return Ok(None) };
        StateStore::read(folder, self.fingerprint)
    }

    fn remembered(&self) -> anyhow::Result<Option<PersistentState>> {
        Ok(self.kept()?.as_ref().and_then(StateStore::state).cloned())
    }

    /// The time of the request: the time of --at, or the time of the clock.
    pub fn asked_at(&self) -> DateTime<Utc> {
        self.at.or(self.clock).unwrap_or_else(clock::now)
    }

    /// The greatest age of a revocation list.
    pub fn max_staleness(&self) -> Option<TimeDelta> {
        self.max_staleness.map(|days| TimeDelta::days(days.into()))
    }

    /// The keys or the file, and the catalogue; or the exit, if the catalogue has problems.
    pub fn read(&self, streams: &mut Streams<'_>) -> anyhow::Result<Result<(Input, Option<Catalog>), Exit>> {
        let inputs: Vec<_> = self.trust.sources().chain(&self.revocations).chain(&self.time).collect();
        one_stdin(inputs.iter().copied().chain(self.names.source()))?;
        if self.key.is_stdin() && inputs.contains(&&Source::Stdin) {
            return Err(usage(
                "standard input can be read once: either the public key or the license key comes from it",
            ));
        }
        match self.names.read(&self.key, streams)? {
            Ok(catalog) => Ok(Ok((self.key.read_input(streams)?, catalog))),
            Err(exit) => Ok(Err(exit)),
        }
    }

    /// Assesses everything, in the order of refusals.
    pub fn assess(&self, input: &Input, catalog: Option<Catalog>) -> anyhow::Result<Assessment> {
        let mut store = self.store()?;
        let mut inputs = Inputs { next: store.as_ref().and_then(StateStore::state).cloned(), ..Inputs::default() };
        let mut refusal = match self.open_files(input, &mut inputs, store.as_mut()) {
            Ok(()) => None,
            Err(error) => Some(FileRefusal::of(error)?),
        };

        let clock_says = self.clock.unwrap_or_else(clock::now);
        let evidence = self.evidence(&inputs, clock_says);
        let mark = inputs.next.as_ref().map_or(HighWaterMark::NONE, |state| *state.mark());
        let mut request = Request {
            trusted: inputs.trusted.unwrap_or(Trusted::Keys(Vec::new())),
            list: inputs.list,
            remembered: inputs.next.clone(),
            product: self.product.map(Product),
            environment: self.environment,
            machine: self.fingerprint,
            released: self.released,
            at: self.asked_at(),
        };
        let answer = match (&refusal, input, &inputs.license_file) {
            (None, Input::Keys(texts), _) => request.answer(texts)?,
            (None, Input::File(..), Some(license_file)) => {
                request.answer(&license_file.file().licenses.iter().map(ToString::to_string).collect::<Vec<_>>())?
            }
            _ => Answer::of([]),
        };
        let are_opened = refusal.is_none();
        // The mark may move to the end of a validation file with and without its licenses: the answer is the same.
        let at = self.at.unwrap_or_else(|| evidence.read(&mark, []).now());
        if let (None, Some(AnyLicenseFile::Validation(file))) = (&refusal, &inputs.license_file) {
            let holds = file.holds(at, self.fingerprint.as_ref());
            refusal = holds.err().map(|error| FileRefusal { source: self.key_source(), error });
        }
        // The product holds no license of a file that is refused.
        let held = answer.accepted().iter().filter(|_| refusal.is_none()).map(License::claims);
        let reading = evidence.read(&mark, held);
        request.at = self.at.unwrap_or(reading.now());
        if let (true, None, Some(store), Some(mut state)) = (are_opened, self.at, &mut store, inputs.next) {
            if let Some(list) = &request.list {
                state.saw_list(list, answer.digests().filter(|_| refusal.is_none()))?;
            }
            state.keep_mark(*reading.mark());
            store.save(state);
        }
        let stale_list = request.list.as_ref().zip(self.revocations.as_ref()).zip(self.max_staleness()).and_then(
            |((list, source), most)| {
                let error = list.no_older_than(most, request.at).err()?;
                Some(FileRefusal { source: source.to_string(), error })
            },
        );
        Ok(Assessment {
            refusal,
            stale_list,
            strictness: if self.strict_clock { Strictness::Strict } else { Strictness::Lenient },
            max_staleness: self.max_staleness,
            built: self.built,
            clock: self.at.is_none().then_some(reading),
            clock_says,
            is_ahead_by_files: evidence.read(&HighWaterMark::NONE, []).suspect().is_some(),
            license_file: inputs.license_file,
            statement: inputs.statement,
            request,
            answer,
            store,
            catalog,
        })
    }

    /// The state. With --at, it is only read.
    fn store(&self) -> anyhow::Result<Option<StateStore>> {
        match (&self.state, self.at) {
            (Some(folder), None) => StateStore::open(folder, self.fingerprint).map(Some),
            _ => self.kept(),
        }
    }

    fn key_source(&self) -> String {
        match &self.key {
            KeyArgument::Source(source) => source.to_string(),
            KeyArgument::Text(_) => String::new(),
        }
    }

    /// Keeps the trust as seen. A state that is of a product with other keys is refused, and not changed.
    fn see_trust(&self, state: &mut PersistentState, trusted: &Trusted) -> anyhow::Result<()> {
        let before = state.clone();
        let roots = match trusted {
            Trusted::Bundle { bundle, roots, .. } => {
                let seen = state.saw_roots(roots).and_then(|()| state.saw_bundle(bundle));
                seen.with_context(|| self.trust.sources().next().map(Source::to_string).unwrap_or_default())?;
                Some(roots)
            }
            Trusted::Keys(_) => None,
        };
        if before.can_be_of(trusted.trust(), roots) {
            return Ok(());
        }
        let folder = self.state.as_deref().unwrap_or_else(|| Path::new("")).display();
        Err(usage(format!(
            "the state in {folder} has seen files of other keys than these: trust the keys of its product, with the root set \
             that it was built with; or name another folder"
        )))
    }

    /// Opens the files, up to the first that is refused.
    fn open_files(&self, input: &Input, inputs: &mut Inputs, store: Option<&mut StateStore>) -> anyhow::Result<()> {
        let trusted = self.trust.read(inputs.next.as_ref())?;
        let trusted = &*inputs.trusted.insert(trusted);
        if let Some(state) = &mut inputs.next {
            self.see_trust(state, trusted)?;
        }
        let trust = trusted.trust();
        if let Some(source) = &self.revocations {
            let list = trust.revocation_list(&source.read_signed_file()?).and_then(|list| {
                // The licenses are not known yet.
                inputs.next.as_mut().map_or(Ok(()), |state| state.saw_list(&list, []))?;
                Ok(list)
            });
            inputs.list = Some(list.with_context(|| source.to_string())?);
        }
        let statement = self.time.as_ref().map(|source| {
            let statement = trust.time_statement(&source.read_signed_file()?);
            statement.with_context(|| source.to_string())
        });
        let statement = statement.transpose()?;
        if let Input::File(kind, contents) = input {
            let license_file = AnyLicenseFile::open(trust, *kind, contents);
            inputs.license_file = Some(license_file.with_context(|| self.key_source())?);
        }
        // A recovery is used last: beside a file that is dated ahead it has no effect.
        let evidence = self.evidence(inputs, self.clock.unwrap_or_else(clock::now));
        inputs.statement = statement.map(|statement| {
            let state = store.zip(inputs.next.as_mut()).filter(|_| self.at.is_none());
            StatementUse::of(statement, state, &evidence)
        });
        Ok(())
    }

    /// The evidence of the time.
    fn evidence(&self, inputs: &Inputs, clock_says: DateTime<Utc>) -> ClockEvidence {
        let bundle = match &inputs.trusted {
            Some(Trusted::Bundle { bundle, .. }) => bundle.evidence_of_time(),
            _ => None,
        };
        let issued = [
            bundle,
            inputs.list.as_ref().and_then(Verified::evidence_of_time),
            inputs.statement.as_ref().and_then(|used| used.statement.evidence_of_time()),
            inputs.license_file.as_ref().and_then(AnyLicenseFile::evidence_of_time),
        ];
        let evidence = ClockEvidence::new(clock_says);
        let evidence = self.built.map_or(evidence, |built| evidence.built(built));
        let evidence = issued.into_iter().flatten().fold(evidence, ClockEvidence::issued);
        let ends = [
            inputs.list.as_ref().zip(self.max_staleness()).map(|(list, most)| list.too_old_at(most)),
            inputs.license_file.as_ref().and_then(AnyLicenseFile::stale_at),
        ];
        ends.into_iter().flatten().fold(evidence, ClockEvidence::held_until)
    }
}

/// The files that were accepted.
#[derive(Default)]
struct Inputs {
    trusted: Option<Trusted>,
    list: Option<Verified<RevocationList>>,
    statement: Option<StatementUse>,
    license_file: Option<AnyLicenseFile>,
    /// The state after this run.
    next: Option<PersistentState>,
}
