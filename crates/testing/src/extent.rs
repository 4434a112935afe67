//! The number of cases of a test: fewer in an ordinary run than in a long one.

/// `ordinary`, or `long` if the environment variable `KEYWARD_LONG` is set.
///
/// The ordinary run finds most mistakes within minutes. `.ci/run` sets the variable, to find rare ones.
///
/// ```
/// let kills = keyward_testing::extent(40, 200);
/// assert!([40, 200].contains(&kills));
/// ```
pub fn extent<T>(ordinary: T, long: T) -> T {
    if is_long() { long } else { ordinary }
}

/// Whether the environment variable `KEYWARD_LONG` is set, to any value.
#[must_use]
pub fn is_long() -> bool {
    std::env::var_os("KEYWARD_LONG").is_some_and(|set| !set.is_empty())
}
