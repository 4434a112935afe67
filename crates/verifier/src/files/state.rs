use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use keyward_core::{Fingerprint, FingerprintMatch};
use keyward_grace::{HighWaterMark, RecoveryError};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha512};

use crate::LicenseDigest;
use crate::files::{
    Carried, FileError, RevocationList, Roots, Status, TimePurpose, TimeStatement, TrustBundle, Verified,
};

/// What a product keeps between runs: the latest time that was, the newest versions seen, and what became of its
/// licenses. One small file.
///
/// It is no secret, and whoever may write it can make another: it stops mistakes and restored copies, and not who
/// alters the program. The vendor's documentation says so to customers.
///
/// ```
/// use keyward_verifier::files::{KeptState, StateError, StateId};
///
/// let state = KeptState::new(StateId::from_bytes([1; 8]), None); // bytes at random
/// let kept = state.to_bytes();
/// assert_eq!(KeptState::from_bytes(&kept, None, state.writes())?, state);
/// assert!(matches!(KeptState::from_bytes(&kept[1..], None, 0), Err(StateError::Altered)));
/// # Ok::<(), StateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptState {
    id: StateId,
    writes: u64,
    machine: Option<Fingerprint>,
    mark: HighWaterMark,
    /// The highest version of roots, and the files that led to it.
    roots: u32,
    root_files: Vec<Vec<u8>>,
    bundle: u32,
    list: u32,
    withdrawn: BTreeMap<LicenseDigest, Withdrawn>,
}

/// Names one state, so that a recovery is for it alone: 8 bytes at random, shown as 16 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StateId([u8; 8]);

/// What was seen of a license, and in which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Withdrawn {
    status: Status,
    list: u32,
}

const MAGIC: [u8; 8] = *b"KWstate\x01";
const CHECKSUM_BYTES: usize = 16;
/// Hashed before what is kept: a digest made for another purpose is no checksum.
const LABEL: &[u8] = b"keyward/v1/state\0";
/// Of products with that many licenses, the rest is not remembered: the file stays small.
const MOST_WITHDRAWN: usize = 1_024;

impl KeptState {
    /// A state that knows nothing as yet, on that machine if there is one to tie it to.
    pub const fn new(id: StateId, machine: Option<Fingerprint>) -> KeptState {
        KeptState {
            id,
            writes: 0,
            machine,
            mark: HighWaterMark::NONE,
            roots: 0,
            root_files: Vec::new(),
            bundle: 0,
            list: 0,
            withdrawn: BTreeMap::new(),
        }
    }

    /// Its name.
    pub const fn id(&self) -> StateId {
        self.id
    }

    /// How often it was written: the number to keep elsewhere, if there is an elsewhere, so that an older copy is told.
    pub const fn writes(&self) -> u64 {
        self.writes
    }

    /// One write more, to be called before the bytes are written.
    #[must_use]
    pub fn next_write(self) -> KeptState {
        KeptState { writes: self.writes.saturating_add(1), ..self }
    }

    /// The same as if it had been written that often.
    #[cfg(feature = "std")]
    pub(super) fn written(self, writes: u64) -> KeptState {
        KeptState { writes, ..self }
    }

    /// The machine it is tied to.
    pub const fn machine(&self) -> Option<&Fingerprint> {
        self.machine.as_ref()
    }

    /// The latest time that is known to have been.
    pub const fn mark(&self) -> &HighWaterMark {
        &self.mark
    }

    /// Keeps the mark of a [`ClockReading`](crate::ClockReading).
    pub fn keep_mark(&mut self, mark: HighWaterMark) {
        self.mark = mark;
    }

    /// Takes the mark back to a statement's time, if the statement is for the recovery of this state.
    ///
    /// # Errors
    ///
    /// [`StateError::NotARecovery`], [`StateError::RecoveryOfAnother`], and [`StateError::Recovery`] for a statement that
    /// is no newer than one used before.
    pub fn recover(&mut self, statement: &Verified<TimeStatement>) -> Result<(), StateError> {
        match statement.purpose {
            TimePurpose::Recovery { state } if state == self.id => {
                self.mark = self.mark.recovered(statement.issued_at)?;
                Ok(())
            }
            TimePurpose::Recovery { state } => Err(StateError::RecoveryOfAnother { named: state, this: self.id }),
            TimePurpose::Evidence => Err(StateError::NotARecovery),
        }
    }

