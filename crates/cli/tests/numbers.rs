//! A number has the same contents for ever, for all files that are signed in a folder.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{Ended, fixture, run};
use keyward_issuer::files::{SignableFile, SignedNumbers};
use keyward_issuer::{Issuer, SigningKey};
use keyward_verifier::files::{
    DelegatedKey, Delegation, Envelope, FileKind, Payload, Purpose, Reason, RevocationList, RootSet, Status,
    TrustBundle,
};
use tempfile::{TempDir, tempdir};

const DIGEST: [&str; 3] =
    ["00000000000000000000000000000001", "00000000000000000000000000000002", "00000000000000000000000000000003"];

fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    for name in ["vendor.key", "vendor.pub"] {
        fs::write(folder.path().join(name), fixture(name)).unwrap();
    }
    for (name, seed) in [("root-1", 1), ("root-2", 2), ("root-3", 3)] {
        let key = SigningKey::from_seed(&[seed; 32]);
        fs::write(folder.path().join(format!("{name}.key")), key.to_pem().as_str()).unwrap();
        fs::write(folder.path().join(format!("{name}.pub")), key.public_pem()).unwrap();
    }
    folder
}

fn says(folder: &Path, line: &str) -> Ended {
    run(folder, &line.split(' ').collect::<Vec<_>>())
}

fn done(folder: &Path, line: &str) -> String {
    let ended = says(folder, line);
    assert_eq!(ended.code, 0, "{line}: {ended:?}");
    ended.stderr
}

fn refused(folder: &Path, line: &str, why: &str) {
    let before = contents_of(folder);
    let ended = says(folder, line);
    assert!(ended.code == 1 && ended.stderr.contains(why), "{line}: {ended:?}");
    assert_eq!(contents_of(folder), before, "{line}");
}

fn contents_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut contents: Vec<_> = names.map(|name| (name.clone(), fs::read(folder.join(name)).unwrap())).collect();
    contents.sort();
    contents
}

fn read<T: Payload>(folder: &Path, name: &str) -> T {
    let bytes = fs::read(folder.join(name)).unwrap();
    T::from_bytes(Envelope::parse(&bytes, T::KIND).unwrap().unverified_payload()).unwrap()
}

fn sequence(folder: &Path, name: &str) -> u32 {
    read::<RevocationList>(folder, name).sequence
}

fn version(folder: &Path, name: &str) -> u32 {
    read::<TrustBundle>(folder, name).version
}

