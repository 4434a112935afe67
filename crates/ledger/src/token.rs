//! Tokens, with which programs use the server.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use keyward_core::Environment;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::change::{By, Change};
use crate::contact::Name;
use crate::error::LedgerError;
use crate::id::{TokenId, random};
use crate::ledger::{Ledger, retried};
use crate::scope::Scopes;
use crate::table::{row, select};
use crate::value::{Field, Value, stored_as};

row! {
    /// A token: who may use the server, and for what. The token itself is not stored.
    pub Token in "tokens" {
        /// The id.
        pub id: TokenId, Plain;
        /// The name.
        pub name: String, Plain;
        /// What it may do.
        pub scopes: Scopes, Plain;
        /// SHA-256 of the token.
        pub(crate) digest: Vec<u8>, Plain;
        /// The time at which it ends, in milliseconds since 1970.
        pub expires_at: Option<i64>, Plain;
        /// The time at which it was ended by hand, in milliseconds since 1970.
        pub ended_at: Option<i64>, Plain;
        /// The time at which it was made, in milliseconds since 1970.
        pub created_at: i64, Plain;
        /// Who made it. A token counts as its maker.
        pub created_by: String, Plain;
    }
}

stored_as! {
    Scopes, String, Text, |scopes| scopes.to_string(), |stored| Ok(stored.parse()?);
}

impl Token {
    /// Whether it can be used at that time.
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        let now = now.timestamp_millis();
        self.ended_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// The text of a token, `kw_ENVIRONMENT_` and 40 hex digits. It is a secret: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenText(Zeroizing<String>);

impl TokenText {
    /// The bytes of its random part.
    const BYTES: usize = 20;

    fn generate(environment: Environment) -> Result<TokenText, getrandom::Error> {
        let bytes = Zeroizing::new(random::<{ TokenText::BYTES }>()?);
        let digits = Zeroizing::new(hex::encode(*bytes));
        Ok(TokenText(Zeroizing::new(format!("kw_{environment}_{}", *digits))))
    }

    /// The token, to show it once or to send it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The environment that it names.
    pub fn environment(&self) -> Option<Environment> {
        let name = self.0.strip_prefix("kw_")?.split('_').next()?;
        [Environment::Production, Environment::Staging, Environment::Development]
            .into_iter()
            .find(|environment| environment.to_string() == name)
    }

    fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenText(…)")
    }
}

/// A text is not a token. The message does not show the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a token: kw_, its environment, _ and 40 hex digits")]
pub struct TokenError;

impl FromStr for TokenText {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<TokenText, TokenError> {
        let token = TokenText(Zeroizing::new(text.to_owned()));
        let digits = text.rsplit('_').next().unwrap_or_default();
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let prefix = token.environment().map(|environment| format!("kw_{environment}_"));
        let is_whole = prefix.is_some_and(|prefix| text.strip_prefix(prefix.as_str()) == Some(digits));
        if is_whole && is_hex && digits.len() == 2 * TokenText::BYTES { Ok(token) } else { Err(TokenError) }
    }
}

impl Ledger {
    /// Makes a token. Its text is given here and never again.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn create_token(
        &self,
        name: &Name,
        scopes: Scopes,
        expires_at: Option<DateTime<Utc>>,
        by: &By,
    ) -> Result<(Token, TokenText), LedgerError> {
        let text = TokenText::generate(self.environment)?;
        let token = Token {
            id: TokenId::new(by.at)?,
            name: name.as_str().to_owned(),
            scopes,
            digest: text.digest(),
            expires_at: expires_at.map(|end| end.timestamp_millis()),
            ended_at: None,
            created_at: by.millis(),
            created_by: by.actor.clone(),
        };
        let mut change = Change::begin(&self.database).await?;
        change.insert(&token).await?;
        change.commit(by.did("token.created").to(token.id)).await?;
        Ok((token, text))
    }

    /// The token with that text, also one that has ended. It is found by its digest: how long that takes tells nothing about
    /// other tokens.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn token(&self, text: &TokenText) -> Result<Option<Token>, LedgerError> {
        let sql = select::<Token>("where digest = $1");
        let found: Vec<Token> = self.database.all(sql, vec![Value::Blob(Some(text.digest()))]).await?;
        // An index that was altered would lead to another's rights.
        Ok(found.into_iter().find(|token| token.digest == text.digest()))
    }

    /// All tokens, the newest first.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn tokens(&self) -> Result<Vec<Token>, LedgerError> {
        self.database.all(select::<Token>("order by id desc"), Vec::new()).await
    }

    /// Ends a token, at once. One that was ended stays as it is.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoToken`], and the errors of the database.
    pub async fn end_token(&self, id: TokenId, by: &By) -> Result<Token, LedgerError> {
        retried!(async {
            let mut change = Change::begin(&self.database).await?;
            let found: Option<Token> = change.tx().find_for_change(id.value()).await?;
            let mut token = found.ok_or(LedgerError::NoToken { id })?;
            if token.ended_at.is_some() {
                return Ok(token);
            }
            token.ended_at = Some(by.millis());
            change.update(&token).await?;
            change.commit(by.did("token.ended").to(id)).await?;
            Ok(token)
        })
    }
}