    /// The roots that these, which are built into the product, have handed over to, as far as was seen. All is checked again:
    /// whoever can write the state can't bring roots of his own.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if newer ones were seen than these lead to: the state is of another vendor's product, or was
    /// made up.
    pub fn roots_since(&self, built_in: &Roots) -> Result<Roots, FileError> {
        let roots = built_in.handed_over_by(&self.root_files)?;
        newer(Carried::Roots, roots.version(), self.roots)?;
        Ok(roots)
    }

    /// The roots that were seen, as the state itself says, with nothing to hold them to: for a person who looks at his own
    /// state. A product asks [`KeptState::roots_since`].
    pub fn unproven_roots(&self) -> Option<Roots> {
        let (first, next) = self.root_files.split_first()?;
        Roots::from_built_in_file(first).ok()?.handed_over_by(next).ok()
    }

    /// The highest version of roots seen; 0 for none.
    pub const fn roots_version(&self) -> u32 {
        self.roots
    }

    /// The highest version of a bundle seen; 0 for none.
    pub const fn bundle_version(&self) -> u32 {
        self.bundle
    }

    /// The highest sequence of a list seen; 0 for none.
    pub const fn list_sequence(&self) -> u32 {
        self.list
    }

    /// Keeps the roots.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if newer ones were seen.
    pub fn saw_roots(&mut self, roots: &Roots) -> Result<(), FileError> {
        newer(Carried::Roots, roots.version(), self.roots)?;
        self.roots = roots.version();
        self.root_files = roots.files().to_vec();
        Ok(())
    }

    /// Keeps the version of a bundle.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if a newer one was seen.
    pub fn saw_bundle(&mut self, bundle: &Verified<TrustBundle>) -> Result<(), FileError> {
        newer(Carried::Bundle, bundle.version, self.bundle)?;
        self.bundle = bundle.version;
        Ok(())
    }

    /// Keeps the sequence of a list, and what it says of these licenses, which are those the product holds.
    ///
    /// A license that was on hold is so no more if the list does not say it; one that was revoked is for ever, also if the
    /// list only holds it.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if a newer one was seen.
    pub fn saw_list(
        &mut self,
        list: &Verified<RevocationList>,
        licenses: impl IntoIterator<Item = LicenseDigest>,
    ) -> Result<(), FileError> {
        newer(Carried::List, list.sequence, self.list)?;
        self.list = list.sequence;
        let said =
            |license: &LicenseDigest| list.status_of(license).map(|status| Withdrawn { status, list: list.sequence });
        // Also of those that are held no more: they may be entered again.
        self.withdrawn = core::mem::take(&mut self.withdrawn)
            .into_iter()
            .filter_map(|(license, seen)| match seen.status {
                Status::Revoked(_) => Some((license, seen)),
                Status::OnHold => Some((license, said(&license)?)),
            })
            .collect();
        for license in licenses {
            let Some(withdrawn) = said(&license) else { continue };
            if self.withdrawn.get(&license).is_some_and(|seen| matches!(seen.status, Status::Revoked(_))) {
                continue;
            }
            if self.withdrawn.len() >= MOST_WITHDRAWN && !self.withdrawn.contains_key(&license) {
                // What was revoked is for ever, so holds make room for it.
                let hold = self.withdrawn.iter().find(|(_, seen)| seen.status == Status::OnHold);
                let Some(hold) = hold.map(|(hold, _)| *hold).filter(|_| withdrawn.status != Status::OnHold) else {
                    continue;
                };
                self.withdrawn.remove(&hold);
            }
            self.withdrawn.insert(license, withdrawn);
        }
        Ok(())
    }

    /// What is remembered of a license, and from which list.
    pub fn status_of(&self, license: &LicenseDigest) -> Option<(Status, u32)> {
        self.withdrawn.get(license).map(|withdrawn| (withdrawn.status, withdrawn.list))
    }

