//! What an address is, and what a domain is.

use std::collections::HashSet;

use keyward_ledger::recipient::AddressError;

use super::*;

fn error(text: &str) -> AddressError {
    text.parse::<EmailAddress>().unwrap_err()
}

#[test]
fn usual_addresses_are_read_with_the_domain_in_lower_case() {
    for (text, read) in [
        ("it@acme.example", "it@acme.example"),
        ("Grace.Hopper@Navy.EXAMPLE", "Grace.Hopper@navy.example"),
        ("o'neil+keys_1@a-b.acme.example", "o'neil+keys_1@a-b.acme.example"),
        ("4711@x1.example", "4711@x1.example"),
        ("it@müller.example", "it@xn--mller-kva.example"),
        ("it@MÜLLER.example", "it@xn--mller-kva.example"),
        ("it@mu\u{308}ller.example", "it@xn--mller-kva.example"),
        ("it@XN--MLLER-KVA.example", "it@xn--mller-kva.example"),
        ("it@日本語.example", "it@xn--wgv71a119e.example"),
    ] {
        assert_eq!(address(text).as_str(), read);
        assert_eq!(address(read).as_str(), read);
    }
    assert_eq!(address("it@Müller.example").domain().as_str(), "xn--mller-kva.example");
}

#[test]
fn what_is_not_exactly_one_address_is_refused_and_the_reason_is_told() {
    for (text, reason) in [
        ("", "there is no @"),
        ("grace", "there is no @"),
        ("grace＠acme.example", "there is no @"),
        ("a@x.example,b@x.example", "more than one address"),
        ("a@x.example, ", "more than one address"),
        ("a@x.example;", "more than one address"),
        ("a@@x.example", "more than one address"),
        ("@x.example", "is empty"),
        (".a@x.example", "a dot is in the wrong place"),
        ("a.@x.example", "a dot is in the wrong place"),
        ("a..b@x.example", "a dot is in the wrong place"),
        (" a@x.example", "has a ' ' in it"),
        ("a b@x.example", "has a ' ' in it"),
        ("\"a\"@x.example", "in it: give the address alone"),
        ("Grace <a@x.example>", "has a ' ' in it"),
        ("<a@x.example>", "has a '<' in it"),
        ("a\\b@x.example", "in it: give the address alone"),
        ("(a)b@x.example", "has a '(' in it"),
        ("a:b@x.example", "has a ':' in it"),
        ("-a@x.example", "has a '-' in it"),
        ("grаce@x.example", "has a 'а' in it"),
        ("grüce@x.example", "has a 'ü' in it"),
        ("a\n@x.example", "invisible character U+000A"),
        ("a@x.example\n", "invisible character U+000A"),
        ("a@x.example\0", "invisible character U+0000"),
        ("a@x\u{200b}.example", "invisible character U+200B"),
        ("a@ac\u{ad}me.example", "invisible character U+00AD"),
        ("\u{202e}a@x.example", "invisible character U+202E"),
        ("\u{feff}a@x.example", "invisible character U+FEFF"),
        ("a@", "not a name in DNS"),
        ("a@x.example.", "not a name in DNS"),
        ("a@.x.example", "not a name in DNS"),
        ("a@x..example", "not a name in DNS"),
        ("a@x .example", "not a name in DNS"),
        ("a@x.example ", "not a name in DNS"),
        ("a@-x.example", "not a name in DNS"),
        ("a@x-.example", "not a name in DNS"),
        ("a@x_y.example", "not a name in DNS"),
        ("a@[127.0.0.1]", "not a name in DNS"),
        ("a@xn--a.example", "not a name in DNS"),
        ("a@xn--acme-.example", "not a name in DNS"),
        ("a@localhost", "the domain has no dot"),
        ("a@vendor", "the domain has no dot"),
        ("a@127.0.0.1", "the domain is a number"),
    ] {
        let told = error(text).to_string();
        assert!(told.contains(reason), "{text:?}: {told}");
    }
}

#[test]
fn lengths_are_those_of_mail() {
    let local = |bytes: usize| format!("{}@acme.example", "a".repeat(bytes));
    assert_eq!(address(&local(64)).as_str().len(), 77);
    assert_eq!(error(&local(65)), AddressError::TooLong { bytes: 65 });
    let label = "d".repeat(61);
    let whole = |bytes: usize| {
        let rest = format!("@{label}.{label}.{label}.example");
        format!("{}{rest}", "a".repeat(bytes - rest.len()))
    };
    assert_eq!(address(&whole(254)).as_str().len(), 254);
    assert_eq!(error(&whole(255)), AddressError::TooLong { bytes: 255 });
    let label = "d".repeat(63);
    assert!(error(&format!("a@{label}d.example")).to_string().contains("not a name in DNS"));
    // A domain that is too long only as DNS writes it.
    assert!(error(&format!("a@{}.example", "ü".repeat(60))).to_string().contains("not a name in DNS"));
    assert!(error(&format!("a@{}", "x.".repeat(1_000_000))).to_string().contains("not a name in DNS"));
}

#[test]
fn addresses_that_differ_in_case_alone_are_equal() {
    let (one, other) = (address("Grace@acme.example"), address("grace@ACME.example"));
    assert_eq!(one, other);
    assert_eq!(HashSet::from([one, other]).len(), 1);
    for other in ["grace+x@acme.example", "grace@acme.example.org", "gr.ace@acme.example"] {
        assert_ne!(address("grace@acme.example"), address(other), "{other}");
    }
}

#[test]
fn domains_compare_by_labels() {
    let domain = |text: &str| text.parse::<Domain>().unwrap();
    let acme = domain("acme.example");
    for inside in ["acme.example", "ACME.example", "mail.acme.example", "a.b.acme.example"] {
        assert!(domain(inside).is_within(&acme), "{inside}");
    }
    for outside in
        ["evil-acme.example", "xacme.example", "acme.example.org", "cme.example", "acmé.example", "аcme.example"]
    {
        assert!(!domain(outside).is_within(&acme), "{outside}");
    }
    assert!(!acme.is_within(&domain("mail.acme.example")));
    // A domain of the settings is as strict as that of an address.
    for strange in
        ["", "ac\u{ad}me.example", "acme\u{200b}.example", "acme.example.", "@acme.example", "acme", "*.example"]
    {
        assert!(strange.parse::<Domain>().is_err(), "{strange:?}");
    }
    assert!(domain("post.müller.example").is_within(&domain("MÜLLER.example")));
}
