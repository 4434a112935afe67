//! Certificates of licenses: their contents, and their QR codes as other programs read them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;
mod print {
    pub mod page;
    mod scan;
}

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;

use common::{Ended, fixture, fixtures, run, run_with_input};
use keyward_catalog::Catalog;
use keyward_core::{Outcome, UnsignedKey};
use keyward_issuer::signature::Signer;
use keyward_issuer::{Claims, Edition, Issuer, Product, Serial, SigningKey, TrustedKey};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

fn print(folder: &Path, arguments: &[&str]) -> Ended {
    run(folder, &[&["print", "--trust", "vendor.pub"], arguments].concat())
}

/// The certificate of a key among the fixtures.
fn certificate(format: &str, key: &str) -> String {
    let printed = print(&fixtures(), &["--format", format, key]);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""), "{printed:?}");
    printed.stdout
}

/// A folder with the vendor's keys and the example of a catalogue.
fn shop() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("catalog.toml"), Catalog::EXAMPLE).unwrap();
    for file in ["vendor.key", "vendor.pub"] {
        fs::write(folder.path().join(file), fixture(file)).unwrap();
    }
    folder
}

/// Writes a license to `license.txt`, with these claims in place of the usual ones.
fn sign(folder: &Path, different: &Value) {
    let mut claims = json!({
        "product": 3, "edition": 2, "seats": 25, "features": [0, 1, 2], "serial": "0102030405060708",
        "valid_from": "2026-01-01", "valid_through": "2026-12-31",
    });
    claims.as_object_mut().unwrap().extend(different.as_object().unwrap().clone());
    let arguments = ["sign", "--key", "vendor.key", "-o", "license.txt", "--force", "-"];
    let signed = run_with_input(folder, &arguments, claims.to_string().as_bytes());
    assert_eq!(signed.code, 0, "{signed:?}");
}

/// Every claim of a license, each with its longest value.
fn longest(licensee: &str) -> Value {
    let limits: serde_json::Map<String, Value> =
        (248..256).map(|id: u32| (id.to_string(), json!((1_u64 << 53) - 1))).collect();
    json!({
        "kind": "standard", "environment": "development", "product": u32::MAX, "edition": u16::MAX, "seats": u32::MAX,
        "valid_from": "9997-01-01", "valid_through": "9998-12-31", "features": (0..64).collect::<Vec<u8>>(),
        "limits": limits, "grace_days": 90, "licensee": licensee, "updates_through": "9998-12-31",
        "fingerprint": "01112233445566ffffffaabbccffffff", "extension": "ff".repeat(64),
    })
}

/// The characters of the key in a file, without separators.
fn characters(key: &str) -> String {
    key.replace(['-', '\n'], "")
}

const KEYS: [&str; 8] = ["typical", "trial", "stopgap", "staging", "updates", "limits", "licensee", "everything"];

#[test]
fn the_same_license_has_the_same_certificate() {
    for format in ["text", "svg"] {
        assert_eq!(certificate(format, "keys/everything.txt"), certificate(format, "keys/everything.txt"));
    }
}

#[test]
fn expired_and_future_licenses_have_certificates_that_promise_nothing() {
    let folder = shop();
    for (from, through) in [("2020-01-01", "2020-12-31"), ("2150-01-01", "2150-12-31")] {
        sign(folder.path(), &json!({ "valid_from": from, "valid_through": through }));
        for format in ["text", "svg"] {
            let printed = print(folder.path(), &["--format", format, "license.txt"]);
            assert_eq!((printed.code, printed.stderr.as_str()), (0, ""), "{printed:?}");
            assert!(printed.stdout.contains(&format!("{from} through {through}")), "{printed:?}");
            for promise in ["active", "expired", "usable", "days left", "not-yet"] {
                assert!(!printed.stdout.contains(promise), "{promise}: {printed:?}");
            }
        }
    }
}

#[test]
fn a_key_that_does_not_verify_has_no_certificate_and_the_exit_code_of_verify() {
    let folder = tempdir().unwrap();
    let output = folder.path().join("certificate");
    for (outcome, code, trust, key) in [
        ("malformed", 10, "vendor.pub", "K7PM4-00108"),
        ("damaged", 11, "vendor.pub", "keys/damaged.txt"),
        ("unknown-key", 12, "other.pub", "keys/typical.txt"),
        ("bad-signature", 13, "vendor.pub", "keys/forged.txt"),
        ("needs-newer", 14, "vendor.pub", "keys/version-2.txt"),
        ("needs-newer", 14, "vendor.pub", "keys/kind-3.txt"),
        ("invalid-claims", 18, "vendor.pub", "keys/line-break.txt"),
        ("bad-signature", 13, "vendor.pub", "keys/all-refused.txt"),
    ] {
        let verified = run(&fixtures(), &["verify", "--trust", trust, key]);
        let refused = run(&fixtures(), &["print", "--trust", trust, key]);
        assert_eq!((refused.stdout, refused.stderr), (verified.stdout.clone(), verified.stderr.clone()), "{outcome}");
        for format in ["text", "svg"] {
            let arguments = ["print", "--trust", trust, "--format", format, "-o", output.to_str().unwrap(), key];
            let refused = run(&fixtures(), &arguments);
            assert_eq!(refused.code, code, "{refused:?}");
            assert_eq!(refused.stdout, verified.stdout, "{outcome}");
            assert!(refused.stdout.contains(&format!("  outcome          {outcome}\n")), "{refused:?}");
            assert!(!output.exists());
        }
    }
}

