use alloc::vec::Vec;

use chrono::DateTime;
use keyward_core::Fingerprint;
use keyward_grace::HighWaterMark;
use sha2::{Digest, Sha512};

use super::seen::{Numbered, Seen, SeenStatus, Signer};
use super::{PersistentState, StateError};
use crate::LicenseDigest;
use crate::digest::first_bytes;
use crate::files::{ContentsDigest, StateId, Status, wire};

const MAGIC: [u8; 8] = *b"KWstate\x01";
const CHECKSUM_BYTES: usize = 16;
/// The number that means no time.
const NO_TIME: i64 = i64::MIN;
/// Hashed before the state, so that a digest for another purpose is not a valid checksum.
const LABEL: &[u8] = b"keyward/v1/state\0";

impl PersistentState {
    /// The state as bytes to keep, as section 12 of `spec/FILES.md` describes them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(MAGIC);
        bytes.extend(self.id.to_bytes());
        bytes.extend(self.writes.to_be_bytes());
        bytes.extend(self.machine.map_or([0; 16], |machine| machine.to_bytes()));
        bytes.extend(self.mark.to_bytes());
        bytes.extend(numbered(self.bundle));
        bytes.extend(numbered(self.roots));
        bytes.push(u8::try_from(self.root_files.len()).unwrap_or(u8::MAX));
        for file in &self.root_files {
            bytes.extend(count(file.len()).to_be_bytes());
            bytes.extend(file);
        }
        bytes.extend(count(self.seen.signers.len()).to_be_bytes());
        for (key, Signer { list, recovery }) in &self.seen.signers {
            bytes.extend(key);
            bytes.extend(numbered(*list));
            bytes.extend(recovery.map_or(NO_TIME, |time| time.timestamp()).to_be_bytes());
        }
        bytes.extend(count(self.seen.statuses.len()).to_be_bytes());
        for ((license, key), SeenStatus { status, list }) in &self.seen.statuses {
            bytes.extend(license.to_bytes());
            bytes.extend(key);
            bytes.push(status.number());
            bytes.extend(list.to_be_bytes());
        }
        bytes.push(u8::try_from(self.seen.recoveries.len()).unwrap_or(u8::MAX));
        bytes.extend(self.seen.recoveries.iter().flat_map(|digest| digest.to_bytes()));
        bytes.extend(checksum(&bytes));
        bytes
    }

    /// Reads the state, on this machine, written at least as often as is known: 0 if nothing is known.
    ///
    /// # Errors
    ///
    /// [`StateError::Altered`] for bytes that [`to_bytes`](PersistentState::to_bytes) never makes, [`StateError::NeedsNewer`],
    /// [`StateError::Foreign`] on another machine, [`StateError::Older`] for an older copy.
    pub fn from_bytes(
        bytes: &[u8],
        machine: Option<&Fingerprint>,
        writes_known: u64,
    ) -> Result<PersistentState, StateError> {
        let state = PersistentState::decode(bytes)?;
        // A fingerprint without components, as earlier versions kept it, ties the state to no machine.
        if let Some(tied_to) = state.machine() {
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

    /// The number of writes in these bytes, even if the rest of the state is damaged; 0 if it can't be read.
    #[cfg(feature = "state-file")]
    pub(in crate::files) fn writes_in(bytes: &[u8]) -> u64 {
        PersistentState::decode(bytes).map_or(0, |state| state.writes)
    }

    fn decode(bytes: &[u8]) -> Result<PersistentState, StateError> {
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
        read(body).filter(|state| state.to_bytes() == bytes).ok_or(StateError::Altered)
    }
}

/// The length of a file or the number of statuses.
fn count(count: usize) -> u32 {
    debug_assert!(u32::try_from(count).is_ok(), "files and statuses are bounded");
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    first_bytes(Sha512::new().chain_update(LABEL).chain_update(body).finalize().into())
}

/// The number (4 bytes) and the digest (16 bytes).
fn numbered(Numbered { number, digest }: Numbered) -> [u8; 20] {
    let [n0, n1, n2, n3] = number.to_be_bytes();
    let mut bytes = [0; 20];
    for (to, from) in bytes.iter_mut().zip([n0, n1, n2, n3].into_iter().chain(digest.to_bytes())) {
        *to = from;
    }
    bytes
}

fn read(body: &[u8]) -> Option<PersistentState> {
    let mut rest = Rest(body);
    if rest.array()? != MAGIC {
        return None;
    }
    let id = StateId::from_bytes(rest.array()?);
    let writes = u64::from_be_bytes(rest.array()?);
    let machine = match rest.array::<16>()? {
        [0, ..] => None,
        bytes => Some(Fingerprint::from_bytes(bytes).ok()?),
    };
    let mark = HighWaterMark::from_bytes(&rest.array::<{ HighWaterMark::LEN }>()?).ok()?;
    let (bundle, roots) = (rest.numbered()?, rest.numbered()?);
    let [root_files] = rest.array()?;
    let root_files = (0..root_files).map(|_| rest.file()).collect::<Option<_>>()?;
    let mut seen = Seen::nothing();
    for _ in 0..u32::from_be_bytes(rest.array()?) {
        let (key, list) = (rest.array()?, rest.numbered()?);
        let recovery = match i64::from_be_bytes(rest.array()?) {
            NO_TIME => None,
            seconds => Some(DateTime::from_timestamp(seconds, 0).filter(|time| wire::can_be_written(*time))?),
        };
        seen.signers.insert(key, Signer { list, recovery });
    }
    for _ in 0..u32::from_be_bytes(rest.array()?) {
        let (license, key) = (LicenseDigest::from_bytes(rest.array()?), rest.array()?);
        let [status] = rest.array()?;
        let (status, list) = (Status::from_number(status)?, u32::from_be_bytes(rest.array()?));
        // Only of the signers it is known when they are to be forgotten.
        seen.signers.contains_key(&key).then_some(())?;
        seen.statuses.insert((license, key), SeenStatus { status, list });
    }
    let [recoveries] = rest.array()?;
    let digests = (0..recoveries).map(|_| rest.array().map(ContentsDigest::from_bytes));
    seen.recoveries = digests.collect::<Option<_>>()?;
    rest.0.is_empty().then_some(PersistentState { id, writes, machine, mark, roots, root_files, bundle, seen })
}

/// The rest of the bytes, not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    /// A number and its digest; without a number there is no digest.
    fn numbered(&mut self) -> Option<Numbered> {
        let number = u32::from_be_bytes(self.array()?);
        let digest = ContentsDigest::from_bytes(self.array()?);
        Some(Numbered { number, digest }).filter(|seen| seen.number > 0 || *seen == Numbered::NONE)
    }

    fn file(&mut self) -> Option<Vec<u8>> {
        let length = usize::try_from(u32::from_be_bytes(self.array()?)).ok()?;
        let (file, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(file.to_vec())
    }
}