#[test]
fn a_list_that_was_signed_into_another_file_has_its_number_for_ever() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let [one, two, three] = DIGEST;
    done(folder.path(), "revocations new list.json");
    done(folder.path(), &format!("revocations add --reason leaked list.json {one}"));
    assert_eq!(sequence(folder.path(), "list.json"), 1, "nothing left yet");
    done(folder.path(), "revocations sign --key vendor.key -o A.json list.json");
    let added = done(folder.path(), &format!("revocations add --reason refunded list.json {two}"));
    assert!(added.contains("list 1 was signed into another file, so this is the next"), "{added}");
    assert!(added.contains("list 2, not signed yet"), "{added}");
    done(folder.path(), &format!("revocations hold list.json {three}"));
    done(folder.path(), "revocations sign --key vendor.key -o B.json list.json");
    assert_eq!(["A.json", "B.json"].map(|name| sequence(folder.path(), name)), [1, 2]);

    // Signed contents may be signed again, by any key and into any file.
    done(folder.path(), "revocations sign --key vendor.key --force -o A.json list.json");
    assert_eq!(sequence(folder.path(), "A.json"), 2);
    done(folder.path(), "revocations sign --key root-1.key -o C.json B.json");
    fs::create_dir(at("elsewhere")).unwrap();
    done(folder.path(), &format!("revocations lift list.json {three}"));
    let on_standard_output = says(folder.path(), "revocations sign --key vendor.key -o - list.json");
    assert_eq!(on_standard_output.code, 0);
    fs::write(at("D"), on_standard_output.stdout).unwrap();
    assert_eq!(sequence(folder.path(), "D"), 3);
    done(folder.path(), &format!("revocations hold list.json {three}"));
    assert_eq!(sequence(folder.path(), "list.json"), 4);

    // An earlier list that replaces the draft gets the number after all signed ones, and the command explains that.
    fs::copy(at("C.json"), at("list.json")).unwrap();
    done(folder.path(), &format!("revocations lift list.json {three}"));
    done(folder.path(), "revocations sign --key vendor.key list.json");
    assert_eq!(sequence(folder.path(), "list.json"), 4);
    fs::copy(at("B.json"), at("list.json")).unwrap();
    let added = done(folder.path(), &format!("revocations add --reason refunded list.json {three}"));
    assert!(added.contains("Warning: list.json was list 2, and list 4 was signed in this folder"), "{added}");
    assert_eq!(sequence(folder.path(), "list.json"), 5);

    // A new list gets that number too, with or without the old file.
    done(folder.path(), "revocations sign --key vendor.key -o elsewhere/E.json list.json");
    done(folder.path(), "revocations new --force list.json");
    assert_eq!(sequence(folder.path(), "list.json"), 6);
    fs::remove_file(at("list.json")).unwrap();
    done(folder.path(), "revocations new list.json");
    assert_eq!(sequence(folder.path(), "list.json"), 6);
    // This holds for a list that was signed in another folder too.
    fs::copy(at("elsewhere/E.json"), at("elsewhere/list.json")).unwrap();
    done(folder.path(), "revocations new --force elsewhere/list.json");
    assert_eq!(sequence(folder.path(), "elsewhere/list.json"), 6);
}

#[test]
fn two_drafts_of_one_number_are_not_both_signed() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    for (draft, digest) in [("a.json", DIGEST[0]), ("b.json", DIGEST[1])] {
        done(folder.path(), &format!("revocations new {draft}"));
        done(folder.path(), &format!("revocations add --reason leaked {draft} {digest}"));
    }
    done(folder.path(), "revocations sign --key vendor.key -o signed.json a.json");
    for sign in ["--key vendor.key b.json", "--key vendor.key -o c.json b.json", "--key root-1.key b.json"] {
        refused(folder.path(), &format!("revocations sign {sign}"), "a revocation list with the number 1 was signed");
    }
    done(folder.path(), &format!("revocations add --reason leaked b.json {}", DIGEST[2]));
    done(folder.path(), "revocations sign --allow-taken-back --key vendor.key b.json");
    assert_eq!(sequence(folder.path(), "b.json"), 2);

    // A bundle from before a key was named compromised.
    done(folder.path(), "trust init --root root-1.pub --root root-2.pub --threshold 1 --roots roots.json trust.json");
    done(folder.path(), "trust sign --key root-1.key roots.json");
    done(folder.path(), "trust add trust.json vendor.pub --name vendor");
    fs::copy(at("trust.json"), at("copy.json")).unwrap();
    done(folder.path(), "trust sign --roots roots.json --key root-1.key -o one.json trust.json");
    done(folder.path(), "trust compromise trust.json vendor --allow-none");
    assert_eq!(version(folder.path(), "trust.json"), 2);
    done(folder.path(), "trust sign --roots roots.json --key root-2.key trust.json");
    done(folder.path(), "trust retire copy.json vendor");
    assert_eq!(version(folder.path(), "copy.json"), 3, "the copy has nothing of version 2, and says so");
    let mut another: TrustBundle = read(folder.path(), "trust.json");
    another.issued_at = "2026-01-01T00:00:00Z".parse().unwrap();
    fs::write(at("copy.json"), SignableFile::new(&another).unwrap().to_string()).unwrap();
    refused(
        folder.path(),
        "trust sign --roots roots.json --key root-1.key copy.json",
        "a trust bundle with the number 2 was signed",
    );

    // Only one root set may follow another.
    for (next, root) in [("x.json", "root-2"), ("y.json", "root-3")] {
        let keys = format!("--root root-1.pub --root {root}.pub");
        done(folder.path(), &format!("trust rotate-roots --roots roots.json {keys} -o {next}"));
    }
    done(folder.path(), "trust sign --roots roots.json --key root-1.key x.json");
    done(folder.path(), "trust sign --roots roots.json --key root-2.key x.json");
    refused(
        folder.path(),
        "trust sign --roots roots.json --key root-1.key y.json",
        "a root set with the number 2 was signed",
    );
    for arguments in ["--roots other.json other-trust.json", "--force --roots roots.json trust.json"] {
        refused(
            folder.path(),
            &format!("trust init --root root-3.pub --threshold 1 {arguments}"),
            "another root set 1 would be taken for an attack",
        );
    }
}

