use super::{OrderError, Separator};

/// The cells of a line of CSV (RFC 4180): in quotes where one has a separator or a quote in it. A line is read by itself, so
/// that a quote that is never closed spoils no other.
pub(super) fn cells(line: &str, separator: Separator) -> Result<Vec<String>, OrderError> {
    let separator = char::from(separator.byte());
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let (cell, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_cell(quoted)?,
            None => {
                let end = rest.find(separator).unwrap_or(rest.len());
                let (cell, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                if cell.contains('"') {
                    return Err(OrderError::Quote);
                }
                (cell.trim().to_owned(), after)
            }
        };
        cells.push(cell);
        match after.strip_prefix(separator) {
            Some(after) => rest = after,
            None if after.is_empty() => return Ok(cells),
            None => return Err(OrderError::Quote),
        }
    }
}

/// What is before the closing quote, and what comes after it.
fn quoted_cell(text: &str) -> Result<(String, &str), OrderError> {
    let mut cell = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"').ok_or(OrderError::Quote)?;
        cell.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                cell.push('"');
                rest = after;
            }
            None => return Ok((cell, after)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_cells() {
        for (line, expected) in [
            ("a,b", vec!["a", "b"]),
            ("a, b ,", vec!["a", "b", ""]),
            (",", vec!["", ""]),
            ("\"a,b\",\"say \"\"c\"\"\"", vec!["a,b", "say \"c\""]),
            ("\"\"", vec![""]),
            ("\" a \"", vec![" a "]),
        ] {
            assert_eq!(cells(line, Separator::Comma).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn a_quote_out_of_place_is_an_error() {
        for line in ["\"a", "a\"b", "\"a\"b", "a,\"b", "\"a\" ,b", "\"a\"\""] {
            assert_eq!(cells(line, Separator::Comma), Err(OrderError::Quote), "{line}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_as_it_was(row in proptest::collection::vec("[^\n\r]{0,12}", 1..6)) {
            let line: Vec<String> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            prop_assert_eq!(&cells(&line.join(","), Separator::Comma).unwrap(), &row);
            prop_assert_eq!(&cells(&line.join(";"), Separator::Semicolon).unwrap(), &row);
        }
    }
}
