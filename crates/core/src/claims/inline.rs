/// 1 to 64 bytes, stored in the value itself and not on the heap. All bytes after `len` are zero, so that equality can be
/// derived.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Inline {
    bytes: [u8; Inline::MAX],
    len: usize,
}

impl Inline {
    pub(super) const MAX: usize = 64;

    /// `None` unless there are 1 to 64 bytes.
    pub(super) fn new(from: &[u8]) -> Option<Inline> {
        let mut bytes = [0; Inline::MAX];
        bytes.get_mut(..from.len())?.copy_from_slice(from);
        (!from.is_empty()).then_some(Inline { bytes, len: from.len() })
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
