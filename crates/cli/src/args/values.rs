//! Value parsers.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use keyward_issuer::{has_letter_or_digit, one_line};
use keyward_verifier::files::{Purpose, Reason};
use keyward_verifier::{Environment, Kind};

/// Environments by their names.
pub fn environment() -> impl TypedValueParser<Value = Environment> {
    PossibleValuesParser::new(["production", "staging", "development"]).map(|name| match name.as_str() {
        "staging" => Environment::Staging,
        "development" => Environment::Development,
        _ => Environment::Production,
    })
}

/// Kinds by their names.
pub fn kind() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(["standard", "trial", "stopgap"]).map(|name| match name.as_str() {
        "trial" => Kind::Trial,
        "stopgap" => Kind::Stopgap,
        _ => Kind::Standard,
    })
}

/// Purposes by their codes.
pub fn purpose() -> impl TypedValueParser<Value = Purpose> {
    PossibleValuesParser::new(Purpose::ALL.map(Purpose::code)).try_map(|name| {
        let known = Purpose::ALL.into_iter().find(|purpose| purpose.code() == name);
        known.ok_or_else(|| format!("there is no purpose {name}"))
    })
}

/// Reasons by their codes.
pub fn reason() -> impl TypedValueParser<Value = Reason> {
    PossibleValuesParser::new(Reason::ALL.map(Reason::code)).try_map(|name| {
        let known = Reason::ALL.into_iter().find(|reason| reason.code() == name);
        known.ok_or_else(|| format!("there is no reason {name}"))
    })
}

/// A name as issuers write it: all of it can be seen.
pub fn name(text: &str) -> Result<String, String> {
    visible(text).and_then(not_blank)
}

/// Lines of text, each written like a name.
pub fn lines(text: &str) -> Result<String, String> {
    let lines: Vec<String> = text.trim().lines().map(visible).collect::<Result<_, _>>()?;
    not_blank(lines.join("\n"))
}

fn not_blank(text: String) -> Result<String, String> {
    if has_letter_or_digit(&text) {
        return Ok(text);
    }
    Err("it has no visible letter or digit: give it text, or leave the option out".to_owned())
}

fn visible(text: &str) -> Result<String, String> {
    one_line(text).map_err(|(_, character)| {
        format!("it has the invisible character U+{:04X} in it: write it without", u32::from(character))
    })
}

/// An address of a mailbox and a domain: <https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2>, without quoted strings.
pub fn email(text: &str) -> Result<String, String> {
    let address = name(text)?;
    let is_separator = |character: char| character.is_whitespace() || ",;:<>()[]\"\\".contains(character);
    match address.split_once('@') {
        Some((mailbox, domain))
            if !mailbox.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !domain.split('.').any(str::is_empty)
                && !address.contains(is_separator) =>
        {
            Ok(address)
        }
        _ => Err("expected one e-mail address, such as it@acme.example".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use keyward_core::is_invisible;

    use super::*;

    #[test]
    fn a_name_is_trimmed_composed_and_visible() {
        assert_eq!(name("  Mu\u{308}ller & Søn\n"), Ok("Müller & Søn".to_owned()));
        assert_eq!(lines("\n Thank you.  \r\n\nGrace\n"), Ok("Thank you.\n\nGrace".to_owned()));
        for blank in ["", " \n", "\u{3000}"] {
            assert!(name(blank).is_err() && lines(blank).is_err() && email(blank).is_err(), "{blank:?}");
        }
        for character in ('\0'..=char::MAX).filter(|character| is_invisible(*character)) {
            let text = format!("Ac{character}me");
            assert!(name(&text).is_err() && email(&format!("{text}@acme.example")).is_err(), "{character:?}");
            assert_eq!(lines(&text).is_ok(), "\n".contains(character), "{character:?}");
        }
    }

    #[test]
    fn an_email_is_one_mailbox_at_one_domain() {
        for address in ["it@acme.example", " o'neil+keys@mail.acme.example ", "it@localhost", "grüße@müller.example"]
        {
            assert_eq!(email(address), Ok(address.trim().to_owned()));
        }
        for wrong in [
            "it@acme,example",
            "it@acme.example, ada@acme.example",
            "it@acme.example;ada@acme.example",
            "it",
            "@acme.example",
            "it@",
            "it@acme@example",
            "it@acme..example",
            "it@.example",
            "it @acme.example",
            "Grace <it@acme.example>",
        ] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
    }
}
