use anyhow::Context;
use keyward_verifier::KeyId;
use keyward_verifier::files::{FileError, FileKind, Roots};

use crate::args::trust::RootsArgs;
use crate::commands::signed_files::{self, ShowArgs};
use crate::exit::Exit;
use crate::io::source::one_stdin;
use crate::io::streams::Streams;

/// Show a trust bundle or a root set
///
/// With --roots, the signatures of the roots on the bundle or on the next root set are verified. Without, the contents
/// are shown as not verified: compare the keys of a root set with those that you know.
///
/// Exits with 0, or with the exit code of the refusal, such as untrusted-bundle.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    roots: RootsArgs,
    #[command(flatten)]
    show: ShowArgs,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    one_stdin(args.roots.sources().chain([args.show.source()]))?;
    let verify = |bytes: &[u8], kind| {
        let Some(roots) = args.roots.read(None)? else { return Ok(None) };
        let signed_by = match kind {
            FileKind::TrustBundle => roots.trust_bundle(bytes).map(|bundle| bundle.signed_by().to_vec()),
            _ => signed_by_roots(&roots, bytes),
        };
        signed_by.map(Some).with_context(|| args.show.source().to_string())
    };
    let to_verify = "To verify its signatures, name the root set that the product was built with as --roots.";
    signed_files::show(&args.show, &[FileKind::TrustBundle, FileKind::RootSet], verify, to_verify, streams)
}

/// The roots that signed this set, which is their own or the next.
fn signed_by_roots(roots: &Roots, bytes: &[u8]) -> Result<Vec<KeyId>, FileError> {
    if Roots::from_built_in_file(bytes).as_ref() != Ok(roots) {
        roots.next(bytes)?;
    }
    let signers = signed_files::signers(bytes, FileKind::RootSet)?;
    Ok(signers.iter().filter(|signer| roots.keys().contains(signer)).map(|signer| signer.id()).collect())
}
