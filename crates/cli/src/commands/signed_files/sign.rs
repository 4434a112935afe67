use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgAction;
use clap::builder::styling::AnsiColor;
use keyward_issuer::files::SignableFile;
use keyward_issuer::{Overwrite, TrustedKey, write_public};
use keyward_verifier::files::{Envelope, FileKind, Roots};

use crate::args::signer::SignerArgs;
use crate::args::trust::RootsArgs;
use crate::commands::signed_files::{read, warn_of_the_future};
use crate::exit::Exit;
use crate::io::source::{Source, one_stdin};
use crate::io::streams::Streams;
use crate::io::{clock, destination};
use crate::show::rows::{headline, write_rows};
use crate::show::signed_file::Contents;
use crate::words::{counted, shown};

/// Add a signature to a file: a root set, a trust bundle, a revocation list, a statement of the time or a license file
///
/// What is being signed is shown first, so that you know it. Several people sign one file one after the other, each on a
/// machine of their own: carry the file from one to the next. Signatures that are there already are checked with the keys
/// that they name, and a bad one is refused. Who signs again signs in place of that.
///
/// With --roots, only one of the roots may sign a trust bundle or a new root set, and it is said how many of them still
/// have to.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    roots: RootsArgs,
    /// Write the signed file here instead of in place; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there already
    #[arg(long = "force", requires = "output", action = ArgAction::SetTrue, value_parser = destination::overwrite())]
    overwrite: Overwrite,
    /// The file to sign
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl SignArgs {
    pub fn run(&self, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        self.signer.check()?;
        one_stdin(self.signer.sources().chain(self.roots.sources()))?;
        let output = self.output.as_deref().filter(|path| *path != Path::new("-"));
        if let Some(path) = output {
            destination::check_not_read(path, self.signer.sources().chain(self.roots.sources()))?;
            destination::check(path, self.overwrite)?;
        }
        let source = Source::Path(self.file.clone());
        let bytes = source.read_signed_file()?;
        if Envelope::kind_of(&bytes).is_none() {
            bail!(
                "{source} is no file to be signed here: name one that `keyward file`, `trust`, `revocations` or `time` wrote"
            );
        }
        let mut file = read(&bytes, &source, &FileKind::ALL)?;
        let name = shown(&self.file);
        let contents = Contents::of(&file).with_context(|| name.clone())?;
        let before = file.signers().with_context(|| name.clone())?;
        let vouching = vouching(&contents, self.roots.read(None)?, file.kind(), &name)?;

        headline(streams.messages, AnsiColor::Yellow, &format!("You are signing {}: {name}", file.kind()))?;
        write_rows(streams.messages, &contents.rows(clock::now()))?;
        writeln!(streams.messages)?;
        warn_of_the_future(contents.issued_at(), streams)?;
        let (issuer, failure) = self.signer.issuer()?;
        let signer = issuer.verifying_key();
        if !vouching.is_empty() && !vouching.iter().any(|group| group.keys.contains(signer)) {
            let groups: Vec<&str> = vouching.iter().map(|group| group.called).collect();
            bail!("{name} is for {} to sign, and the key {} is none of them", groups.join(" and "), signer.id());
        }
        file.sign(&issuer).map_err(|error| failure.explain(error))?;

        let text = file.to_string();
        match (output, &self.output) {
            (Some(path), _) => write_public(path, &text, self.overwrite)?,
            (None, Some(_)) => streams.data.write_all(text.as_bytes())?,
            (None, None) => write_public(&self.file, &text, Overwrite::Replace)?,
        }
        let again = if before.contains(signer) { " once more" } else { "" };
        let name = output.map_or(name, shown);
        writeln!(streams.messages, "{name}: signed by {}{again}; {}", signer.id(), signed(&file, &vouching)?)?;
        Ok(Exit::SUCCESS)
    }
}

/// Keys of which some have to sign.
struct Vouching {
    called: &'static str,
    keys: Vec<TrustedKey>,
    threshold: usize,
}

/// Whose signatures a file needs, as far as that is known: of a root set its own keys and those before it, of a bundle the
/// roots.
fn vouching(contents: &Contents, roots: Option<Roots>, kind: FileKind, name: &str) -> anyhow::Result<Vec<Vouching>> {
    let old = roots.map(|roots| Vouching {
        called: "the roots",
        keys: roots.keys().to_vec(),
        threshold: usize::from(roots.threshold().get()),
    });
    match (contents, old) {
        (Contents::TrustBundle(_), old) => Ok(old.into_iter().collect()),
        (Contents::RootSet(next), old) => {
            if next.version > 1 && old.is_none() {
                bail!("{name} follows root set {}: name that with --roots", next.version.saturating_sub(1));
            }
            let new = Vouching {
                called: if old.is_some() { "the new roots" } else { "its own roots" },
                keys: next.keys.clone(),
                threshold: usize::from(next.threshold.get()),
            };
            Ok(old.into_iter().chain([new]).collect())
        }
        (_, Some(_)) => bail!("--roots vouch for trust bundles and root sets, and this is {kind}: leave them out"),
        (_, None) => Ok(Vec::new()),
    }
}

/// "1 of 2 signatures of the roots"; where it is not known how many are needed, how many there are.
fn signed(file: &SignableFile, vouching: &[Vouching]) -> anyhow::Result<String> {
    let signers = file.signers()?;
    if vouching.is_empty() {
        let there = counted(signers.len(), "signature");
        return Ok(match file.kind() {
            FileKind::TrustBundle => format!("{there}, and with --roots it is said how many it needs"),
            _ => there,
        });
    }
    let progress = vouching.iter().map(|Vouching { called, keys, threshold }| {
        let there = signers.iter().filter(|signer| keys.contains(signer)).count();
        format!("{there} of {threshold} signatures of {called}")
    });
    Ok(progress.collect::<Vec<_>>().join(", "))
}
