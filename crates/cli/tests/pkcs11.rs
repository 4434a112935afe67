//! `--key pkcs11:URI`, with SoftHSM in place of an HSM.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

#[test]
#[cfg(not(feature = "pkcs11"))]
fn without_the_feature_the_message_names_it_and_the_remedy() {
    use common::{fixtures, run};
    for what in [&["sign", "claims.json"][..], &["issue", "--catalog", "-", "--offer", "pro-annual"]] {
        let key = ["--key", "pkcs11:token=acme;object=vendor;pin-value=271828"];
        let refused = run(&fixtures(), &[what, &key].concat());
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains("built without the Cargo feature pkcs11"), "{refused:?}");
        assert!(refused.stderr.contains("cargo install --path crates/cli --features pkcs11"), "{refused:?}");
        assert!(!refused.stderr.contains("271828"), "{refused:?}");
    }
}

#[cfg(feature = "pkcs11")]
mod with_softhsm {
    use std::collections::HashSet;
    use std::fs;
    use std::path::Path;
    use std::process::{Command, Stdio};

    use keyward_catalog::Catalog;
    use keyward_testing::skip::has_programs;
    use keyward_testing::softhsm::{P256_KEY, PIN, SoftHsm};
    use keyward_verifier::{Product, TrustedKey, Verifier};
    use serde_json::Value;
    use tempfile::{TempDir, tempdir};

    use super::common::{Ended, ended, fixture, fixtures, keyward, run};

    /// A token `acme` with the key of the fixtures as `vendor`, id 01.
    fn with_vendor(test: &str) -> Option<SoftHsm> {
        let hsm = SoftHsm::new(test)?;
        hsm.add_token("acme");
        hsm.import("acme", &fixture("vendor.key"), "vendor", "01");
        Some(hsm)
    }

    fn in_softhsm(hsm: &SoftHsm, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = keyward(folder, arguments);
        command.env("SOFTHSM2_CONF", hsm.configuration());
        command
    }

    fn sign(hsm: &SoftHsm, key: &str) -> Ended {
        ended(&mut in_softhsm(hsm, &fixtures(), &["sign", "--key", key, "claims.json"]))
    }

