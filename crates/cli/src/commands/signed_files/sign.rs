use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgAction;
use clap::builder::styling::AnsiColor;
use clap::builder::{BoolValueParser, TypedValueParser};
use keyward_issuer::files::{SignableFile, SignedNumbers};
use keyward_issuer::{Overwrite, TrustedKey, write_public};
use keyward_verifier::files::{Envelope, FileKind, Roots};

use crate::args::signer::SignerArgs;
use crate::args::trust::RootsArgs;
use crate::commands::signed_files::draft::check_not_linked;
use crate::commands::signed_files::earlier::{Earlier, TakeBack};
use crate::commands::signed_files::{all_contents, read, warn_of_the_future};
use crate::exit::Exit;
use crate::io::destination::Output;
use crate::io::source::{Source, one_stdin};
use crate::io::streams::Streams;
use crate::io::{clock, destination};
use crate::show::rows::{headline, write_rows};
use crate::show::signed_file::Contents;
use crate::words::{counted, harmless, shown};

/// Add a signature to a file: a root set, a trust bundle, a revocation list, a statement of the time or a license file
///
/// The command shows the contents first, and signs nothing that it can't show. A number that was signed in this folder
/// before, for other contents, is refused; so is a list or a bundle that lacks a revocation, or a compromised key, of the
/// newest one that was signed in this folder. Several people sign one file one after the other, each on their own machine:
/// carry the file from one to the next. Existing signatures are checked with the keys that they name; a bad one is
/// refused. A second signature of the same key replaces the first.
///
/// With --roots, only a root may sign a trust bundle or a new root set, and the command shows how many signatures are
/// there and how many are needed.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    roots: RootsArgs,
    /// Write the signed file here instead of in place; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long = "force", requires = "output", action = ArgAction::SetTrue, value_parser = destination::overwrite())]
    overwrite: Overwrite,
    /// Sign a list or bundle that takes back what the newest one signed in this folder says: that a license is revoked, or a
    /// key compromised
    #[arg(long = "allow-taken-back", action = ArgAction::SetTrue, value_parser = take_back())]
    take_back: TakeBack,
    /// The file to sign
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl SignArgs {
    pub fn run(&self, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        self.signer.check()?;
        one_stdin(self.signer.sources().chain(self.roots.sources()))?;
        let output = self.output.as_deref().filter(|path| *path != Path::new("-"));
        if self.output.is_some() && output.is_none() {
            destination::check_standard_output()?;
        }
        if let Some(path) = output {
            destination::check_not_read(path, self.signer.sources().chain(self.roots.sources()))?;
            destination::check(path, self.overwrite)?;
        }
        if self.output.is_none() {
            check_not_linked(&self.file)?;
        }
        let shown_file = self.read()?;
        let (kind, name) = (shown_file.kind(), shown(&self.file));
        if let Some(path) = output {
            destination::check_replaceable(path, Output::Signed(kind))?;
            destination::check_kind(path, kind)?;
        }
        let contents = all_contents(&shown_file).with_context(|| name.clone())?;
        if let Some(numbers) = self.numbers(&contents)? {
            self.check_number(&numbers, &contents, &shown_file)?;
        }
        let signing_groups = signing_groups(&contents, self.roots.read(None)?, kind, &name)?;
        shown_file.signers().with_context(|| name.clone())?;

        headline(streams.messages, AnsiColor::Yellow, &format!("You are signing {kind}: {name}"))?;
        let mut rows = contents.rows(clock::now());
        rows.push((
            "digest",
            format!("{} of these contents, the same for everyone who signs them", shown_file.digest()),
        ));
        write_rows(streams.messages, &rows)?;
        writeln!(streams.messages)?;
        warn_of_the_future(contents.issued_at(), streams)?;
        let earlier = |numbers: Option<&SignedNumbers>| Earlier::of(numbers?, &contents, &shown_file, output);
        let compared = earlier(self.numbers(&contents)?.as_ref());
        if let Some(compared) = &compared {
            compared.check(&self.file, self.take_back, streams)?;
        }
        let (issuer, failure) = self.signer.issuer()?;
        let signer = issuer.verifying_key();
        if !signing_groups.is_empty() && !signing_groups.iter().any(|group| group.keys.contains(signer)) {
            let groups: Vec<&str> = signing_groups.iter().map(|group| group.called).collect();
            bail!("{name} must be signed by {}, and the key {} is not among them", groups.join(" and "), signer.id());
        }

        if let Contents::TrustBundle(bundle) = &contents {
            if let Some(listed) = bundle.key(&signer.to_bytes()) {
                writeln!(
                    streams.messages,
                    "The root {} is a signing key of this bundle too, {}: a thief of it could sign licenses and name the keys that \
                     are trusted. Make another key for one of them.",
                    signer.id(),
                    harmless(&listed.name)
                )?;
            }
        }

        // The folder is not locked while a person reads and types. So the file is read once more: another person may have
        // signed it meanwhile, and changed contents were not shown.
        let mut numbers = self.numbers(&contents)?;
        let mut file = self.read()?;
        if (file.kind(), file.digest()) != (kind, shown_file.digest()) {
            bail!("{name} was changed while you were signing, and nothing was signed: run the same command again");
        }
        if earlier(numbers.as_ref()) != compared {
            bail!(
                "another file was signed beside {name} meanwhile, and nothing was signed: run the same command again"
            );
        }
        let before = file.signers().with_context(|| name.clone())?;
        file.sign(&issuer).map_err(|error| failure.explain(error))?;
        if let (Some(numbers), Some(number)) = (&mut numbers, contents.number()) {
            self.check_number(numbers, &contents, &file)?;
            // The number is kept before the file is written. A number that is not used afterwards does no harm.
            numbers.keep_file(number, &file)?;
        }
        self.write(&file, streams)?;
        // The folder is locked up to here.
        drop(numbers);
        let again = if before.contains(signer) { " once more" } else { "" };
        let name = output.map_or(name, shown);
        writeln!(streams.messages, "{name}: signed by {}{again}; {}", signer.id(), signed(&file, &signing_groups)?)?;
        Ok(Exit::SUCCESS)
    }

    fn read(&self) -> anyhow::Result<SignableFile> {
        // It is read twice, and a pipe has its bytes once.
        if self.file.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            bail!("{} is a device or a pipe: write its contents into a file, and sign that", shown(&self.file));
        }
        let source = Source::Path(self.file.clone());
        let bytes = source.read_signed_file()?;
        if Envelope::kind_of(&bytes).is_none() {
            bail!(
                "{source} is not a file that this command signs: name one that `keyward file`, `trust`, `revocations` \
                 or `time` wrote"
            );
        }
        read(&bytes, &source, &FileKind::ALL)
    }

    /// The numbers that were signed in the folder of the file, which is locked meanwhile; `None` for a file without a number
    /// that is not changed.
    fn numbers(&self, contents: &Contents) -> anyhow::Result<Option<SignedNumbers>> {
        if contents.number().is_none() && self.output.is_some() {
            return Ok(None);
        }
        // Of the file itself: a link to it in another folder would have no numbers beside it.
        let is_link = self.file.symlink_metadata().is_ok_and(|found| found.file_type().is_symlink());
        let file =
            if is_link { self.file.canonicalize().with_context(|| shown(&self.file))? } else { self.file.clone() };
        if contents.number().is_some() {
            check_not_linked(&file)?;
        }
        Ok(Some(SignedNumbers::lock(destination::folder_of(&file))?))
    }

    /// Refuses a second file with the same number, with advice.
    fn check_number(&self, numbers: &SignedNumbers, contents: &Contents, file: &SignableFile) -> anyhow::Result<()> {
        let Some(number) = contents.number() else { return Ok(()) };
        numbers.check(file.kind(), number, file.digest()).with_context(|| {
            let to_do = match contents {
                Contents::RootSet(_) => "sign the other one, or begin in another folder if it never left",
                Contents::TrustBundle(_) => "a change with `keyward trust` gives it the next number",
                _ => "a change with `keyward revocations` gives it the next number",
            };
            format!("{} was not signed: {to_do}", shown(&self.file))
        })
    }

    fn write(&self, file: &SignableFile, streams: &mut Streams<'_>) -> anyhow::Result<()> {
        let text = file.to_string();
        match &self.output {
            None => write_public(&self.file, &text, Overwrite::Replace)?,
            Some(path) if path == Path::new("-") => {
                streams.data.write_all(text.as_bytes())?;
                streams.data.flush()?;
            }
            Some(path) => write_public(path, &text, self.overwrite)?,
        }
        Ok(())
    }
}

