use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::file::open_private;
use super::lookup::Lookup;

/// A hash table on disk: lookups, and where in the record what is looked up begins.
///
/// Open addressing with linear probing. A table that a crash interrupted is known by its header, and made again from the
/// record: it holds nothing that is not in there.
///
/// ```text
/// header   64 bytes   magic (8) · slots (8) · used (8) · covered bytes (8) · covered lines (8) · whole (8) · last (16)
/// slot     24 bytes   lookup (16) · where + 1 (8), all zero while it is free
/// ```
///
/// Numbers are little-endian. `covered` is how much of the record is in the table, `last` says how that ends, and `whole`
/// is 1 while nothing is being written.
#[derive(Debug)]
pub(super) struct Table {
    file: File,
    path: PathBuf,
    header: Header,
    page: Page,
    /// Entries are being added, or could not be.
    adding: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    slots: u64,
    used: u64,
    covered: Covered,
    whole: bool,
}

/// How much of a record is in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Covered {
    pub(super) bytes: u64,
    pub(super) lines: u64,
    /// A digest of the bytes that come last.
    pub(super) last: [u8; 16],
}

const MAGIC: &[u8; 8] = b"kw-index";
const HEADER: u64 = 64;
const SLOT: usize = 24;
/// The table grows when it is fuller than one in so many.
const ROOM: u64 = 2;
/// A power of two.
const FEWEST_SLOTS: u64 = 1 << 14;

impl Table {
    /// The table in that file; `None` if there is none, or none that is whole.
    pub(super) fn open(path: &Path) -> Option<Table> {
        let mut file = File::options().read(true).write(true).open(path).ok()?;
        let header = Header::read(&mut file).ok()??;
        let sized = header.slots.is_power_of_two() && file.metadata().ok()?.len() == size(header.slots);
        // More that are used than there are would ask for a larger table than any disk has.
        let fits = sized && header.whole && header.used <= header.slots;
        fits.then(|| Table { file, path: path.to_owned(), header, page: Page::default(), adding: false })
    }

    /// An empty table in place of what there is, with room for so many entries.
    pub(super) fn create(path: &Path, entries: u64) -> io::Result<Table> {
        let slots = entries.saturating_mul(ROOM).saturating_mul(2).max(FEWEST_SLOTS).next_power_of_two();
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = open_private(path)?;
        // Zeros and no hole: blocks that the file system has still to find would be written with each `fsync` of the record.
        io::copy(&mut io::repeat(0).take(size(slots)), &mut file)?;
        let header = Header { slots, used: 0, covered: Covered::default(), whole: false };
        let mut table = Table { file, path: path.to_owned(), header, page: Page::default(), adding: false };
        table.write_header()?;
        Ok(table)
    }

    pub(super) const fn covered(&self) -> Covered {
        self.header.covered
    }

    /// Where it is in the record, if it is there.
    pub(super) fn find(&mut self, lookup: Lookup) -> io::Result<Option<u64>> {
        Ok(match self.slot_of(lookup)? {
            Slot::Taken { place, .. } => Some(place),
            Slot::Free { .. } => None,
        })
    }

    /// Adds the entries; one that is there already is moved. Those that are in order are written one after the other.
    pub(super) fn add(&mut self, entries: &[(Lookup, u64)], covered: Covered) -> io::Result<()> {
        self.adding = true;
        let more = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        if self.header.used.saturating_add(more).saturating_mul(ROOM) > self.header.slots {
            self.grow(more)?;
        }
        if self.header.whole {
            self.header.whole = false;
            self.write_header()?;
            self.file.sync_data()?;
        }
        for (lookup, place) in entries {
            self.put(*lookup, *place)?;
        }
        self.page.write(&mut self.file)?;
        self.header.covered = covered;
        self.adding = false;
        Ok(())
    }