#[test]
#[cfg(unix)]
fn a_link_from_another_folder_is_no_other_draft() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    for name in ["work", "other", "third"] {
        fs::create_dir(at(name)).unwrap();
    }
    done(folder.path(), "revocations new work/list.json");
    std::os::unix::fs::symlink("../work/list.json", at("other/list.json")).unwrap();
    done(folder.path(), "revocations sign --key vendor.key -o A.json other/list.json");
    assert!(!at("other").join(SignedNumbers::NAME).exists());
    done(folder.path(), &format!("revocations add --reason leaked work/list.json {}", DIGEST[0]));
    assert_eq!(sequence(folder.path(), "work/list.json"), 2);
    for command in [
        "revocations sign --key vendor.key other/list.json".to_owned(),
        format!("revocations hold other/list.json {}", DIGEST[1]),
    ] {
        let refused = says(folder.path(), &command);
        assert!(refused.code == 1 && refused.stderr.contains("other/list.json is a link"), "{refused:?}");
    }
    fs::hard_link(at("work/list.json"), at("third/list.json")).unwrap();
    for command in [
        "revocations sign --key vendor.key -o B.json third/list.json".to_owned(),
        "revocations sign --key vendor.key -o B.json work/list.json".to_owned(),
        "revocations sign --key vendor.key third/list.json".to_owned(),
        format!("revocations hold third/list.json {}", DIGEST[1]),
    ] {
        let refused = says(folder.path(), &command);
        assert!(refused.code == 1 && refused.stderr.contains("has a second name"), "{refused:?}");
    }
    assert_eq!(sequence(folder.path(), "work/list.json"), 2);
    assert!(!at("B.json").exists());
}

#[test]
fn no_number_follows_the_last_one() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let time = "2026-01-01T00:00:00Z".parse().unwrap();
    let vendor = SigningKey::from_seed(&[1; 32]);
    let key = |key: &SigningKey| key.verifying_key().clone();
    let list = RevocationList::new(u32::MAX, time, time);
    let keys = vec![DelegatedKey::active(key(&vendor), "vendor".to_owned(), Delegation::unlimited(Purpose::ALL))];
    let bundle = TrustBundle::new(u32::MAX, time, keys).unwrap();
    let mut roots = RootSet::first(time, 1.try_into().unwrap(), vec![key(&vendor)]);
    roots.version = u32::MAX;
    let sign = |mut file: SignableFile, name: &str| {
        file.sign(&Issuer::with_key(SigningKey::from_seed(&[1; 32]))).unwrap();
        fs::write(at(name), file.to_string()).unwrap();
    };
    sign(SignableFile::new(&list).unwrap(), "list.json");
    sign(SignableFile::new(&bundle).unwrap(), "trust.json");
    sign(SignableFile::new(&roots).unwrap(), "roots.json");
    SignedNumbers::lock(folder.path()).unwrap();
    let digest = DIGEST[0];
    for change in ["add --reason leaked", "hold"] {
        refused(folder.path(), &format!("revocations {change} list.json {digest}"), "list 4294967295 was signed");
    }
    refused(folder.path(), "revocations new --force list.json", "there is no higher number");
    for change in [
        "add trust.json vendor.pub --name other",
        "limit trust.json vendor --max-seats 5",
        "retire trust.json vendor",
        "compromise trust.json vendor --allow-none",
    ] {
        refused(folder.path(), &format!("trust {change}"), "version 4294967295 was signed");
    }
    refused(
        folder.path(),
        "trust rotate-roots --roots roots.json --root root-2.pub -o next.json",
        "root set 4294967295 is the last",
    );
    // A number follows the last but one, and a draft that was never signed keeps its number.
    let mut list = RevocationList::new(u32::MAX - 1, time, time);
    sign(SignableFile::new(&list).unwrap(), "list.json");
    done(folder.path(), &format!("revocations hold list.json {digest}"));
    assert_eq!(sequence(folder.path(), "list.json"), u32::MAX);
    done(folder.path(), &format!("revocations lift list.json {digest}"));
    assert_eq!(sequence(folder.path(), "list.json"), u32::MAX);
    list.sequence = u32::MAX;
    done(folder.path(), "revocations sign --key vendor.key -o signed.json list.json");
    refused(folder.path(), &format!("revocations hold list.json {digest}"), "list 4294967295 was signed");
}

