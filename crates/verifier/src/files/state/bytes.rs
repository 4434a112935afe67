use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use keyward_core::Fingerprint;
use keyward_grace::HighWaterMark;
use sha2::{Digest, Sha512};

use super::{PersistentState, SeenStatus, StateError};
use crate::LicenseDigest;
use crate::digest::first_bytes;
use crate::files::{StateId, Status};

const MAGIC: [u8; 8] = *b"KWstate\x01";
const CHECKSUM_BYTES: usize = 16;
/// Hashed before the state: a digest made for another purpose is no checksum.
const LABEL: &[u8] = b"keyward/v1/state\0";

impl PersistentState {
    /// The state as bytes to keep. In this order, all big-endian: `KWstate` and the version 1 (8 bytes); its name (8); how
    /// often it was written (8); the machine's fingerprint, or zeros (16); the mark (37); the highest bundle and list (4
    /// each); the highest version of roots (4), how many root sets lead to it (1), and of each the length (4) and the file; how
    /// many licenses are revoked or on hold (4) and of each the digest (16), the status (1) and the list (4); the first 16
    /// bytes of SHA-512 over `keyward/v1/state`, a zero byte and all of that.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(MAGIC);
        bytes.extend(self.id.to_bytes());
        bytes.extend(self.writes.to_be_bytes());
        bytes.extend(self.machine.map_or([0; 16], |machine| machine.to_bytes()));
        bytes.extend(self.mark.to_bytes());
        bytes.extend(self.bundle.to_be_bytes());
        bytes.extend(self.list.to_be_bytes());
        bytes.extend(self.roots.to_be_bytes());
        bytes.push(u8::try_from(self.root_files.len()).unwrap_or(u8::MAX));
        for file in self.root_files.iter().take(usize::from(u8::MAX)) {
            bytes.extend(count(file.len()).to_be_bytes());
            bytes.extend(file);
        }
        bytes.extend(count(self.statuses.len()).to_be_bytes());
        for (license, SeenStatus { status, list }) in &self.statuses {
            bytes.extend(license.to_bytes());
            bytes.push(status.number());
            bytes.extend(list.to_be_bytes());
        }
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

/// The length of a file or the number of statuses.
fn count(count: usize) -> u32 {
    debug_assert!(u32::try_from(count).is_ok(), "files and statuses are bounded");
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    first_bytes(Sha512::new().chain_update(LABEL).chain_update(body).finalize().into())
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
    let (bundle, list) = (u32::from_be_bytes(rest.array()?), u32::from_be_bytes(rest.array()?));
    let roots = u32::from_be_bytes(rest.array()?);
    let [root_files] = rest.array()?;
    let root_files = (0..root_files).map(|_| rest.file()).collect::<Option<_>>()?;
    let mut statuses = BTreeMap::new();
    for _ in 0..u32::from_be_bytes(rest.array()?) {
        let license = LicenseDigest::from_bytes(rest.array()?);
        let [status] = rest.array()?;
        let (status, list) = (Status::from_number(status)?, u32::from_be_bytes(rest.array()?));
        statuses.insert(license, SeenStatus { status, list });
    }
    rest.0.is_empty().then_some(PersistentState {
        id,
        writes,
        machine,
        mark,
        roots,
        root_files,
        bundle,
        list,
        statuses,
    })
}

/// The bytes that are not read yet.
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
