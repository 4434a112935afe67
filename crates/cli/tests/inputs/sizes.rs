//! The limits of the kinds of signed files.

use std::fs;

use keyward_verifier::files::FileKind;

use crate::common::run;
use crate::folder;

/// The limit of each kind is that of the whole file, and a file one byte longer is read no further.
#[test]
fn a_signed_file_one_byte_over_its_limit_is_malformed_for_every_command() {
    let folder = folder();
    let file = |name: &str, kind: FileKind, more: usize| {
        let mut bytes = fs::read(folder.path().join(name)).unwrap();
        bytes.resize(kind.max_bytes() + more, b' ');
        fs::write(folder.path().join("long.json"), bytes).unwrap();
    };
    let verify = ["verify", "--trust", "vendor.pub", "--clock", "2026-07-15"];
    let bundle = ["verify", "--trust", "long.json", "--roots", "roots.json", "--clock", "2026-07-15", "typical.txt"];
    let roots = ["verify", "--trust", "trust.json", "--roots", "long.json", "--clock", "2026-07-15", "typical.txt"];
    for (name, kind, arguments) in [
        (
            "list-1.json",
            FileKind::RevocationList,
            [&verify[..], &["--revocations", "long.json", "typical.txt"]].concat(),
        ),
        ("list-1.json", FileKind::RevocationList, vec!["revocations", "show", "long.json"]),
        ("time.json", FileKind::TimeStatement, [&verify[..], &["--time", "long.json", "typical.txt"]].concat()),
        ("time.json", FileKind::TimeStatement, vec!["time", "show", "long.json"]),
        ("acme.lic", FileKind::LicenseFile, [&verify[..], &["long.json"]].concat()),
        ("acme.lic", FileKind::LicenseFile, vec!["file", "show", "long.json"]),
        ("trust.json", FileKind::TrustBundle, bundle.to_vec()),
        ("trust.json", FileKind::TrustBundle, vec!["trust", "show", "long.json"]),
        ("roots.json", FileKind::RootSet, roots.to_vec()),
    ] {
        // A list of its limit takes this test some ten seconds.
        if kind.max_bytes() < 1 << 20 {
            file(name, kind, 0);
            let at_most = run(folder.path(), &arguments);
            assert_eq!(at_most.code, 0, "{arguments:?}: {at_most:?}");
        }
        file(name, kind, 1);
        let over = run(folder.path(), &arguments);
        assert_eq!(over.code, 10, "{arguments:?}: {over:?}");
        let (max, said) = (format!("longer than {} bytes", kind.max_bytes()), over.stdout + &over.stderr);
        assert!(said.contains(&max), "{arguments:?}: {said}");
    }
}