#[test]
fn numbers_that_can_not_be_read_or_kept_stop_every_change_and_signature() {
    let folder = folder();
    done(folder.path(), "revocations new list.json");
    let numbers = folder.path().join(SignedNumbers::NAME);
    fs::write(&numbers, "application/x 1 1\n").unwrap();
    let hold = format!("revocations hold list.json {}", DIGEST[0]);
    let commands =
        [hold.as_str(), "revocations sign --key vendor.key -o A.json list.json", "revocations new --force list.json"];
    for command in commands {
        refused(folder.path(), command, "line 1, is not a number that was signed: restore the file");
    }
    #[cfg(unix)]
    {
        fs::remove_file(&numbers).unwrap();
        std::os::unix::fs::symlink("vendor.pub", &numbers).unwrap();
        for command in commands {
            refused(folder.path(), command, "is a link");
        }
    }
    assert_eq!(fs::read_to_string(folder.path().join("vendor.pub")).unwrap(), fixture("vendor.pub"));
}

#[test]
fn a_new_list_beside_one_that_was_signed_warns_whatever_its_name() {
    let folder = folder();
    let folder = folder.path();
    done(folder, "revocations new a.json");
    done(folder, &format!("revocations add --reason refunded a.json {}", DIGEST[0]));
    // Without a signature, nothing is lost.
    assert!(!done(folder, "revocations new first.json").contains("Warning"));
    done(folder, "revocations sign --key vendor.key a.json");
    fs::rename(folder.join("a.json"), folder.join("old.json")).unwrap();
    for name in ["b.json", "a.json"] {
        let said = done(folder, &format!("revocations new {name}"));
        assert!(said.contains("Warning: list 1 was signed in this folder, and the new list revokes none"), "{said}");
    }
    refused(folder, "revocations sign --key vendor.key b.json", "list 1, which was signed in this folder, revokes");
}

/// The list with these statuses, as a person or another program makes it.
fn by_hand(folder: &Path, name: &str, sequence: u32, statuses: &[(&str, Status)]) {
    let time = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut list = RevocationList::new(sequence, time, time);
    for (license, status) in statuses {
        list.set(license.parse().unwrap(), *status);
    }
    fs::write(folder.join(name), SignableFile::new(&list).unwrap().to_string()).unwrap();
}

