/// Breaks a text into lines of at most that width, at spaces; a word wider than a line is broken anywhere.
pub fn wrap(text: &str, width: f64, width_of: fn(char) -> f64) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0.0);
    let mut end = |line: &mut String| lines.push(std::mem::take(line).trim_end().to_owned());
    for word in text.split_inclusive(' ') {
        let needed: f64 = word.trim_end().chars().map(width_of).sum();
        if used + needed > width && !line.is_empty() {
            end(&mut line);
            used = 0.0;
        }
        for character in word.chars() {
            if character != ' ' && !line.is_empty() && used + width_of(character) > width {
                end(&mut line);
                used = 0.0;
            }
            line.push(character);
            used += width_of(character);
        }
    }
    end(&mut line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrow(_: char) -> f64 {
        1.0
    }

    #[test]
    fn lines_end_at_spaces_and_long_words_anywhere() {
        for (text, lines) in [
            ("", &[""][..]),
            ("one two", &["one two"]),
            ("one twos", &["one", "twos"]),
            ("a  b", &["a  b"]),
            ("unbreakable", &["unbreak", "able"]),
            ("an unbreakable", &["an", "unbreak", "able"]),
            ("1234567 8", &["1234567", "8"]),
        ] {
            assert_eq!(wrap(text, 7.0, narrow), lines, "{text}");
        }
    }

    #[test]
    fn a_character_wider_than_a_line_has_one_of_its_own() {
        assert_eq!(wrap("abc", 0.5, narrow), ["a", "b", "c"]);
    }
}
