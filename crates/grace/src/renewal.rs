use keyward_core::{Claims, Day, Kind};

/// The first day of the license that renews this one: the day after its last day.
///
/// `None` for licenses that are not renewed: a perpetual license, a trial, and a stopgap. A stopgap takes nothing from the
/// paid term and adds nothing to it: the renewal begins after the paid license, also if a stopgap bridged the time.
///
/// ```
/// use keyward_core::{Claims, Day, Edition, Product, Serial};
/// use keyward_grace::renewal_from;
///
/// let claims = Claims::builder()
///     .serial(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]))
///     .product(Product(3))
///     .edition(Edition(2))
///     .unlimited_seats()
///     .valid_from(Day::from_ymd(2026, 1, 1)?)
///     .valid_through(Day::from_ymd(2026, 12, 31)?)
///     .build()?;
/// assert_eq!(renewal_from(&claims), Some(Day::from_ymd(2027, 1, 1)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn renewal_from(claims: &Claims) -> Option<Day> {
    match claims.kind() {
        Kind::Standard => claims.valid_through()?.checked_add(1),
        Kind::Trial | Kind::Stopgap => None,
    }
}