#[test]
fn no_list_is_signed_that_lacks_a_revocation_of_the_newest_signed_one() {
    let folder = folder();
    let folder = folder.path();
    let [one, two, three] = DIGEST;
    let sign = "revocations sign --key vendor.key";
    done(folder, "revocations new list.json");
    done(folder, &format!("revocations add --reason refunded list.json {one} {two}"));
    done(folder, &format!("revocations hold list.json {three}"));
    fs::copy(folder.join("list.json"), folder.join("before.json")).unwrap();
    done(folder, &format!("{sign} list.json"));
    let [refunded, leaked] = [Reason::Refunded, Reason::Leaked].map(Status::Revoked);
    let (has_one, has_two, has_three) = ((one, refunded), (two, refunded), (three, Status::OnHold));

    // A new draft; an older one; one made by hand; one that begins anew over the signed file.
    done(folder, "revocations new other.json");
    let missing =
        format!("{one} revoked (refunded), here not on the list; {two} revoked (refunded), here not on the list");
    refused(folder, &format!("{sign} other.json"), &missing);
    done(folder, &format!("revocations add --reason leaked other.json {one}"));
    let weaker =
        format!("{one} revoked (refunded), here revoked (leaked); {two} revoked (refunded), here not on the list");
    refused(folder, &format!("{sign} other.json"), &weaker);
    for (status, in_words) in [(leaked, "revoked (leaked)"), (Status::OnHold, "on hold")] {
        by_hand(folder, "list.json", 7, &[has_one, (two, status), has_three]);
        let weaker = format!("does not: {two} revoked (refunded), here {in_words}. Products that have not seen list 1");
        for output in ["", "-o - ", "-o signed.json "] {
            refused(folder, &format!("{sign} {output}list.json"), &weaker);
        }
    }
    for keeps in [refunded, Status::Revoked(Reason::Unpaid)] {
        by_hand(folder, "list.json", 2, &[has_one, (two, keeps), has_three]);
        assert!(!done(folder, &format!("{sign} -o - list.json")).contains("list 1"), "{keeps:?}");
        for name in ["keyward.numbers", "keyward.newest-list"] {
            fs::remove_file(folder.join(name)).unwrap();
        }
        done(folder, &format!("{sign} --force -o list.json before.json"));
    }
    done(folder, "revocations new --force list.json");
    refused(folder, &format!("{sign} list.json"), &missing);

    // The advice of the error.
    fs::copy(folder.join("keyward.newest-list"), folder.join("list.json")).unwrap();
    done(folder, &format!("revocations lift list.json {three}"));
    let signed = done(folder, &format!("{sign} list.json"));
    assert!(signed.contains(&format!("Released from hold since list 1: {three}.")), "{signed}");
    assert!(!signed.contains("Warning"), "{signed}");
    assert_eq!(read::<RevocationList>(folder, "list.json").iter().count(), 2);
    // A second signature of the same contents changes nothing for products.
    assert!(!done(folder, "revocations sign --key root-1.key list.json").contains("list 1"));

    // It may be meant. Then it is the list to compare with.
    by_hand(folder, "list.json", 3, &[has_two]);
    refused(folder, &format!("{sign} list.json"), "list 2, which was signed in this folder, revokes what this");
    let signed = done(folder, &format!("{sign} --allow-taken-back list.json"));
    assert!(signed.contains("Warning: list 2 revokes what this one does not"), "{signed}");
    by_hand(folder, "list.json", 4, &[has_two]);
    assert!(!done(folder, &format!("{sign} list.json")).contains("list 3"));
}

#[test]
fn a_signed_list_is_remembered_in_the_folder_to_which_it_was_moved() {
    let folder = folder();
    let folder = folder.path();
    let sign = "revocations sign --key vendor.key";
    done(folder, "revocations new list.json");
    done(folder, &format!("revocations add --reason refunded list.json {}", DIGEST[0]));
    done(folder, &format!("{sign} list.json"));
    for (name, change) in [
        ("moved", "revocations new --force moved/list.json".to_owned()),
        ("changed", format!("revocations hold changed/list.json {}", DIGEST[1])),
    ] {
        fs::create_dir(folder.join(name)).unwrap();
        fs::copy(folder.join("list.json"), folder.join(name).join("list.json")).unwrap();
        done(folder, &change);
        by_hand(folder, &format!("{name}/list.json"), 2, &[]);
        let sign = "revocations sign --key ../vendor.key list.json";
        refused(&folder.join(name), sign, "list 1, which was signed in this folder, revokes");
    }
    // A signature that is not good makes no list a signed one.
    fs::create_dir(folder.join("forged")).unwrap();
    let mut forged: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("list.json")).unwrap()).unwrap();
    forged["signatures"][0]["sig"] = "A".repeat(86).into();
    fs::write(folder.join("forged/list.json"), forged.to_string()).unwrap();
    done(folder, "revocations new --force forged/list.json");
    assert!(!folder.join("forged/keyward.newest-list").exists());
}

