//! What someone might have meant, and how it is shown.

use std::fmt;

/// The candidate that the text was probably meant for: at most a third of its characters are wrong.
pub(crate) fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nothing longer than this is near any code; comparing costs the product of both lengths.
    const MOST_BYTES: usize = 48;
    if text.len() > MOST_BYTES {
        return None;
    }
    let tolerated = (text.chars().count() / 3).max(1);
    let wrong = |candidate: &str| strsim::osa_distance(text, candidate);
    let (candidate, distance) =
        candidates.into_iter().map(|candidate| (candidate, wrong(candidate))).min_by_key(|(_, distance)| *distance)?;
    (distance <= tolerated && distance < candidate.len()).then_some(candidate)
}

/// The text in backticks, on one line, harmless to a terminal, and not endless.
pub(crate) fn quoted(text: &str) -> impl fmt::Display {
    const MOST_CHARACTERS: usize = 60;
    let shown: String = text.chars().take(MOST_CHARACTERS).flat_map(char::escape_debug).collect();
    let shown = shown.replace("\\'", "'").replace("\\\"", "\"");
    if text.chars().nth(MOST_CHARACTERS).is_some() { format!("`{shown}…`") } else { format!("`{shown}`") }
}

/// No such code in the catalogue. It says which there are, or which was probably meant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownCode {
    /// What was looked for: a product, an edition, a feature, a limit, an offer.
    pub noun: Noun,
    /// The code that nothing has.
    pub code: String,
    /// The product in which it was looked for, by its code; none for products and offers.
    pub product: Option<String>,
    /// The code that was probably meant.
    pub suggestion: Option<String>,
    /// The codes that there are: the first sixteen, which a message can show.
    pub known: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

impl UnknownCode {
    pub(crate) fn new<'a>(
        noun: Noun,
        code: &str,
        product: Option<&str>,
        known: impl Iterator<Item = &'a str>,
    ) -> UnknownCode {
        const SHOWN: usize = 16;
        let all: Vec<&str> = known.collect();
        UnknownCode {
            noun,
            code: code.to_owned(),
            product: product.map(str::to_owned),
            suggestion: nearest(code, all.iter().copied()).map(str::to_owned),
            known: all.iter().take(SHOWN).map(|code| (*code).to_owned()).collect(),
            more: all.len().saturating_sub(SHOWN),
        }
    }
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} {}", self.noun, quoted(&self.code))?;
        if let Some(product) = &self.product {
            write!(f, " in product `{product}`")?;
        }
        if let Some(code) = &self.suggestion {
            return write!(f, ": did you mean `{code}`?");
        }
        match self.known.as_slice() {
            [] => write!(f, ", nor any other"),
            known => write!(f, ": there is {}", listed(known)),
        }?;
        if self.more > 0 { write!(f, ", and {} more", self.more) } else { Ok(()) }
    }
}

impl std::error::Error for UnknownCode {}

/// Names in backticks with commas between them.
pub(crate) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}

/// What has a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Noun {
    /// A product.
    Product,
    /// An edition of a product.
    Edition,
    /// A feature of a product.
    Feature,
    /// A limit of a product.
    Limit,
    /// An offer.
    Offer,
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Noun::Product => "product",
            Noun::Edition => "edition",
            Noun::Feature => "feature",
            Noun::Limit => "limit",
            Noun::Offer => "offer",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_code_is_the_one_with_the_fewest_mistakes() {
        let known = ["pro", "pro-annual", "enterprise"];
        assert_eq!(nearest("por", known), Some("pro"));
        assert_eq!(nearest("pro-anual", known), Some("pro-annual"));
        assert_eq!(nearest("entrepise", known), Some("enterprise"));
        assert_eq!(nearest("home", known), None);
        assert_eq!(nearest("x", ["a"]), None);
        assert_eq!(nearest(&"e".repeat(100_000), known), None);
    }

    #[test]
    fn of_many_codes_a_message_shows_the_first() {
        let known: Vec<String> = (0..20).map(|number| format!("offer-{number}")).collect();
        let unknown = UnknownCode::new(Noun::Offer, "x", None, known.iter().map(String::as_str));
        assert!(unknown.to_string().ends_with("`offer-14`, `offer-15`, and 4 more"), "{unknown}");
    }

    #[test]
    fn what_is_quoted_stays_on_its_line() {
        assert_eq!(quoted("it's\n\u{1b}[2J\u{202e}").to_string(), "`it's\\n\\u{1b}[2J\\u{202e}`");
        assert_eq!(quoted(&"x".repeat(61)).to_string(), format!("`{}…`", "x".repeat(60)));
    }
}
