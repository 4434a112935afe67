use core::fmt;

/// What was sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Kind {
    /// What was bought.
    #[default]
    Standard,
    /// The paid features for a short while, to try them.
    Trial,
    /// Bridges a late renewal.
    Stopgap,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Standard => "standard",
            Kind::Trial => "trial",
            Kind::Stopgap => "stopgap",
        })
    }
}