/// A list that a stranger signed with a key of their own.
fn by_a_stranger(folder: &Path, name: &str, sequence: u32) {
    by_hand(folder, name, sequence, &[]);
    let mut file = SignableFile::read(&fs::read(folder.join(name)).unwrap(), FileKind::RevocationList).unwrap();
    file.sign(&Issuer::with_key(SigningKey::from_seed(&[9; 32]))).unwrap();
    fs::write(folder.join(name), file.to_string()).unwrap();
}

#[test]
fn a_list_that_a_stranger_signed_is_not_taken_for_the_newest_of_the_folder() {
    let folder = folder();
    let folder = folder.path();
    let [one, two, _] = DIGEST;
    let sign = "revocations sign --key vendor.key list.json";
    done(folder, "revocations new list.json");
    done(folder, &format!("revocations add --reason refunded list.json {one}"));
    done(folder, sign);
    fs::copy(folder.join("list.json"), folder.join("signed.json")).unwrap();

    // A change of it does not lead past the comparison, nor does a new list in its place.
    by_a_stranger(folder, "list.json", 2);
    done(folder, &format!("revocations add --reason leaked list.json {two}"));
    refused(folder, sign, "list 1, which was signed in this folder, revokes");
    by_a_stranger(folder, "list.json", 2);
    done(folder, "revocations new --force list.json");
    refused(folder, sign, "list 1, which was signed in this folder, revokes");

    // Its number is none of the folder: once the good list is back, the numbers go on.
    by_a_stranger(folder, "list.json", u32::MAX - 1);
    done(folder, &format!("revocations hold list.json {two}"));
    fs::copy(folder.join("signed.json"), folder.join("list.json")).unwrap();
    done(folder, &format!("revocations hold list.json {two}"));
    assert_eq!(sequence(folder, "list.json"), 2);
    done(folder, sign);
}

/// Two colleagues have a folder each, and sign with the same key.
#[test]
fn a_list_that_a_colleague_signed_is_the_newest_of_the_folder_to_which_it_was_carried() {
    let folder = folder();
    let folder = folder.path();
    let [one, two, three] = DIGEST;
    done(folder, "revocations new list.json");
    done(folder, &format!("revocations add --reason refunded list.json {one}"));
    done(folder, "revocations sign --key vendor.key list.json");
    for (carried_in, change) in [
        ("changed", format!("revocations hold list.json {three}")),
        ("begun anew", "revocations new --force list.json".to_owned()),
        ("lifted", format!("revocations lift list.json {two}")),
    ] {
        let colleague = tempfile::tempdir().unwrap();
        let colleague = colleague.path();
        for name in ["vendor.key", "list.json", "keyward.numbers", "keyward.newest-list"] {
            fs::copy(folder.join(name), colleague.join(name)).unwrap();
        }
        done(colleague, &format!("revocations add --reason refunded list.json {two}"));
        done(colleague, "revocations sign --key vendor.key list.json");
        let here = tempfile::tempdir().unwrap();
        let here = here.path();
        for name in ["vendor.key", "keyward.numbers", "keyward.newest-list"] {
            fs::copy(folder.join(name), here.join(name)).unwrap();
        }
        fs::copy(colleague.join("list.json"), here.join("list.json")).unwrap();
        if carried_in == "lifted" {
            refused(here, &change, "is revoked for ever (refunded), since products remember it");
            continue;
        }
        done(here, &change);
        by_hand(here, "list.json", 3, &[(one, Status::Revoked(Reason::Refunded))]);
        let missing = format!("list 2, which was signed in this folder, revokes what this one does not: {two}");
        refused(here, "revocations sign --key vendor.key list.json", &missing);
    }
}