#[test]
fn a_license_that_fits_no_machine_has_no_certificate() {
    let claims = json!({
        "product": 3, "edition": 2, "seats": 25, "serial": "0102030405060708", "valid_from": "2026-01-01",
        "valid_through": null, "fingerprint": "01000000000000000000000000000000",
    });
    // This project's issuer refuses to sign this.
    let claims: Claims = serde_json::from_value(claims).unwrap();
    let vendor = SigningKey::from_pem(&fixture("vendor.key")).unwrap();
    let hint = TrustedKey::from_pem(&fixture("vendor.pub")).unwrap().id().hint();
    let unsigned = UnsignedKey::new(&claims, hint);
    let signature = vendor.sign(unsigned.signed_bytes()).to_bytes();
    let key = unsigned.with_signature(&signature).to_string();
    let refused = print(&fixtures(), &[&key]);
    assert_eq!(refused.code, 17, "{refused:?}");
    assert!(refused.stdout.contains("  outcome          wrong-machine\n"), "{refused:?}");
}

#[test]
fn a_mistyped_key_is_printed_repaired_for_every_product() {
    let folder = shop();
    let machine = "01112233445566ffffffaabbccffffff";
    sign(folder.path(), &json!({ "environment": "staging", "product": 9, "fingerprint": machine }));
    let key = fs::read_to_string(folder.path().join("license.txt")).unwrap();
    let group = &key[6..11];
    let typed = key.replacen(group, if group.starts_with('Z') { "A????" } else { "Z????" }, 1);
    let arguments = ["print", "--trust", "vendor.pub", "-"];
    let printed = run_with_input(folder.path(), &arguments, typed.as_bytes());
    assert_eq!(printed.code, 0, "{printed:?}");
    assert!(printed.stderr.contains(&format!("group 2 is {group}")), "{printed:?}");
    assert_eq!(printed.stdout, print(folder.path(), &["license.txt"]).stdout);
    assert!(printed.stdout.contains(&format!("locked to {machine}")), "{printed:?}");
}

#[test]
fn several_licenses_make_a_page_of_text_each_and_no_svg() {
    let both = print(&fixtures(), &["keys/two-products.txt"]);
    assert_eq!((both.code, both.stderr.as_str()), (0, ""), "{both:?}");
    let pages: Vec<&str> = both.stdout.split('\u{c}').collect();
    assert_eq!(pages.len(), 2);
    assert!(pages[0].contains("\nProduct 3\n") && pages[1].contains("\nProduct 4\n"), "{both:?}");

    let folder = tempdir().unwrap();
    let output = folder.path().join("page.svg");
    let arguments = ["--format", "svg", "-o", output.to_str().unwrap(), "keys/two-products.txt"];
    let refused = print(&fixtures(), &arguments);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
    assert!(refused.stderr.contains("2 licenses") && refused.stderr.contains("--format text"), "{refused:?}");
    assert!(!output.exists());
}

#[test]
fn refused_keys_beside_an_accepted_one_are_named() {
    for format in ["text", "svg"] {
        let printed = print(&fixtures(), &["--format", format, "keys/mixed.txt"]);
        assert_eq!(printed.code, 0, "{printed:?}");
        assert!(printed.stderr.contains("Key 1 of 3 (bad-signature)"), "{printed:?}");
        assert!(printed.stderr.contains("Key 3 of 3 (damaged)"), "{printed:?}");
        assert_eq!(printed.stdout, certificate(format, "keys/typical.txt"));
    }
}

#[test]
fn the_mistyped_one_of_several_keys_is_named() {
    let input = format!("{}\n{}", fixture("keys/typical.txt"), fixture("keys/mistyped.txt"));
    let printed = run_with_input(&fixtures(), &["print", "--trust", "vendor.pub", "-"], input.as_bytes());
    assert_eq!(printed.code, 0, "{printed:?}");
    let said = "Key 2 of 2, license 0102030405060708:\nThe key was mistyped in 2 places, and is repaired:\n  \
         group 5 is 60GSJ, ";
    assert!(printed.stderr.starts_with(said), "{printed:?}");
    let page = certificate("text", "keys/typical.txt");
    assert_eq!(printed.stdout, format!("{page}\u{c}{page}"));
}

