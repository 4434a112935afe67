use std::fmt;

#[derive(Default)]
pub struct Figures {
    pub licenses: u64,
    pub starts: u64,
    pub carried: u64,
    pub with_wrong_clocks: u64,
    pub dead_batteries: u64,
    pub told_to_set_the_clock: u64,
    pub days_in_2099: u64,
    pub recovered: u64,
    pub holds: u64,
    pub refused_on_hold: u64,
    pub honest_refused: u64,
    pub forged: u64,
    pub forged_accepted_before: u64,
    pub forged_accepted_after: u64,
    pub forged_refused: u64,
    pub brought_back: u64,
    pub beyond_limits_refused: u64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in [
            ("licenses issued", self.licenses),
            ("starts of the product", self.starts),
            ("  with a clock that was wrong by more than a day", self.with_wrong_clocks),
            ("  with a dead battery (1 January 2000)", self.dead_batteries),
            ("  refused for a wrong clock, and usable once it was set", self.told_to_set_the_clock),
            ("  with the clock at 2099", self.days_in_2099),
            ("recoveries after that", self.recovered),
            ("times that files were carried in", self.carried),
            ("licenses put on hold and lifted", self.holds),
            ("  starts refused meanwhile, as they should be", self.refused_on_hold),
            ("honest customers refused", self.honest_refused),
            ("licenses forged with the stolen key", self.forged),
            ("  beyond its limits, all refused", self.beyond_limits_refused),
            ("  starts accepted before the news arrived", self.forged_accepted_before),
            ("  starts accepted after it arrived", self.forged_accepted_after),
            ("  starts refused", self.forged_refused),
            ("  of these with old files put back", self.brought_back),
        ] {
            writeln!(f, "{count:>9}  {what}")?;
        }
        Ok(())
    }
}
