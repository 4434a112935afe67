use core::fmt;

/// Named quotas of a license, such as 50 projects. There are up to 8, each with an id of the catalogue (0 to 255) and a
/// value from 0 to 2^53 − 1, the largest whole number that every JSON reader keeps exactly.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Limits {
    /// Ids ascend. All entries after `len` are zero, so that equality can be derived.
    entries: [(u8, u64); Limits::MAX],
    len: usize,
}

impl Limits {
    /// No limits.
    pub const NONE: Limits = Limits { entries: [(0, 0); Limits::MAX], len: 0 };
    /// The largest number of limits.
    pub const MAX: usize = 8;
    /// The largest value: 2^53 − 1.
    pub const MAX_VALUE: u64 = (1 << 53) - 1;

    /// Adds a limit.
    ///
    /// # Errors
    ///
    /// [`LimitsError`] for a ninth limit, an id that already has a limit, or a value above 2^53 − 1.
    pub fn with(mut self, id: u8, value: u64) -> Result<Limits, LimitsError> {
        self.insert(id, value)?;
        Ok(self)
    }

    pub(super) fn insert(&mut self, id: u8, value: u64) -> Result<(), LimitsError> {
        if value > Limits::MAX_VALUE {
            return Err(LimitsError::ValueTooLarge { id, value });
        }
        let place = self.as_slice().iter().take_while(|(other, _)| *other < id).count();
        if self.as_slice().get(place).is_some_and(|(other, _)| *other == id) {
            return Err(LimitsError::Twice { id });
        }
        let len = self.len.saturating_add(1);
        let mut moving = (id, value);
        for entry in self.entries.get_mut(place..len).ok_or(LimitsError::TooMany)? {
            core::mem::swap(entry, &mut moving);
        }
        self.len = len;
        Ok(())
    }

    /// The value of the limit with that id; `None` if the license has no such limit, and is not limited in it.
    pub fn value(&self, id: u8) -> Option<u64> {
        self.as_slice().iter().find(|(other, _)| *other == id).map(|(_, value)| *value)
    }

    /// The limits as pairs of id and value, ids ascending.
    pub fn as_slice(&self) -> &[(u8, u64)] {
        self.entries.get(..self.len).unwrap_or_default()
    }

    /// Whether there is no limit.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// The reason why a license can't have the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitsError {
    /// More than eight limits.
    #[error("a license carries at most 8 limits")]
    TooMany,
    /// Two limits have the same id.
    #[error("limit {id} is named twice")]
    Twice {
        /// The id.
        id: u8,
    },
    /// A value above 2^53 − 1.
    #[error("limit {id} is {value}: the largest value is 9007199254740991 (2^53 − 1)")]
    ValueTooLarge {
        /// The limit's id.
        id: u8,
        /// The value that is too large.
        value: u64,
    },
    /// The ids in a key do not ascend.
    #[error("limit {id} is out of order: ids ascend")]
    OutOfOrder {
        /// The id that comes after a larger one.
        id: u8,
    },
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.as_slice().iter().map(|(id, value)| (id, value))).finish()
    }
}