    /// All that are remembered to be withdrawn, by digest, and from which list.
    pub fn withdrawn(&self) -> impl Iterator<Item = (LicenseDigest, Status, u32)> + '_ {
        self.withdrawn.iter().map(|(license, withdrawn)| (*license, withdrawn.status, withdrawn.list))
    }

    /// The state as bytes to keep. In this order, all big-endian: `KWstate` and the version 1 (8 bytes); its name (8); how
    /// often it was written (8); the machine's fingerprint, or zeros (16); the mark (37); the highest bundle and list (4
    /// each); the highest version of roots (4), how many root sets led to it (1), and of each the length (4) and the file; how
    /// many licenses were withdrawn (4) and of each the digest (16), the status (1) and the list (4); the first 16
    /// bytes of SHA-512 over `keyward/v1/state`, a zero byte and all of that.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(MAGIC);
        bytes.extend(self.id.0);
        bytes.extend(self.writes.to_be_bytes());
        bytes.extend(self.machine.map_or([0; 16], |machine| machine.to_bytes()));
        bytes.extend(self.mark.to_bytes());
        bytes.extend(self.bundle.to_be_bytes());
        bytes.extend(self.list.to_be_bytes());
        bytes.extend(self.roots.to_be_bytes());
        bytes.push(u8::try_from(self.root_files.len()).unwrap_or(u8::MAX));
        for file in self.root_files.iter().take(usize::from(u8::MAX)) {
            bytes.extend(u32::try_from(file.len()).unwrap_or_default().to_be_bytes());
            bytes.extend(file);
        }
        bytes.extend(u32::try_from(self.withdrawn.len()).unwrap_or_default().to_be_bytes());
        for (license, Withdrawn { status, list }) in &self.withdrawn {
            bytes.extend(license.to_bytes());
            bytes.push(status.number());
            bytes.extend(list.to_be_bytes());
        }
        bytes.extend(checksum(&bytes));
        bytes
    }

    /// The state that was kept, on this machine, and written no fewer times than is known: 0 if nothing is.
    ///
    /// # Errors
    ///
    /// [`StateError::Altered`] for bytes that [`to_bytes`](KeptState::to_bytes) never makes, [`StateError::NeedsNewer`],
    /// [`StateError::Foreign`] on another machine, [`StateError::Older`] for a copy from before.
    pub fn from_bytes(bytes: &[u8], machine: Option<&Fingerprint>, writes_known: u64) -> Result<KeptState, StateError> {
        if let Some([b'K', b'W', b's', b't', b'a', b't', b'e', version]) = bytes.first_chunk() {
            if *version > 1 {
                return Err(StateError::NeedsNewer { version: *version });
            }
        }
        let (body, sum) = bytes
            .len()
            .checked_sub(CHECKSUM_BYTES)
            .and_then(|length| bytes.split_at_checked(length))
            .ok_or(StateError::Altered)?;
        if checksum(body) != sum {
            return Err(StateError::Altered);
        }
        let state = read(body).filter(|state| state.to_bytes() == bytes).ok_or(StateError::Altered)?;
        if let Some(tied_to) = &state.machine {
            let compared = machine.map(|machine| tied_to.compare(machine));
            if !compared.is_some_and(|compared| compared.is_same_machine()) {
                return Err(StateError::Foreign { compared });
            }
        }
        if state.writes < writes_known {
            return Err(StateError::Older { found: state.writes, known: writes_known });
        }
        Ok(state)
    }
}

fn newer(what: Carried, found: u32, seen: u32) -> Result<(), FileError> {
    if found < seen { Err(FileError::Rollback { what, found, seen }) } else { Ok(()) }
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash: [u8; 64] = Sha512::new().chain_update(LABEL).chain_update(body).finalize().into();
    hash.first_chunk().copied().unwrap_or_default()
}

