use zeroize::Zeroizing;

/// The operating system gave no random bytes.
///
/// Rare, and nothing secret can be made without them: an early boot, a sandbox that bars the system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes, and no key or serial can be made without: {0}")]
pub struct RandomError(getrandom::Error);

/// Bytes from the operating system, each time: a generator kept in the program would repeat itself in a copy of the
/// virtual machine.
pub(crate) fn random_bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, RandomError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(RandomError)?;
    Ok(bytes)
}
