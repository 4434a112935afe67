use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use anyhow::{Context, ensure};
use clap::builder::styling::{AnsiColor, Style};
use keyward_core::UnsignedKey;
use keyward_verifier::{Claims, LicenseKey, Outcome};

use crate::exit::Exit;
use crate::io::streams::Streams;

const CLAIMS: &str = r#"{
  "product": 3, "edition": 2, "seats": 25,
  "valid_from": "2026-01-01", "valid_through": "2026-12-31",
  "features": [0, 1, 2], "licensee": "Acme Ltd"
}
"#;

/// Runs a command line.
type Run = fn(&str, &mut Streams<'_>) -> anyhow::Result<Exit>;

/// Tells the story, and runs its commands as they are shown.
pub fn run(streams: &mut Streams<'_>, run: Run) -> anyhow::Result<Exit> {
    let folder = tempfile::tempdir().context("a temporary folder can't be created")?;
    let before = std::env::current_dir().context("the current folder does not exist")?;
    // The commands name files without a folder. Nothing else runs in this process.
    std::env::set_current_dir(folder.path())?;
    let told = tell(&mut Demo { to: streams.data, run });
    // Some systems don't remove the current folder of a process.
    std::env::set_current_dir(before)?;
    folder.close()?;
    told.map(|()| Exit::SUCCESS)
}

fn tell(demo: &mut Demo<'_>) -> anyhow::Result<()> {
    demo.say(
        "Keyward signs software licenses that a product checks offline, with a public key and without a server.\n\
         This is the whole story, in a temporary folder that is removed at the end. All output is real.",
    )?;

    demo.chapter(
        "1. The vendor makes a signing key, once, and builds the public key into the product.\n\
         (Outside this demo, a passphrase protects the signing key.)",
    )?;
    demo.run("keyward keygen -o vendor.key --no-passphrase", Show::All, Exit::SUCCESS)?;

    demo.chapter("2. Acme buys 25 seats for 2026. The vendor signs the claims, and mails the key.")?;
    demo.file("claims.json", CLAIMS)?;
    demo.run("keyward sign --key vendor.key -o acme.txt claims.json", Show::All, Exit::SUCCESS)?;
    let acme = std::fs::read_to_string("acme.txt")?;
    demo.file("acme.txt", &acme)?;
    let key: LicenseKey = acme.parse()?;

    demo.chapter(
        "3. Acme has no network, and types the key: in lower case, and with two mistakes.\n\
         `keyward verify` does what the product does. The check groups find both mistakes, and the signature proves\n\
         that the repaired key is the one that the vendor signed.",
    )?;
    demo.file("typed.txt", &mistype(&key))?;
    demo.run("keyward verify --trust vendor.pub --at 2026-06-15 typed.txt", Show::All, Exit::SUCCESS)?;

    demo.chapter(
        "4. The year ends, and the renewal is late. The product still works for a grace period, and says so.",
    )?;
    demo.run("keyward verify --trust vendor.pub --at 2027-01-05 acme.txt", Show::Headline, Exit::SUCCESS)?;

    demo.chapter("5. Three weeks later, the grace period is over. Scripts read the exit code.")?;
    let expired = Outcome::Expired.into();
    demo.run("keyward verify --trust vendor.pub --at 2027-01-26 acme.txt", Show::Headline, expired)?;

    demo.chapter(
        "6. A forger writes 2,500 seats into the key and computes new check groups: the key reads without a mistake.\n\
         But the vendor did not sign it.",
    )?;
    let forged = forge(&key)?;
    demo.file("forged.txt", &format!("{forged:#}\n"))?;
    demo.run("keyward inspect forged.txt", Show::Lines(6), Exit::SUCCESS)?;
    let bad_signature = Outcome::BadSignature.into();
    demo.run("keyward verify --trust vendor.pub --at 2026-06-15 forged.txt", Show::Headline, bad_signature)?;

    demo.chapter("That is all. To begin:\n")?;
    demo.say(
        "  keyward keygen -o vendor.key     asks for a passphrase\n  keyward help sign                explains \
         the claims",
    )
}

/// The key as a person might type it: in lower case, two letters of group 5 exchanged, and a look-alike in group 22.
fn mistype(key: &LicenseKey) -> String {
    let text = key.to_string().to_lowercase();
    let groups: Vec<String> = (1..)
        .zip(text.split('-'))
        .map(|(number, group)| match number {
            5 => exchange(group),
            22 => mistake_one(group),
            _ => group.to_owned(),
        })
        .collect();
    groups.chunks(6).map(|row| row.join(" ") + "\n").collect()
}

/// Exchanges the first two neighbours that differ.
fn exchange(group: &str) -> String {
    let mut characters: Vec<char> = group.chars().collect();
    let first_pair = characters.windows(2).position(|pair| pair.first() != pair.last());
    if let Some(pair) = first_pair.and_then(|start| characters.get_mut(start..)).and_then(|rest| rest.get_mut(..2)) {
        pair.reverse();
        return characters.into_iter().collect();
    }
    // All five are the same.
    mistake_one(group)
}

/// Replaces the first character that has a look-alike by it; without one, the first character by another.
fn mistake_one(group: &str) -> String {
    const ALIKE: [(char, char); 4] = [('8', 'b'), ('5', 's'), ('2', 'z'), ('6', 'g')];
    let taken_for = |character: char| {
        ALIKE.iter().find_map(|(one, other)| match character {
            _ if character == *one => Some(*other),
            _ if character == *other => Some(*one),
            _ => None,
        })
    };
    let mut characters: Vec<char> = group.chars().collect();
    let mistaken = characters.iter_mut().find_map(|character| Some((taken_for(*character)?, character)));
    match mistaken {
        Some((other, character)) => *character = other,
        None => {
            if let Some(first) = characters.first_mut() {
                *first = if *first == '7' { '1' } else { '7' };
            }
        }
    }
    characters.into_iter().collect()
}

/// The key with other claims and the old signature. Its check groups are computed, and right.
fn forge(key: &LicenseKey) -> anyhow::Result<LicenseKey> {
    let mut claims = serde_json::to_value(key.unverified_claims()?)?;
    if let Some(seats) = claims.get_mut("seats") {
        *seats = 2_500.into();
    }
    let claims: Claims = serde_json::from_value(claims)?;
    Ok(UnsignedKey::new(&claims, key.hint()).with_signature(key.signature()))
}

/// The part of a command's output that is shown.
enum Show {
    All,
    Headline,
    Lines(usize),
}

struct Demo<'a> {
    to: &'a mut dyn Write,
    run: Run,
}

