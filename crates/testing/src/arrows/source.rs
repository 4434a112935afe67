//! Splits Rust source into the tokens that are needed to find modules and paths.

/// A word, a sign, or `::`, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

/// The tokens of a source, without comments, strings and characters.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = source;
    let mut line = 1_usize;
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            '\'' => character(rest),
            'r' | 'b' | 'c' if raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            _ if is_word(first) => rest.find(|character| !is_word(character)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            _ => first.len_utf8(),
        };
        let (text, after) = rest.split_at_checked(len).unwrap_or((rest, ""));
        if is_word(first) && !text.contains('"') || ":{}[]()*,;#$".contains(first) {
            tokens.push(Token { text: text.to_owned(), line });
        } else if !first.is_whitespace() && !text.starts_with('/') {
            // Any other token; it ends a path.
            tokens.push(Token { text: ".".to_owned(), line });
        }
        line = line.saturating_add(text.matches('\n').count());
        rest = after;
    }
    tokens
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0_usize);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let step = if rest.starts_with("/*") {
            depth = depth.saturating_add(1);
            2
        } else if rest.starts_with("*/") {
            depth = depth.saturating_sub(1);
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at = at.saturating_add(step);
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at.saturating_add(1),
            _ => {}
        }
    }
    text.len()
}

/// A character literal such as `'"'`, or the apostrophe of a lifetime.
fn character(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    let second = characters.next().map(|(_, character)| character);
    match (second, characters.next()) {
        (Some('\\'), _) => {
            text.char_indices().skip(3).find(|(_, end)| *end == '\'').map_or(1, |(at, _)| at.saturating_add(1))
        }
        (Some(_), Some((at, '\''))) => at.saturating_add(1),
        _ => 1,
    }
}

/// The length of the string with a prefix, such as `r#"…"#` or `b"…"`, that begins here; `None` if none begins.
fn raw_string(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r", "b", "c"].into_iter().find(|prefix| {
        let rest = text.strip_prefix(prefix).map(|rest| rest.trim_start_matches('#'));
        rest.is_some_and(|rest| rest.starts_with('"'))
    })?;
    let rest = text.strip_prefix(prefix)?;
    if !prefix.ends_with('r') {
        return rest.starts_with('"').then(|| prefix.len().saturating_add(string(rest)));
    }
    let hashes = rest.len().saturating_sub(rest.trim_start_matches('#').len());
    let end = format!("\"{}", "#".repeat(hashes));
    let body = rest.get(hashes.saturating_add(1)..)?;
    let len = body.find(&end)?.saturating_add(end.len());
    Some(prefix.len().saturating_add(hashes).saturating_add(1).saturating_add(len))
}