    /// Says in the header that all of it is there, once it is on disk.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if self.header.whole || self.adding {
            return Ok(());
        }
        self.file.sync_data()?;
        self.header.whole = true;
        self.write_header()?;
        self.file.sync_data()
    }

    fn put(&mut self, lookup: Lookup, place: u64) -> io::Result<()> {
        let number = match self.slot_of(lookup)? {
            Slot::Taken { number, .. } => number,
            Slot::Free { number } => {
                self.header.used = self.header.used.saturating_add(1);
                number
            }
        };
        let slot = self.page.slot(number, &mut self.file)?;
        if let Some((key, value)) = slot.split_at_mut_checked(Lookup::LEN) {
            key.copy_from_slice(&lookup.to_bytes());
            value.copy_from_slice(&place.saturating_add(1).to_le_bytes());
            self.page.changed = true;
        }
        Ok(())
    }

    /// The slot that the lookup has, or would get.
    fn slot_of(&mut self, lookup: Lookup) -> io::Result<Slot> {
        let home = self.home(lookup);
        // A full table, which only one that was altered can be, has no free slot to stop at.
        for number in (home..self.header.slots).chain(0..home) {
            match read_slot(self.page.slot(number, &mut self.file)?) {
                None => return Ok(Slot::Free { number }),
                Some((found, place)) if found == lookup => return Ok(Slot::Taken { number, place }),
                Some(_) => {}
            }
        }
        Err(io::Error::other("the index has no room, though it should: remove it, and it is made again"))
    }

    /// Where a lookup belongs. By its first bits, so that entries in order follow each other on disk.
    fn home(&self, lookup: Lookup) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = lookup.to_bytes();
        let first = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        let slots = u128::from(self.header.slots);
        u64::try_from(u128::from(first).saturating_mul(slots) >> 64).unwrap_or_default()
    }

    /// Moves all of it to a table with room for more, which takes its place.
    fn grow(&mut self, more: u64) -> io::Result<()> {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let name = PathBuf::from(name);
        let mut grown = Table::create(&name, self.header.used.saturating_add(more))?;
        self.page.write(&mut self.file)?;
        self.file.seek(SeekFrom::Start(HEADER))?;
        let mut slots = io::BufReader::with_capacity(1 << 16, &self.file);
        let mut slot = [0; SLOT];
        for _ in 0..self.header.slots {
            slots.read_exact(&mut slot)?;
            if let Some((lookup, place)) = read_slot(&slot) {
                grown.put(lookup, place)?;
            }
        }
        grown.page.write(&mut grown.file)?;
        grown.header.covered = self.header.covered;
        fs::rename(&name, &self.path)?;
        grown.path.clone_from(&self.path);
        *self = grown;
        Ok(())
    }

    fn write_header(&mut self) -> io::Result<()> {
        let Header { slots, used, covered, whole } = self.header;
        let mut bytes = Vec::from(MAGIC);
        for number in [slots, used, covered.bytes, covered.lines, whole.into()] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(covered.last);
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&bytes)
    }
}

/// How long a table with so many slots is, and where the slot with that number begins.
fn size(slots: u64) -> u64 {
    slots.saturating_mul(SLOT as u64).saturating_add(HEADER)
}

/// The part of a table that was looked at last. Entries in order mostly follow each other in it.
#[derive(Debug, Default)]
struct Page {
    first: u64,
    slots: Vec<u8>,
    changed: bool,
}

impl Page {
    /// A kilobyte: more is seldom looked at, in a long table.
    const SLOTS: u64 = 42;

