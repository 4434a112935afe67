use std::fmt;

use keyward_core::Serial;

use super::{Bridged, Refusal};

/// Why an order is refused: every rule that it breaks, at least one.
///
/// They have the order of [`Refusal::CODES`]: serial, kind, product and edition, features, limits, seats, activations, days,
/// trials and stopgaps, grace, machine, licensee, customer, subscription, texts. If the product, the edition or the license on
/// record is unknown, that is the only refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals(pub(super) Vec<Refusal>);

impl Refusals {
    /// The refusals.
    pub fn as_slice(&self) -> &[Refusal] {
        &self.0
    }

    /// The licenses that the reason of an approval has to name, so that it lifts these refusals.
    pub fn named_by_approval(&self) -> Vec<Serial> {
        let named = self.0.iter().flat_map(|refusal| match refusal {
            Refusal::ThirdTemporaryKey { others } => others.clone(),
            Refusal::SecondStopgap { first, bridged: Bridged::Unknown } => vec![*first],
            _ => Vec::new(),
        });
        named.collect()
    }

    /// These refusals and the others, each once.
    #[must_use]
    pub fn and(mut self, others: Refusals) -> Refusals {
        for refusal in others.0 {
            if !self.0.contains(&refusal) {
                self.0.push(refusal);
            }
        }
        self.0.sort_by_key(Refusal::position);
        self
    }
}

/// Each refusal on a line of its own.
impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Refusal::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Refusals {}

impl From<Refusal> for Refusals {
    fn from(refusal: Refusal) -> Refusals {
        Refusals(vec![refusal])
    }
}
