use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};

/// Lines with a name and a value.
pub type Rows = Vec<(&'static str, String)>;

/// Writes a headline, which stands out on a terminal.
pub fn headline(to: &mut dyn Write, color: AnsiColor, text: &str) -> io::Result<()> {
    let style = Style::new().bold().fg_color(Some(color.into()));
    writeln!(to, "{style}{text}{style:#}")
}

pub fn write_rows(to: &mut dyn Write, rows: &[(&str, String)]) -> io::Result<()> {
    writeln!(to)?;
    for (name, value) in rows {
        // Evidence has the names of its JSON fields.
        writeln!(to, "  {:<16} {value}", name.replace('_', " "))?;
    }
    Ok(())
}