#[test]
fn no_bundle_is_signed_that_allows_more_licenses_of_a_compromised_key() {
    let folder = folder();
    let folder = folder.path();
    let [one, two, three] = DIGEST;
    let sign = "trust sign --roots roots.json --key root-1.key";
    done(folder, "trust init --root root-1.pub --threshold 1 --roots roots.json trust.json");
    done(folder, "trust sign --key root-1.key roots.json");
    done(folder, "trust add trust.json vendor.pub --name vendor");
    done(folder, &format!("trust compromise trust.json vendor --allow {one} --allow {two}"));
    done(folder, &format!("{sign} trust.json"));
    // Fewer licenses are good, and then the same or others.
    done(folder, &format!("trust compromise trust.json vendor --allow {one}"));
    assert!(!done(folder, &format!("{sign} trust.json")).contains("Warning"));
    for (allow, added) in [
        (format!("--allow {one} --allow {three}"), format!("here with 1 license more allowed: {three}")),
        (format!("--allow {three}"), format!("here with 1 license more allowed: {three}")),
        (format!("--allow {two} --allow {three}"), "here with 2 licenses more allowed: ".to_owned()),
    ] {
        done(folder, &format!("trust compromise trust.json vendor {allow}"));
        refused(folder, &format!("{sign} trust.json"), &added);
    }
    let meant = done(folder, &format!("{sign} --allow-taken-back trust.json"));
    assert!(meant.contains("Warning: version 2 ") && meant.contains("2 licenses more allowed"), "{meant}");
}

#[test]
fn a_list_whose_predecessor_is_gone_is_signed_with_a_remark() {
    let folder = folder();
    let folder = folder.path();
    let sign = "revocations sign --key vendor.key";
    done(folder, "revocations new list.json");
    done(folder, &format!("revocations add --reason refunded list.json {}", DIGEST[0]));
    done(folder, &format!("{sign} -o signed.json list.json"));
    let copy = folder.join("keyward.newest-list");
    let kept = fs::read(&copy).unwrap();
    let gone = "list 1 was signed in this folder, and its contents are not here any more";
    type Damage = fn(&Path, &[u8]);
    let damages: [Damage; 3] = [
        |copy, _| fs::remove_file(copy).unwrap(),
        |copy, kept| fs::write(copy, &kept[1..]).unwrap(),
        |copy, _| by_hand(copy.parent().unwrap(), "keyward.newest-list", 1, &[]),
    ];
    for damage in damages {
        damage(&copy, &kept);
        by_hand(folder, "list.json", 2, &[]);
        // The signed file itself has its contents, where it is about to be replaced.
        refused(folder, &format!("{sign} --force -o signed.json list.json"), "list 1, which was signed in this folder");
        let signed = done(folder, &format!("{sign} -o new.json list.json"));
        assert!(signed.contains(gone), "{signed}");
        fs::remove_file(folder.join("new.json")).unwrap();
        fs::remove_file(folder.join(SignedNumbers::NAME)).unwrap();
        done(folder, &format!("{sign} --force -o signed.json signed.json"));
    }
}

#[test]
fn no_bundle_is_signed_that_trusts_a_compromised_key_of_the_newest_signed_one() {
    let folder = folder();
    let folder = folder.path();
    let sign = "trust sign --roots roots.json --key root-1.key";
    done(folder, "trust init --root root-1.pub --threshold 1 --roots roots.json trust.json");
    done(folder, "trust sign --key root-1.key roots.json");
    done(folder, "trust add trust.json vendor.pub --name vendor");
    done(folder, "trust add trust.json root-2.pub --name office");
    fs::copy(folder.join("trust.json"), folder.join("copy.json")).unwrap();
    done(folder, "trust compromise trust.json vendor --allow-none");
    done(folder, &format!("{sign} trust.json"));
    done(folder, "trust retire copy.json office");
    let what = "version 1, which was signed in this folder, names as compromised what this one does not: vendor (";
    refused(folder, &format!("{sign} copy.json"), what);
    done(folder, "trust retire copy.json vendor");
    refused(folder, &format!("{sign} copy.json"), what);
    assert!(done(folder, &format!("{sign} --allow-taken-back -o meant.json copy.json")).contains("Warning: version 1"));
    fs::copy(folder.join("trust.json"), folder.join("copy.json")).unwrap();
    done(folder, "trust retire copy.json office");
    assert!(!done(folder, &format!("{sign} copy.json")).contains("Warning"));
}

