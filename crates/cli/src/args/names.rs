use keyward_catalog::Catalog;

use crate::args::key_argument::KeyArgument;
use crate::exit::Exit;
use crate::io::failure;
use crate::io::source::Source;
use crate::io::streams::Streams;

/// Reads a catalogue; `None` if it has problems, which were reported.
pub fn read_catalog(source: &Source, streams: &mut Streams<'_>) -> anyhow::Result<Option<Catalog>> {
    let text = source.read_text()?;
    match Catalog::parse(&text, &source.to_string()) {
        Ok(catalog) => Ok(Some(catalog)),
        Err(problems) => {
            failure::report_each(problems.to_string().lines(), streams.messages);
            Ok(None)
        }
    }
}

/// The catalogue that names the numbers in keys.
#[derive(Debug, clap::Args)]
pub struct NamesArgs {
    /// Show product, edition, features and limits by their names in this catalogue: a path, env:NAME, or - for standard
    /// input
    #[arg(long, value_name = "CATALOG")]
    catalog: Option<Source>,
}

impl NamesArgs {
    pub const fn source(&self) -> Option<&Source> {
        self.catalog.as_ref()
    }

    /// The catalogue, if one is named; or the exit, if it has problems, which were reported.
    pub fn read(&self, key: &KeyArgument, streams: &mut Streams<'_>) -> anyhow::Result<Result<Option<Catalog>, Exit>> {
        let Some(source) = &self.catalog else { return Ok(Ok(None)) };
        if key.is_stdin() && *source == Source::Stdin {
            return Err(failure::usage(
                "standard input can be read once: either the catalogue or the license key comes from it",
            ));
        }
        Ok(read_catalog(source, streams)?.map(Some).ok_or(Exit::FAILURE))
    }
}