#[test]
fn only_the_owner_reads_a_file_and_nothing_is_replaced_without_force() {
    let folder = shop();
    sign(folder.path(), &json!({}));
    let page = folder.path().join("page.svg");
    let to_page = ["--format", "svg", "license.txt", "-o", "page.svg"];
    let printed = print(folder.path(), &to_page);
    assert_eq!((printed.code, printed.stdout.as_str()), (0, ""), "{printed:?}");
    assert_eq!(printed.stderr, "page.svg: license 0102030405060708, product 3, 2026-01-01 through 2026-12-31\n");
    print::page::Page::read(&fs::read_to_string(&page).unwrap());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&page).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::write(&page, "mine").unwrap();
    assert_eq!(print(folder.path(), &to_page).code, 1);
    assert_eq!(fs::read_to_string(&page).unwrap(), "mine");
    assert_eq!(print(folder.path(), &[&to_page[..], &["--force"]].concat()).code, 0);

    let key = fs::read_to_string(folder.path().join("license.txt")).unwrap();
    for read in ["license.txt", "vendor.pub", "catalog.toml"] {
        let arguments = ["--catalog", "catalog.toml", "license.txt", "--force", "-o", read];
        assert_eq!(print(folder.path(), &arguments).code, 2, "{read}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("license.txt")).unwrap(), key);
}

#[test]
fn without_a_key_to_trust_nothing_is_printed() {
    let refused = run(&fixtures(), &["print", "keys/typical.txt"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
    assert!(refused.stderr.contains("--trust"), "{refused:?}");
}

/// The files of a typical customer: the roots that came with the product, a bundle and a license file.
#[test]
fn a_license_file_has_a_certificate_by_the_keys_of_a_bundle() {
    let folder = tempdir().unwrap();
    let keyward = |arguments: &str| {
        let ended = run(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(ended.code, 0, "{arguments}: {ended:?}");
    };
    for name in ["vendor.key", "vendor.pub"] {
        fs::copy(fixtures().join(name), folder.path().join(name)).unwrap();
    }
    fs::copy(fixtures().join("keys/typical.txt"), folder.path().join("typical.txt")).unwrap();
    keyward("keygen --no-passphrase -o root.key");
    keyward("trust init --root root.pub --threshold 1 --roots roots.json trust.json");
    keyward("trust add trust.json vendor.pub --name vendor");
    for file in ["roots.json", "trust.json"] {
        keyward(&format!("trust sign --key root.key {file}"));
    }
    keyward("file create --key vendor.key -o acme.lic typical.txt");
    let trusted = ["print", "--roots", "roots.json", "--trust", "trust.json"];
    let (of_file, of_key) = (
        run(folder.path(), &[&trusted[..], &["acme.lic"]].concat()),
        run(folder.path(), &[&trusted[..], &["typical.txt"]].concat()),
    );
    assert_eq!((of_file.code, &of_file.stdout), (0, &of_key.stdout), "{of_file:?}");
    assert!(of_file.stdout.contains("--roots roots.json --trust trust.json"), "{}", of_file.stdout);

    let without_roots = run(folder.path(), &["print", "--trust", "trust.json", "acme.lic"]);
    assert_eq!((without_roots.code, without_roots.stdout.as_str()), (29, ""), "{without_roots:?}");
    let altered = fs::read_to_string(folder.path().join("acme.lic")).unwrap().replacen("A", "B", 1);
    fs::write(folder.path().join("altered.lic"), altered).unwrap();
    let altered = run(folder.path(), &[&trusted[..], &["altered.lic"]].concat());
    assert_eq!((altered.code, altered.stdout.as_str()), (13, ""), "{altered:?}");
}

#[test]
fn a_certificate_has_the_names_of_its_trust_bundle_or_license_file() {
    let folder = tempdir().unwrap();
    for name in ["vendor.key", "vendor.pub"] {
        fs::write(folder.path().join(name), fixture(name)).unwrap();
    }
    fs::write(folder.path().join("typical.txt"), fixture("keys/typical.txt")).unwrap();
    let keyward = |line: &str| {
        let done = run(folder.path(), &line.split(' ').collect::<Vec<_>>());
        assert_eq!(done.code, 0, "{line}: {done:?}");
        done.stdout
    };
    keyward("catalog new -o catalog.toml");
    let named = keyward("print --trust vendor.pub --catalog catalog.toml typical.txt");
    let title = |text: &str| text.lines().take(3).map(str::to_owned).collect::<Vec<_>>();
    assert_ne!(title(&named), title(&keyward("print --trust vendor.pub typical.txt")));

    keyward("file create --key vendor.key --catalog catalog.toml -o acme.lic typical.txt");
    assert_eq!(title(&keyward("print --trust vendor.pub acme.lic")), title(&named), "by the license file");

    let init = "trust init --root vendor.pub --threshold 1 --catalog catalog.toml --roots roots.json trust.json";
    keyward(init);
    keyward("trust sign --key vendor.key roots.json");
    keyward("trust add trust.json vendor.pub --name vendor");
    keyward("trust sign --key vendor.key trust.json");
    let by_bundle = keyward("print --roots roots.json --trust trust.json typical.txt");
    assert_eq!(title(&by_bundle), title(&named), "by the trust bundle");
}

#[test]
fn the_vendor_is_named_on_the_certificate() {
    let shop = shop();
    sign(shop.path(), &json!({}));
    let named = |catalog: &str| {
        fs::write(shop.path().join("catalog.toml"), catalog).unwrap();
        ["text", "svg"].map(|format| {
            let printed = print(shop.path(), &["--format", format, "--catalog", "catalog.toml", "license.txt"]);
            assert_eq!(printed.code, 0, "{printed:?}");
            printed.stdout
        })
    };
    let vendor = "vendor = { name = \"Acme\", support = \"support@acme.example\" }";
    for page in named(Catalog::EXAMPLE) {
        assert!(page.contains(">Acme<") || page.contains("  vendor           Acme\n"), "{page}");
        assert!(page.contains("support@acme.example"), "{page}");
    }
    for page in named(&Catalog::EXAMPLE.replace(vendor, "vendor = { name = \"Bolt & Sons\" }")) {
        assert!(page.contains(">Bolt &amp; Sons<") || page.contains("  vendor           Bolt & Sons\n"), "{page}");
        assert!(!page.contains("upport"), "{page}");
    }
    for page in named(&Catalog::EXAMPLE.replace(vendor, "")) {
        assert!(!page.contains("  vendor  ") && !page.contains(">Vendor<"), "{page}");
    }
}

#[test]
fn a_license_that_the_list_names_has_no_certificate() {
    let shop = shop();
    let keyward = |line: &str| run(shop.path(), &line.split(' ').collect::<Vec<_>>());
    for (name, serial) in
        [("revoked.txt", "0102030405060701"), ("held.txt", "0102030405060702"), ("good.txt", "0102030405060703")]
    {
        sign(shop.path(), &json!({ "serial": serial }));
        fs::rename(shop.path().join("license.txt"), shop.path().join(name)).unwrap();
    }
    for line in [
        "revocations new list.json",
        "revocations add --reason refunded list.json revoked.txt",
        "revocations hold list.json held.txt",
        "revocations sign --key vendor.key list.json",
    ] {
        let done = keyward(line);
        assert_eq!(done.code, 0, "{line}: {done:?}");
    }
    for (license, outcome) in [("revoked.txt", Outcome::Revoked), ("held.txt", Outcome::OnHold)] {
        assert_eq!(print(shop.path(), &[license]).code, 0, "without the list");
        let refused = print(shop.path(), &["--revocations", "list.json", "-o", "page.txt", license]);
        assert_eq!(refused.code, i32::from(outcome.exit_code()), "{refused:?}");
        assert!(!shop.path().join("page.txt").exists());
    }
    assert_eq!(print(shop.path(), &["--revocations", "list.json", "good.txt"]).code, 0);
    // An unsigned list refuses every license.
    assert_eq!(keyward("revocations new unsigned.json").code, 0);
    assert_eq!(print(shop.path(), &["--revocations", "unsigned.json", "good.txt"]).code, 12);
}

#[test]
fn print_takes_as_many_licenses_as_a_file_has() {
    let folder = fixtures();
    let issuer = Issuer::with_key(SigningKey::from_pem(&fixture("vendor.key")).unwrap());
    let key = |serial: u8| {
        let claims = Claims::builder().serial(Serial::from_bytes([serial; 8])).product(Product(3)).edition(Edition(2));
        let claims = claims.seats(NonZeroU32::MIN).valid_from("2026-01-01".parse().unwrap());
        let claims = claims.valid_through("2026-12-31".parse().unwrap()).build().unwrap();
        format!("{}\n", issuer.sign(&claims).unwrap())
    };
    let many = tempfile::tempdir().unwrap();
    for (count, code) in [(64, 0), (65, 2)] {
        let path = many.path().join("keys.txt");
        std::fs::write(&path, (0..count).map(key).collect::<String>()).unwrap();
        let ended = run(&folder, &["print", "--trust", "vendor.pub", path.to_str().unwrap()]);
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert_eq!(
            ended.stderr.contains("these are 65 licenses: print 64 at most at once"),
            code == 2,
            "{}",
            ended.stderr
        );
    }
}
