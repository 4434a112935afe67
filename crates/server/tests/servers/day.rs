use crate::kit::{Kit, on_both};
use crate::story::day;

#[test]
fn a_day_at_a_vendor() {
    on_both("a_day_at_a_vendor", async |kit: &Kit| day::day(kit).await);
}
