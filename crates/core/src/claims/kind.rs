use core::fmt;

/// The kind of a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Kind {
    /// A license that was bought.
    #[default]
    Standard,
    /// A license to try the product with, for at most 30 days.
    Trial,
    /// A short license that bridges a late renewal.
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