    fn shop() -> TempDir {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("catalog.toml"), Catalog::EXAMPLE).unwrap();
        fs::write(folder.path().join("vendor.key"), fixture("vendor.key")).unwrap();
        folder
    }

    #[test]
    fn an_hsm_signs_the_same_license_as_the_key_file_and_it_verifies() {
        let Some(hsm) = with_vendor("an_hsm_signs_the_same_license_as_the_key_file_and_it_verifies") else { return };
        let (pin, module) = (hsm.pin(), hsm.module);
        let pin = pin.to_str().unwrap();
        for key in [
            hsm.uri("token=acme;object=vendor"),
            format!("pkcs11:token=acme;id=%01?module-path={module}&pin-source=file://{pin}"),
            format!("pkcs11:token=acme;object=vendor;pin-source=file:{pin};module-path={module}"),
        ] {
            let signed = sign(&hsm, &key);
            assert_eq!(signed.stdout, fixture("keys/typical.txt"), "{signed:?}");
            let text = signed.stdout.replace('\n', "");
            let verified = run(&fixtures(), &["verify", "--trust", "vendor.pub", "--at", "2026-06-15", &text]);
            assert_eq!(verified.code, 0, "{verified:?}");
        }

        let key = format!("pkcs11:token=acme;object=vendor;pin-source={pin}");
        let mut command = in_softhsm(&hsm, &fixtures(), &["sign", "--key", &key, "claims.json"]);
        let signed = ended(command.env("KEYWARD_PKCS11_MODULE", module));
        assert_eq!(signed.stdout, fixture("keys/typical.txt"), "{signed:?}");
        // The URI takes precedence.
        let mut command = in_softhsm(&hsm, &fixtures(), &["sign", "--key", &hsm.uri("token=acme"), "claims.json"]);
        let signed = ended(command.env("KEYWARD_PKCS11_MODULE", "/nowhere.so"));
        assert_eq!(signed.stdout, fixture("keys/typical.txt"), "{signed:?}");
    }

    #[test]
    fn a_pin_comes_from_the_passphrase_file_too_and_never_from_the_passphrase_of_another_key() {
        let test = "a_pin_comes_from_the_passphrase_file_too_and_never_from_the_passphrase_of_another_key";
        let Some(hsm) = with_vendor(test) else { return };
        let (key, pin) = (format!("pkcs11:token=acme;object=vendor;module-path={}", hsm.module), hsm.pin());
        for file in [pin.to_str().unwrap(), "env:HSM_PIN"] {
            let arguments = ["sign", "--key", &key, "--passphrase-file", file, "claims.json"];
            let signed = ended(in_softhsm(&hsm, &fixtures(), &arguments).env("HSM_PIN", PIN));
            assert_eq!(signed.stdout, fixture("keys/typical.txt"), "{signed:?}");
        }
        let arguments = ["sign", "--key", &key, "claims.json"];
        let refused = ended(in_softhsm(&hsm, &fixtures(), &arguments).env("KEYWARD_PASSPHRASE", PIN));
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains("the token acme needs a PIN, and there is no terminal"), "{refused:?}");

        let both = ["sign", "--key", &hsm.uri("token=acme"), "--passphrase-file", "env:HSM_PIN", "claims.json"];
        let refused = ended(in_softhsm(&hsm, &fixtures(), &both).env("HSM_PIN", PIN));
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains("both pin-source in the URI and --passphrase-file name a PIN"), "{refused:?}");
    }

    #[test]
    fn an_hsm_issues_reissues_and_renews_the_same_licenses_as_the_key_file() {
        let test = "an_hsm_issues_reissues_and_renews_the_same_licenses_as_the_key_file";
        let Some(hsm) = with_vendor(test) else { return };
        let issued = ["vendor.key", &hsm.uri("token=acme;object=vendor")].map(|key| {
            let folder = shop();
            let first = ["issue", "--offer", "pro-annual", "--from", "2126-01-01", "--serial", "0102030405060708"];
            let more = ["reissue", "--serial", "0102030405060708", "--new-serial", "0102030405060709", "--seats", "40"];
            let papers = ["--reason", "grew", "--ticket", "DESK-17"];
            let next = ["renew", "--serial", "0102030405060709", "--new-serial", "010203040506070a"];
            [&first[..], &[&more[..], &papers].concat(), &next].map(|what| {
                let order =
                    ["--catalog", "catalog.toml", "--issued-by", "ci", "--record", "issued.jsonl", "--key", key];
                let issued = ended(&mut in_softhsm(&hsm, folder.path(), &[what, &order].concat()));
                assert_eq!(issued.code, 0, "{issued:?}");
                issued.stdout
            })
        });
        assert_eq!(issued[0], issued[1]);
    }

    #[test]
    fn a_batch_is_signed_by_an_hsm_on_all_cores() {
        let Some(hsm) = with_vendor("a_batch_is_signed_by_an_hsm_on_all_cores") else { return };
        const MANY: usize = 500;
        let folder = shop();
        let orders: String = (0..MANY).map(|number| format!("PO-{number},pro-annual,25,reseller\n")).collect();
        fs::write(folder.path().join("orders.csv"), format!("id,offer,seats,customer\n{orders}")).unwrap();
        let key = hsm.uri("token=acme;object=vendor");
        let order =
            ["issue", "--catalog", "catalog.toml", "--issued-by", "ci", "--record", "issued.jsonl", "--key", &key];
        let batch = ["--batch", "orders.csv", "-o", "keys.jsonl"];
        let issued = ended(&mut in_softhsm(&hsm, folder.path(), &[&order[..], &batch].concat()));
        assert_eq!(issued.code, 0, "{issued:?}");

        let trusted = [TrustedKey::from_pem(&fixture("vendor.pub")).unwrap()];
        let verifier = Verifier::new(&trusted, Product(3));
        let keys = fs::read_to_string(folder.path().join("keys.jsonl")).unwrap();
        let keys =
            keys.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["key"].as_str().unwrap().to_owned());
        let keys: HashSet<String> = keys.inspect(|key| assert!(verifier.verify(key).is_ok())).collect();
        assert_eq!(keys.len(), MANY);
    }

    #[test]
    fn mistakes_are_reported_and_no_signature_leaves() {
        let Some(hsm) = with_vendor("mistakes_are_reported_and_no_signature_leaves") else { return };
        hsm.import("acme", P256_KEY, "web", "02");
        for token in ["twin", "twin"] {
            hsm.add_token(token);
        }
        let wrong = hsm.folder.join("wrong");
        fs::write(&wrong, "pin-161803").unwrap();
        let (pin, wrong, module) = (hsm.pin(), wrong.display(), hsm.module);
        let pin = pin.display();
        for (key, said) in [
            (format!("pkcs11:token=acme;pin-source={wrong};module-path={module}"), "the token acme refused the PIN"),
            (
                format!("pkcs11:pin-source={pin};module-path=/nowhere.so"),
                "the PKCS#11 module /nowhere.so can't be loaded",
            ),
            (
                format!("pkcs11:token=acme;pin-source=/nowhere;module-path={module}"),
                "the PIN file /nowhere of pin-source",
            ),
            (hsm.uri("token=zenith"), "no token matches the URI, and the module has acme (serial "),
            (hsm.uri("token=twin"), "several tokens match the URI, twin (serial "),
            (hsm.uri("token=acme;object=vandor"), "the token has vendor (id 01): compare object and id"),
            (hsm.uri("token=acme;object=web"), "only web (id 02) of another algorithm"),
        ] {
            let refused = sign(&hsm, &key);
            assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
            assert!(refused.stderr.contains(said), "{key}: {refused:?}");
            assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
            assert!(!refused.stderr.contains("pin-161803") && !refused.stderr.contains(PIN), "{refused:?}");
        }
        // After all these mistakes, the right PIN still works.
        assert_eq!(sign(&hsm, &hsm.uri("token=acme;object=vendor")).stdout, fixture("keys/typical.txt"));

        let folder = shop();
        let key = format!("pkcs11:token=acme;pin-source={wrong};module-path={module}");
        let order =
            ["issue", "--catalog", "catalog.toml", "--issued-by", "ci", "--record", "issued.jsonl", "--key", &key];
        let what = ["--offer", "pro-annual", "-o", "acme.txt"];
        let refused = ended(&mut in_softhsm(&hsm, folder.path(), &[&order[..], &what].concat()));
        assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
        assert!(!folder.path().join("acme.txt").exists() && !folder.path().join("issued.jsonl").exists());
    }

    #[test]
    fn two_keys_of_one_label_need_an_id() {
        let Some(hsm) = with_vendor("two_keys_of_one_label_need_an_id") else { return };
        hsm.import("acme", &keyward_issuer::SigningKey::from_seed(&[7; 32]).to_pem(), "vendor", "02");
        let refused = sign(&hsm, &hsm.uri("token=acme;object=vendor"));
        assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
        assert!(refused.stderr.contains("vendor (id 01), vendor (id 02): name one by object and id"), "{refused:?}");
        assert_eq!(sign(&hsm, &hsm.uri("object=vendor;id=%01")).stdout, fixture("keys/typical.txt"));
    }

    #[test]
    fn a_given_public_key_has_to_be_that_of_the_hsm() {
        let Some(hsm) = with_vendor("a_given_public_key_has_to_be_that_of_the_hsm") else { return };
        hsm.import_without_public("acme", &fixture("vendor.key"), "alone", "09");
        let sign = |object: &str, public: &[&str]| {
            let key = hsm.uri(&format!("token=acme;object={object}"));
            let arguments = [&["sign", "--key", &key, "claims.json"], public].concat();
            ended(&mut in_softhsm(&hsm, &fixtures(), &arguments))
        };
        for (object, public) in [("vendor", "vendor.pub"), ("alone", "vendor.pub")] {
            assert_eq!(sign(object, &["--public", public]).stdout, fixture("keys/typical.txt"));
        }
        for (object, public, said) in [
            ("vendor", &["--public", "other.pub"][..], "correct one of the two"),
            ("alone", &["--public", "other.pub"], "the signer returned a wrong signature, which was not used"),
            ("alone", &[], "give the public key too"),
        ] {
            let refused = sign(object, public);
            assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
            assert!(refused.stderr.contains(said), "{refused:?}");
        }
    }

    #[test]
    fn a_wrong_uri_is_refused_before_a_module_is_loaded() {
        for (key, said) in [
            ("pkcs11:token=acme;pin-value=271828", "pin-value is not allowed, since others can see the arguments"),
            ("pkcs11:token=acme;colour=red", "there is no attribute `colour`"),
            ("pkcs11:token=acme;token=acme", "`token` is given twice"),
            ("pkcs11:token=Acme Ltd", "write it as %20"),
            ("pkcs11:token=acme;\u{1b}[2J=1", "there is no attribute `\\u{1b}[2J`"),
            ("pkcs11:token=acme", "the URI names no PKCS#11 module"),
        ] {
            for what in [&["sign", "claims.json"][..], &["issue", "--catalog", "catalog.toml", "--offer", "pro-annual"]]
            {
                let folder = shop();
                fs::write(folder.path().join("claims.json"), fixture("claims.json")).unwrap();
                let by = if what[0] == "issue" { &["--issued-by", "ci"][..] } else { &[] };
                let refused = run(folder.path(), &[what, by, &["--key", key]].concat());
                assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
                assert!(refused.stderr.contains(said) && !refused.stderr.contains("271828"), "{refused:?}");
            }
        }
    }

    #[test]
    fn the_file_with_the_pin_is_not_written_over() {
        let Some(hsm) = with_vendor("the_file_with_the_pin_is_not_written_over") else { return };
        let (key, pin) = (hsm.uri("token=acme"), hsm.pin());
        let arguments = ["sign", "--key", &key, "-o", pin.to_str().unwrap(), "--force", "claims.json"];
        let refused = ended(&mut in_softhsm(&hsm, &fixtures(), &arguments));
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains("is also read, and was not changed"), "{refused:?}");
        assert_eq!(fs::read_to_string(&pin).unwrap(), format!("{PIN}\n"));
    }

    #[test]
    fn the_guide_makes_a_key_in_an_hsm_and_issues_with_it() {
        let test = "the_guide_makes_a_key_in_an_hsm_and_issues_with_it";
        let Some(hsm) = SoftHsm::new(test) else { return };
        if !has_programs(test, &["pkcs11-tool"]) {
            return;
        }
        hsm.add_token("acme");
        let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pipelines.md");
        let guide = fs::read_to_string(guide).unwrap();
        let section = guide.split("### By PKCS#11").nth(1).unwrap().split("\n#").next().unwrap();
        let commands = section.lines().filter_map(|line| line.strip_prefix("    ")).collect::<Vec<_>>().join("\n");
        // In the guide, a person types the PIN, and the module comes with the HSM.
        let commands = commands
            .replace("--login", &format!("--login --pin {PIN}"))
            .replace("/run/pin", hsm.pin().to_str().unwrap())
            .replace("/usr/lib/softhsm/libsofthsm2.so", hsm.module);
        let folder = shop();
        let binaries = Path::new(env!("CARGO_BIN_EXE_keyward")).parent().unwrap();
        let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &commands]).current_dir(folder.path()).stdin(Stdio::null());
        let followed = ended(shell.env("PATH", path).env("SOFTHSM2_CONF", hsm.configuration()));
        assert_eq!(followed.code, 0, "{followed:?}");
        assert!(followed.stdout.contains("Genuine and usable: active"), "{followed:?}");
    }
}
