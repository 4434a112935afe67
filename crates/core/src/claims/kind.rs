use core::fmt;

/// The kind of a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Kind {
    /// The license that was bought.
    #[default]
    Standard,
    /// The paid features for at most 30 days, to try them.
    Trial,
    /// A short license until a late renewal arrives.
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