impl Demo<'_> {
    fn say(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.to, "{text}")?)
    }

    fn chapter(&mut self, text: &str) -> anyhow::Result<()> {
        let bold = Style::new().bold();
        Ok(writeln!(self.to, "\n{bold}{text}{bold:#}")?)
    }

    /// Writes a file and shows it.
    fn file(&mut self, name: &str, text: &str) -> anyhow::Result<()> {
        std::fs::write(name, text)?;
        self.prompt(&format!("cat {name}"))?;
        Ok(self.indented(text)?)
    }

    /// Shows a command, runs it, and shows its output. The demo fails if it ends in another way than expected.
    fn run(&mut self, command: &str, show: Show, expected: Exit) -> anyhow::Result<()> {
        self.prompt(command)?;
        let said = Said::default();
        let ended = (self.run)(command, &mut Streams { data: &mut said.clone(), messages: &mut said.clone() })?;
        let said = String::from_utf8(said.0.take())?;
        let shown = match show {
            Show::All => usize::MAX,
            Show::Headline => 1,
            Show::Lines(lines) => lines,
        };
        let lines: Vec<&str> = said.lines().take(shown).collect();
        self.indented(&lines.join("\n"))?;
        if said.lines().count() > lines.len() {
            self.indented("…")?;
        }
        ensure!(
            ended == expected,
            "the command ended with exit code {}, and not as expected: please report this",
            ended.number()
        );
        if ended != Exit::SUCCESS {
            self.indented(&format!("(exit code {})", ended.number()))?;
        }
        Ok(())
    }

    fn prompt(&mut self, command: &str) -> io::Result<()> {
        let style = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
        writeln!(self.to, "\n  {style}$ {command}{style:#}")
    }

    fn indented(&mut self, text: &str) -> io::Result<()> {
        text.lines()
            .try_for_each(|line| if line.is_empty() { writeln!(self.to) } else { writeln!(self.to, "  {line}") })
    }
}

/// The data and messages of a command, in order.
#[derive(Clone, Default)]
struct Said(Rc<RefCell<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