#[test]
fn no_bundle_is_signed_that_leaves_out_a_compromised_key_of_the_newest_signed_one() {
    let folder = folder();
    let folder = folder.path();
    let sign = "trust sign --roots roots.json --key root-1.key";
    done(folder, "trust init --root root-1.pub --threshold 1 --roots roots.json trust.json");
    done(folder, "trust sign --key root-1.key roots.json");
    done(folder, "trust add trust.json root-2.pub --name office");
    fs::copy(folder.join("trust.json"), folder.join("without.json")).unwrap();
    done(folder, "trust add trust.json vendor.pub --name vendor");
    done(folder, "trust compromise trust.json vendor --allow-none");
    done(folder, &format!("{sign} trust.json"));

    // Left out, the key could be added again afterwards.
    done(folder, "trust retire without.json office");
    let what = "names as compromised what this one does not: vendor (";
    refused(folder, &format!("{sign} without.json"), what);
    refused(folder, &format!("{sign} -o - without.json"), "here not in the bundle. Products would trust");
    done(folder, "trust add without.json vendor.pub --name desk");
    refused(folder, &format!("{sign} without.json"), "here active. Products would trust");

    // Other keys may be left out, and other roots may sign the next bundle.
    done(folder, "trust rotate-roots --roots roots.json --root root-2.pub -o next.json");
    done(folder, "trust sign --roots roots.json --key root-1.key next.json");
    done(folder, "trust sign --roots roots.json --key root-2.key next.json");
    let mut bundle: TrustBundle = read(folder, "trust.json");
    bundle = TrustBundle::new(bundle.version + 1, bundle.issued_at, bundle.delegated()[1..].to_vec()).unwrap();
    fs::write(folder.join("trust.json"), SignableFile::new(&bundle).unwrap().to_string()).unwrap();
    assert!(!done(folder, "trust sign --roots next.json --key root-2.key trust.json").contains("Warning"));

    // It may be meant.
    fs::copy(folder.join("trust.json"), folder.join("meant.json")).unwrap();
    bundle = TrustBundle::new(bundle.version + 1, bundle.issued_at, Vec::new()).unwrap();
    fs::write(folder.join("meant.json"), SignableFile::new(&bundle).unwrap().to_string()).unwrap();
    let meant = done(folder, "trust sign --roots next.json --key root-2.key --allow-taken-back meant.json");
    assert!(meant.contains("Warning: version ") && meant.contains("vendor ("), "{meant}");
}

#[test]
fn two_digests_of_one_number_are_an_error_and_not_the_last_line() {
    let folder = folder();
    let folder = folder.path();
    done(folder, "revocations new a.json");
    done(folder, "revocations sign --key vendor.key a.json");
    let path = folder.join(SignedNumbers::NAME);
    let text = fs::read_to_string(&path).unwrap();
    let last = text.lines().last().unwrap();
    let (start, _) = last.rsplit_once(' ').unwrap();
    fs::write(&path, format!("{text}{start} {}\n", DIGEST[1])).unwrap();
    for line in ["revocations sign --key vendor.key a.json", "revocations new b.json", "revocations hold a.json 00"] {
        let ended = says(folder, &line.replace(" 00", &format!(" {}", DIGEST[0])));
        assert!(ended.code == 1 && ended.stderr.contains("is on an earlier line too"), "{line}: {ended:?}");
    }
    // The same line twice is no contradiction.
    fs::write(&path, format!("{text}{last}\n")).unwrap();
    done(folder, &format!("revocations hold a.json {}", DIGEST[0]));
}