/// The value of the flag `--allow-taken-back`.
fn take_back() -> impl TypedValueParser<Value = TakeBack> {
    BoolValueParser::new().map(|allowed| if allowed { TakeBack::Allowed } else { TakeBack::Refused })
}

/// A group of keys of which some must sign.
struct SigningGroup {
    called: &'static str,
    keys: Vec<TrustedKey>,
    threshold: usize,
}

/// The signatures that a file needs, if known: for a root set, those of its own keys and of the roots before it; for a
/// bundle, those of the roots.
fn signing_groups(
    contents: &Contents,
    roots: Option<Roots>,
    kind: FileKind,
    name: &str,
) -> anyhow::Result<Vec<SigningGroup>> {
    let old = roots.map(|roots| SigningGroup {
        called: "the roots",
        keys: roots.keys().to_vec(),
        threshold: usize::from(roots.threshold().get()),
    });
    match (contents, old) {
        (Contents::TrustBundle(_), old) => Ok(old.into_iter().collect()),
        (Contents::RootSet(next), old) => {
            if next.version > 1 && old.is_none() {
                bail!("{name} follows root set {}: name that set with --roots", next.version.saturating_sub(1));
            }
            let new = SigningGroup {
                called: if old.is_some() { "the new roots" } else { "its own roots" },
                keys: next.keys.clone(),
                threshold: usize::from(next.threshold.get()),
            };
            Ok(old.into_iter().chain([new]).collect())
        }
        (_, Some(_)) => bail!("--roots goes with trust bundles and root sets, and this is {kind}: leave --roots out"),
        (_, None) => Ok(Vec::new()),
    }
}

/// "1 of 2 signatures of the roots"; or the number of signatures, if the needed number is not known.
fn signed(file: &SignableFile, signing_groups: &[SigningGroup]) -> anyhow::Result<String> {
    let signers = file.signers()?;
    if signing_groups.is_empty() {
        let there = counted(signers.len(), "signature");
        return Ok(match file.kind() {
            FileKind::TrustBundle => format!("{there}; --roots shows how many it needs"),
            _ => there,
        });
    }
    let progress = signing_groups.iter().map(|SigningGroup { called, keys, threshold }| {
        let there = signers.iter().filter(|signer| keys.contains(signer)).count();
        format!("{there} of {threshold} signatures of {called}")
    });
    Ok(progress.collect::<Vec<_>>().join(", "))
}
