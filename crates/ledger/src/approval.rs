//! Approvals, as they are stored: orders that break rules which a person may lift.

use std::fmt;
use std::str::FromStr;

use keyward_core::{Day, Kind, is_invisible};
use keyward_issuer::has_letter_or_digit;
use keyward_issuer::secret::is_key;
use sha2::{Digest, Sha256};

use crate::id::{ApprovalId, CustomerId, LicenseId};
use crate::table::row;
use crate::value::stored_as;

/// The action of an order, once it is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalAction {
    /// A new license.
    Create,
    /// A license of the pool gets its customer, and its key is signed.
    Assign,
    /// A new key of a license.
    Reissue,
    /// The key of the next term of a license.
    Renew,
}

impl ApprovalAction {
    const ALL: [ApprovalAction; 4] =
        [ApprovalAction::Create, ApprovalAction::Assign, ApprovalAction::Reissue, ApprovalAction::Renew];

    /// The code. It never changes.
    pub const fn code(self) -> &'static str {
        match self {
            ApprovalAction::Create => "create",
            ApprovalAction::Assign => "assign",
            ApprovalAction::Reissue => "reissue",
            ApprovalAction::Renew => "renew",
        }
    }
}

/// The state of a request for an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApprovalState {
    /// It waits for a decision.
    Waiting,
    /// It was taken back, or its customer was erased.
    Withdrawn,
}

impl ApprovalState {
    /// Every state.
    pub const ALL: [ApprovalState; 2] = [ApprovalState::Waiting, ApprovalState::Withdrawn];

    /// The code. It never changes.
    pub const fn code(self) -> &'static str {
        match self {
            ApprovalState::Waiting => "waiting",
            ApprovalState::Withdrawn => "withdrawn",
        }
    }
}

stored_as! {
    ApprovalAction, String, Text, |action| action.code().to_owned(), |stored| {
        let found = ApprovalAction::ALL.into_iter().find(|action| action.code() == stored);
        found.ok_or_else(|| format!("an unknown action, {stored}").into())
    };
    ApprovalState, String, Text, |state| state.code().to_owned(), |stored| {
        let found = ApprovalState::ALL.into_iter().find(|state| state.code() == stored);
        found.ok_or_else(|| format!("an unknown state, {stored}").into())
    };
}

row! {
    /// An order that breaks rules which an approval lifts, as it was asked for. Nothing is issued by it.
    pub Approval in "approvals" {
        /// The id.
        pub id: ApprovalId, Plain;
        /// Whether it waits for a decision.
        pub state: ApprovalState, Plain;
        /// What the order is for.
        pub action: ApprovalAction, Plain;
        /// The license on record that it is about. It may be deleted since.
        pub license: Option<LicenseId>, Plain;
        /// The customer, if there is one.
        pub customer: Option<CustomerId>, Plain;
        /// The number of the product that would be issued.
        pub product: u32, Plain;
        /// The number of the edition.
        pub edition: u16, Plain;
        /// Standard, trial or stopgap.
        pub kind: Kind, Plain;
        /// The first day of what would have been issued on the day of the request.
        pub valid_from: Day, Plain;
        /// The last day of what would have been issued then; none is perpetual.
        pub valid_through: Option<Day>, Plain;
        /// The last day on which the approval is of use, for a trial with a fixed end that breaks no other rule: from the next day
        /// on so few days are left that the same order needs none.
        pub last_useful_day: Option<Day>, Plain;
        /// The order in one form, as JSON: the fields of [`keyward_issuer::order`] as texts, without the customer, and `notes`,
        /// `metadata` and `lease_days`. None after an erasure.
        pub order_json: Option<String>, Personal;
        /// SHA-256 of the order, with its action, license and customer: what is approved is what was asked for. None after an
        /// erasure: a digest of few possible texts tells which it was.
        pub order_digest: Option<Vec<u8>>, Personal;
        /// The rules that it breaks, as a JSON list of objects with `code` and `detail`. None after an erasure.
        pub refusals: Option<String>, Personal;
        /// Why it is asked for; none after an erasure.
        pub reason: Option<String>, Personal;
        /// Who asked: the name of the token or person.
        pub asked_by: String, Plain;
        /// The person who counts as the one who asked: the maker of the token. They may not approve.
        pub maker: String, Plain;
        /// The time of the request, in milliseconds since 1970.
        pub created_at: i64, Plain;
    }
}

impl Approval {
    /// Computes the digest of the order as it is now.
    pub(crate) fn digest_order(&mut self) {
        let Some(order) = &self.order_json else { return };
        let license = self.license.map(|id| id.to_string()).unwrap_or_default();
        let customer = self.customer.map(|id| id.to_string()).unwrap_or_default();
        let mut digest = Sha256::new();
        for part in [self.action.code(), &license, &customer, order] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        self.order_digest = Some(digest.finalize().to_vec());
    }
}

/// Why an approval is asked for, or a request is taken back: a text that can be seen, of at most 2,000 bytes, without a key.
///
/// `Debug` does not show it, so that it gets into no log.
#[derive(Clone, PartialEq, Eq)]
pub struct ApprovalReason(String);

impl ApprovalReason {
    /// The most bytes of a reason.
    pub const MAX_BYTES: usize = 2_000;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApprovalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApprovalReason(…)")
    }
}

/// A text is not a reason. The message does not show the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApprovalReasonError {
    /// It is too long.
    #[error("the reason has {bytes} bytes, and at most {} are kept: shorten it", ApprovalReason::MAX_BYTES)]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It says nothing.
    #[error("the reason has no visible letter or digit: say why")]
    Blank,
    /// A character that can't be seen.
    #[error("the reason has the invisible character U+{:04X}: remove it", *.character as u32)]
    Invisible {
        /// The character.
        character: char,
    },
    /// A key in it.
    #[error("the reason has a license key or a signing key in it, and is read by others: name a license by its serial")]
    Key,
}

impl FromStr for ApprovalReason {
    type Err = ApprovalReasonError;

    fn from_str(text: &str) -> Result<ApprovalReason, ApprovalReasonError> {
        let text = text.trim();
        if text.len() > ApprovalReason::MAX_BYTES {
            return Err(ApprovalReasonError::TooLong { bytes: text.len() });
        }
        if is_key(text) {
            return Err(ApprovalReasonError::Key);
        }
        let is_break = |character: &char| matches!(character, '\n' | '\r' | '\t');
        if let Some(character) = text.chars().find(|character| is_invisible(*character) && !is_break(character)) {
            return Err(ApprovalReasonError::Invisible { character });
        }
        if !has_letter_or_digit(text) {
            return Err(ApprovalReasonError::Blank);
        }
        Ok(ApprovalReason(text.to_owned()))
    }
}

/// A request for an approval.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Why.
    pub reason: ApprovalReason,
    /// The person who counts as the one who asks: the maker of the token.
    pub maker: String,
}