fn read(body: &[u8]) -> Option<KeptState> {
    let mut rest = Rest(body);
    if rest.array()? != MAGIC {
        return None;
    }
    let id = StateId(rest.array()?);
    let writes = u64::from_be_bytes(rest.array()?);
    let machine = match rest.array::<16>()? {
        [0, ..] => None,
        bytes => Some(Fingerprint::from_bytes(bytes).ok()?),
    };
    let mark = HighWaterMark::from_bytes(&rest.array::<{ HighWaterMark::LEN }>()?).ok()?;
    let (bundle, list) = (u32::from_be_bytes(rest.array()?), u32::from_be_bytes(rest.array()?));
    let roots = u32::from_be_bytes(rest.array()?);
    let [root_files] = rest.array()?;
    let root_files = (0..root_files).map(|_| rest.file()).collect::<Option<_>>()?;
    let mut withdrawn = BTreeMap::new();
    for _ in 0..u32::from_be_bytes(rest.array()?) {
        let license = LicenseDigest::from_bytes(rest.array()?);
        let [status] = rest.array()?;
        let (status, list) = (Status::from_number(status)?, u32::from_be_bytes(rest.array()?));
        withdrawn.insert(license, Withdrawn { status, list });
    }
    rest.0.is_empty().then_some(KeptState { id, writes, machine, mark, roots, root_files, bundle, list, withdrawn })
}

/// What is yet to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn file(&mut self) -> Option<Vec<u8>> {
        let length = usize::try_from(u32::from_be_bytes(self.array()?)).ok()?;
        let (file, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(file.to_vec())
    }
}

impl StateId {
    /// The name with these bytes, which were drawn at random.
    pub const fn from_bytes(bytes: [u8; 8]) -> StateId {
        StateId(bytes)
    }
}

impl fmt::Display for StateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for StateId {
    type Err = StateIdError;

    fn from_str(text: &str) -> Result<StateId, StateIdError> {
        let mut bytes = [0; 8];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| StateIdError)?;
        Ok(StateId(bytes))
    }
}

/// Not the name of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a state has 16 hex digits: `keyward state show` says it")]
pub struct StateIdError;

impl Serialize for StateId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl<'de> Deserialize<'de> for StateId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<StateId, D::Error> {
        let text = String::deserialize(deserializer)?;
        // People may write it as they like, files in one way.
        let name = text.parse().ok().filter(|name: &StateId| name.to_string() == text);
        name.ok_or_else(|| D::Error::custom("the name of a state has 16 hex digits in lower case"))
    }
}

/// Why a state is not taken as it is. None of these is a first run, and none is to pass for one silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// There is none, and there was one, or should be.
    #[error("the state that was kept here is gone")]
    Missing,
    /// Not what was written.
    #[error("the state was altered, or was damaged: it is not what was written")]
    Altered,
    /// Written by a later version.
    #[error("the state is of version {version}, and this program knows version 1: use a newer version")]
    NeedsNewer {
        /// The version.
        version: u8,
    },
    /// Of another machine.
    #[error("the state is of another machine{}", Compared(*compared))]
    Foreign {
        /// How many components are the same; `None` if it is not known which machine this is.
        compared: Option<FingerprintMatch>,
    },
    /// A copy from before.
    #[error("the state is an older copy: it was written {found} times, and {known} are known")]
    Older {
        /// How often it was written.
        found: u64,
        /// How often it was written at least, as is known from elsewhere.
        known: u64,
    },
    /// A statement that says no more than what time it was.
    #[error(
        "the statement says what time it is, and not that a clock may be taken back: ask the vendor for a recovery"
    )]
    NotARecovery,
    /// A recovery for another state.
    #[error("the recovery is for the state {named}, and this is {this}: ask the vendor for one for {this}")]
    RecoveryOfAnother {
        /// The state it is for.
        named: StateId,
        /// This state.
        this: StateId,
    },
    /// A recovery that was used before, or is older than one that was.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
}

impl StateError {
    /// The word for it, the same in every language: `missing`, `altered`, `needs-newer`, `foreign`, `older`,
    /// `not-a-recovery`, `recovery-of-another`, `recovery-used`.
    pub const fn code(&self) -> &'static str {
        match self {
            StateError::Missing => "missing",
            StateError::Altered => "altered",
            StateError::NeedsNewer { .. } => "needs-newer",
            StateError::Foreign { .. } => "foreign",
            StateError::Older { .. } => "older",
            StateError::NotARecovery => "not-a-recovery",
            StateError::RecoveryOfAnother { .. } => "recovery-of-another",
            StateError::Recovery(_) => "recovery-used",
        }
    }
}

struct Compared(Option<FingerprintMatch>);

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(FingerprintMatch { matching, present }) => {
                write!(f, " ({matching} of its {present} components are the same)")
            }
            None => f.write_str(", or it is not known which one this is"),
        }
    }
}
