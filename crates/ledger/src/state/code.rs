//! Codes: the words for states and actions in the database, in the API and in messages. They never change.

/// Gives an enum its codes, a list of all its values, `FromStr` and `Display`. A value without a code does not compile.
macro_rules! codes {
    ($type:ident, $what:literal: $(($($value:tt)+) => $code:literal;)+) => {
        impl $type {
            #[doc = concat!("Every ", $what, ", in order.")]
            pub const ALL: &'static [$type] = &[$($($value)+),+];

            /// The code. It never changes.
            pub const fn code(self) -> &'static str {
                match self {
                    $($($value)+ => $code),+
                }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::state::code::UnknownStateCode;

            /// The value with exactly this code.
            fn from_str(code: &str) -> Result<$type, Self::Err> {
                let unknown = || Self::Err::new($what, concat!($("`", $code, "`, "),+));
                $type::ALL.iter().copied().find(|known| known.code() == code).ok_or_else(unknown)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }
    };
}
pub(super) use codes;

/// A text is not a code of a state, of a hold or of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not {} {what}: use one of {}", if .what == &"action" { "an" } else { "a" }, .known.trim_end_matches(", "))]
pub struct UnknownStateCode {
    what: &'static str,
    known: &'static str,
}

impl UnknownStateCode {
    /// The error for a kind of code, with all codes of this kind.
    pub(super) const fn new(what: &'static str, known: &'static str) -> UnknownStateCode {
        UnknownStateCode { what, known }
    }
}
