//! The table of terms that begin at the end of a month: there, calendar months differ most from a count of days.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use keyward_core::Day;
use keyward_grace::Term;

/// The last day of each term, from every end of a month, in a common year and a leap year. A last day before the one to
/// its left is in the next year.
const MONTHS: &str = "
from        1m    2m    3m    4m    5m    6m    7m    8m    9m    10m   11m   12m
2027-01-29  02-28 03-28 04-28 05-28 06-28 07-28 08-28 09-28 10-28 11-28 12-28 01-28
2027-01-30  02-28 03-29 04-29 05-29 06-29 07-29 08-29 09-29 10-29 11-29 12-29 01-29
2027-01-31  02-28 03-30 04-30 05-30 06-30 07-30 08-30 09-30 10-30 11-30 12-30 01-30
2027-02-28  03-27 04-27 05-27 06-27 07-27 08-27 09-27 10-27 11-27 12-27 01-27 02-27
2027-03-31  04-30 05-30 06-30 07-30 08-30 09-30 10-30 11-30 12-30 01-30 02-29 03-30
2027-04-30  05-29 06-29 07-29 08-29 09-29 10-29 11-29 12-29 01-29 02-29 03-29 04-29
2027-05-31  06-30 07-30 08-30 09-30 10-30 11-30 12-30 01-30 02-29 03-30 04-30 05-30
2027-06-30  07-29 08-29 09-29 10-29 11-29 12-29 01-29 02-29 03-29 04-29 05-29 06-29
2027-07-31  08-30 09-30 10-30 11-30 12-30 01-30 02-29 03-30 04-30 05-30 06-30 07-30
2027-08-31  09-30 10-30 11-30 12-30 01-30 02-29 03-30 04-30 05-30 06-30 07-30 08-30
2027-09-30  10-29 11-29 12-29 01-29 02-29 03-29 04-29 05-29 06-29 07-29 08-29 09-29
2027-10-31  11-30 12-30 01-30 02-29 03-30 04-30 05-30 06-30 07-30 08-30 09-30 10-30
2027-11-30  12-29 01-29 02-29 03-29 04-29 05-29 06-29 07-29 08-29 09-29 10-29 11-29
2027-12-31  01-30 02-29 03-30 04-30 05-30 06-30 07-30 08-30 09-30 10-30 11-30 12-30
2028-01-29  02-28 03-28 04-28 05-28 06-28 07-28 08-28 09-28 10-28 11-28 12-28 01-28
2028-01-30  02-29 03-29 04-29 05-29 06-29 07-29 08-29 09-29 10-29 11-29 12-29 01-29
2028-01-31  02-29 03-30 04-30 05-30 06-30 07-30 08-30 09-30 10-30 11-30 12-30 01-30
2028-02-28  03-27 04-27 05-27 06-27 07-27 08-27 09-27 10-27 11-27 12-27 01-27 02-27
2028-02-29  03-28 04-28 05-28 06-28 07-28 08-28 09-28 10-28 11-28 12-28 01-28 02-28
2028-03-31  04-30 05-30 06-30 07-30 08-30 09-30 10-30 11-30 12-30 01-30 02-28 03-30
2028-04-30  05-29 06-29 07-29 08-29 09-29 10-29 11-29 12-29 01-29 02-28 03-29 04-29
2028-05-31  06-30 07-30 08-30 09-30 10-30 11-30 12-30 01-30 02-28 03-30 04-30 05-30
2028-06-30  07-29 08-29 09-29 10-29 11-29 12-29 01-29 02-28 03-29 04-29 05-29 06-29
2028-07-31  08-30 09-30 10-30 11-30 12-30 01-30 02-28 03-30 04-30 05-30 06-30 07-30
2028-08-31  09-30 10-30 11-30 12-30 01-30 02-28 03-30 04-30 05-30 06-30 07-30 08-30
2028-09-30  10-29 11-29 12-29 01-29 02-28 03-29 04-29 05-29 06-29 07-29 08-29 09-29
2028-10-31  11-30 12-30 01-30 02-28 03-30 04-30 05-30 06-30 07-30 08-30 09-30 10-30
2028-11-30  12-29 01-29 02-28 03-29 04-29 05-29 06-29 07-29 08-29 09-29 10-29 11-29
2028-12-31  01-30 02-28 03-30 04-30 05-30 06-30 07-30 08-30 09-30 10-30 11-30 12-30
";

/// A leap day has an anniversary in leap years only; 2100 is not a leap year.
const YEARS: &str = "
from        1y         2y         3y         4y         8y
2027-02-28  2028-02-27 2029-02-27 2030-02-27 2031-02-27 2035-02-27
2028-02-28  2029-02-27 2030-02-27 2031-02-27 2032-02-27 2036-02-27
2028-02-29  2029-02-28 2030-02-28 2031-02-28 2032-02-28 2036-02-28
2027-03-01  2028-02-29 2029-02-28 2030-02-28 2031-02-28 2035-02-28
2028-03-01  2029-02-28 2030-02-28 2031-02-28 2032-02-29 2036-02-29
2027-12-31  2028-12-30 2029-12-30 2030-12-30 2031-12-30 2035-12-30
2028-12-31  2029-12-30 2030-12-30 2031-12-30 2032-12-30 2036-12-30
2096-02-29  2097-02-28 2098-02-28 2099-02-28 2100-02-28 2104-02-28
";

fn rows(table: &str) -> (Vec<Term>, Vec<(Day, Vec<&str>)>) {
    let mut lines = table.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let terms = lines.next().unwrap()[1..].iter().map(|term| term.parse().unwrap()).collect();
    (terms, lines.map(|cells| (cells[0].parse().unwrap(), cells[1..].to_vec())).collect())
}

#[test]
fn the_month_end_table_of_terms_from_one_month_to_twelve() {
    let (terms, rows) = rows(MONTHS);
    assert_eq!((terms.len(), rows.len()), (12, 29));
    for (first, cells) in rows {
        let mut before = first;
        for (term, cell) in terms.iter().zip(cells) {
            let last = term.last_day(first).unwrap();
            assert_eq!(last.to_string()[5..], *cell, "{term} from {first}");
            // The month and the day determine the year, since one more month is never one more year.
            assert!(last > before && last.number() - before.number() <= 31, "{term} from {first} ends on {last}");
            before = last;
        }
    }
}

#[test]
fn the_month_end_table_of_terms_in_years() {
    let (terms, rows) = rows(YEARS);
    for (first, cells) in rows {
        for (term, cell) in terms.iter().zip(cells) {
            assert_eq!(term.last_day(first).unwrap().to_string(), cell, "{term} from {first}");
        }
    }
}

#[test]
fn a_year_is_twelve_months_from_every_end_of_a_month() {
    for (first, _) in rows(MONTHS).1.into_iter().chain(rows(YEARS).1) {
        for (months, years) in [("12m", "1y"), ("24m", "2y"), ("48m", "4y")] {
            let last = |term: &str| term.parse::<Term>().unwrap().last_day(first);
            assert_eq!(last(months), last(years), "{years} from {first}");
        }
    }
}