    fn slot(&mut self, number: u64, file: &mut File) -> io::Result<&mut [u8]> {
        let first = number.saturating_sub(number % Page::SLOTS);
        if self.slots.is_empty() || first != self.first {
            self.write(file)?;
            // Empty until all of it is read: a part is of no use, and would stand for another page.
            let mut slots = std::mem::take(&mut self.slots);
            slots.clear();
            file.seek(SeekFrom::Start(size(first)))?;
            let bytes = size(Page::SLOTS).saturating_sub(size(0));
            file.take(bytes).read_to_end(&mut slots)?;
            (self.slots, self.first) = (slots, first);
        }
        let start = usize::try_from(number.saturating_sub(first)).unwrap_or(usize::MAX).saturating_mul(SLOT);
        let slot = self.slots.get_mut(start..start.saturating_add(SLOT));
        slot.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn write(&mut self, file: &mut File) -> io::Result<()> {
        if self.changed {
            file.seek(SeekFrom::Start(size(self.first)))?;
            file.write_all(&self.slots)?;
            self.changed = false;
        }
        Ok(())
    }
}

impl Header {
    fn read(file: &mut File) -> io::Result<Option<Header>> {
        let mut magic = [0; 8];
        file.read_exact(&mut magic)?;
        let mut number = || {
            let mut bytes = [0; 8];
            file.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
        };
        let (slots, used, bytes, lines, whole) = (number()?, number()?, number()?, number()?, number()?);
        let mut last = [0; 16];
        file.read_exact(&mut last)?;
        let header = Header { slots, used, covered: Covered { bytes, lines, last }, whole: whole == 1 };
        Ok((magic == *MAGIC).then_some(header))
    }
}

#[derive(Debug)]
enum Slot {
    Taken { number: u64, place: u64 },
    Free { number: u64 },
}

fn read_slot(slot: &[u8]) -> Option<(Lookup, u64)> {
    let (lookup, place) = slot.split_first_chunk::<{ Lookup::LEN }>()?;
    let place = u64::from_le_bytes(place.try_into().ok()?).checked_sub(1)?;
    Some((Lookup::from_bytes(*lookup), place))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn entries(numbers: std::ops::Range<u64>) -> Vec<(Lookup, u64)> {
        numbers.map(|number| (Lookup::order(&number.to_string()), number * 700)).collect()
    }

    const COVERED: Covered = Covered { bytes: 7, lines: 1, last: [3; 16] };

    #[test]
    fn what_was_added_is_found_again_however_much_the_table_grew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        let mut table = Table::create(&path, 0).unwrap();
        for start in (0..60_000).step_by(10_000) {
            table.add(&entries(start..start + 10_000), COVERED).unwrap();
        }
        table.finish().unwrap();
        let mut table = Table::open(&path).unwrap();
        assert_eq!(table.covered(), COVERED);
        for (lookup, place) in entries(0..60_000) {
            assert_eq!(table.find(lookup).unwrap(), Some(place));
        }
        for (lookup, _) in entries(60_000..70_000) {
            assert_eq!(table.find(lookup).unwrap(), None);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_added_again_is_moved() {
        let folder = tempfile::tempdir().unwrap();
        let mut table = Table::create(&folder.path().join("index"), 0).unwrap();
        let lookup = Lookup::order("A-1");
        table.add(&[(lookup, 0)], COVERED).unwrap();
        table.add(&[(lookup, 900)], COVERED).unwrap();
        assert_eq!(table.find(lookup).unwrap(), Some(900));
        assert_eq!(table.header.used, 1);
    }

    #[test]
    fn a_table_that_was_not_finished_cut_or_is_none_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        assert!(Table::open(&path).is_none());
        let mut table = Table::create(&path, 0).unwrap();
        table.add(&entries(0..10), COVERED).unwrap();
        assert!(Table::open(&path).is_none());
        table.finish().unwrap();
        assert!(Table::open(&path).is_some());
        table.add(&entries(10..20), COVERED).unwrap();
        assert!(Table::open(&path).is_none());
        table.finish().unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in [0, 8, 63, 64, whole.len() - 1] {
            fs::write(&path, whole.get(..cut).unwrap()).unwrap();
            assert!(Table::open(&path).is_none(), "{cut}");
        }
        let used = u64::MAX.to_le_bytes();
        for (start, bytes) in [(0, &b"x"[..]), (16, &used)] {
            let mut altered = whole.clone();
            altered.get_mut(start..start + bytes.len()).unwrap().copy_from_slice(bytes);
            fs::write(&path, altered).unwrap();
            assert!(Table::open(&path).is_none(), "{start}");
        }
    }

    #[test]
    fn a_table_to_which_entries_could_not_be_added_is_not_opened_until_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        let mut table = Table::create(&path, 0).unwrap();
        table.add(&entries(0..10), COVERED).unwrap();
        let writable = std::mem::replace(&mut table.file, File::open(&path).unwrap());
        table.add(&entries(10..20), COVERED).unwrap_err();
        table.file = writable;
        table.finish().unwrap();
        assert!(Table::open(&path).is_none());
        table.add(&entries(10..20), COVERED).unwrap();
        table.finish().unwrap();
        let mut table = Table::open(&path).unwrap();
        for (lookup, place) in entries(0..20) {
            assert_eq!(table.find(lookup).unwrap(), Some(place));
        }
    }

    #[test]
    fn a_full_table_is_an_error_and_no_endless_search() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        let mut table = Table::create(&path, 0).unwrap();
        table.file.seek(SeekFrom::Start(HEADER)).unwrap();
        io::copy(&mut io::repeat(1).take(size(FEWEST_SLOTS) - HEADER), &mut table.file).unwrap();
        assert!(table.find(Lookup::order("A-1")).is_err());
    }
}
