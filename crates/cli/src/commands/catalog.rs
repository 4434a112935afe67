use clap::Subcommand;
use keyward_catalog::{Catalog, Language};
use keyward_issuer::write_public;

use crate::args::names::read_catalog;
use crate::exit::Exit;
use crate::io::destination::{Destination, Output};
use crate::io::failure;
use crate::io::source::{Source, one_stdin};
use crate::io::streams::Streams;
use crate::show::catalog;
use crate::words::harmless;

/// Name products, editions, features, limits and offers
///
/// Keys carry numbers. The catalogue is a file in TOML that names the numbers, states what is sold, and has offers:
/// complete orders, each with a name. A product never needs it: `keyward catalog show` writes the numbers into a source
/// file.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(New),
    Check(Check),
    Show(Show),
}

/// Write an example catalogue, with comments
#[derive(Debug, clap::Args)]
struct New {
    #[command(flatten)]
    destination: Destination,
}

/// Check a catalogue, and compare it with an earlier version
///
/// All problems are reported at once, each with its line and advice.
#[derive(Debug, clap::Args)]
struct Check {
    /// An earlier version: refuse changes to the meaning of issued keys
    #[arg(long, value_name = "OLD")]
    against: Option<Source>,
    /// The catalogue: a path, env:NAME, or - for standard input
    #[arg(value_name = "FILE")]
    catalog: Source,
}

/// Show a catalogue, or write its numbers as source code
///
/// For example: keyward catalog show catalog.toml --rust > src/licensed.rs
#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    form: Form,
    /// The catalogue: a path, env:NAME, or - for standard input
    #[arg(value_name = "FILE")]
    catalog: Source,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Form {
    /// Write constants in Rust, with the types of keyward-verifier
    #[arg(long)]
    rust: bool,
    /// Write constants as a header in C
    #[arg(long)]
    c: bool,
    /// Write constants in Python
    #[arg(long)]
    python: bool,
    /// Write constants as a module in JavaScript
    #[arg(long)]
    js: bool,
    /// Write the whole catalogue as a JSON object with products and offers
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Command::New(args) => new(args, streams),
        Command::Check(args) => check(args, streams),
        Command::Show(args) => show(args, streams),
    }
}

fn new(args: &New, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    match args.destination.check(Output::Other, None)? {
        Some((path, overwrite)) => {
            write_public(path, Catalog::EXAMPLE, overwrite)?;
            let path = harmless(&path.display().to_string());
            writeln!(streams.messages, "{path}: change it to what you sell, then run keyward catalog check {path}")?;
        }
        None => streams.data.write_all(Catalog::EXAMPLE.as_bytes())?,
    }
    Ok(Exit::SUCCESS)
}

fn check(args: &Check, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    one_stdin([&args.catalog].into_iter().chain(&args.against))?;
    let Some(catalog) = read_catalog(&args.catalog, streams)? else { return Ok(Exit::FAILURE) };
    if let Some(source) = &args.against {
        let Some(old) = read_catalog(source, streams)? else { return Ok(Exit::FAILURE) };
        if let Err(changes) = catalog.changes_against(&old) {
            failure::report_each(changes.to_string().lines(), streams.messages);
            return Ok(Exit::FAILURE);
        }
    }
    writeln!(streams.data, "{}: {}", args.catalog, catalog::in_one_line(&catalog))?;
    if let Some(old) = &args.against {
        writeln!(streams.data, "{old}: every key issued under it keeps its meaning")?;
    }
    Ok(Exit::SUCCESS)
}

fn show(args: &Show, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let Some(catalog) = read_catalog(&args.catalog, streams)? else { return Ok(Exit::FAILURE) };
    let form = &args.form;
    let languages = [
        (form.rust, Language::Rust),
        (form.c, Language::C),
        (form.python, Language::Python),
        (form.js, Language::JavaScript),
    ];
    if let Some((_, language)) = languages.into_iter().find(|(asked, _)| *asked) {
        streams.data.write_all(catalog.constants(language).as_bytes())?;
    } else if form.json {
        writeln!(streams.data, "{}", serde_json::to_string_pretty(&catalog)?)?;
    } else {
        catalog::report(&catalog, streams.data)?;
    }
    Ok(Exit::SUCCESS)
}
