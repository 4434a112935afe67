//! The time to refuse a damaged text: the longest of many, typical and crafted, with 30 groups and with the largest number.
//!
//! `cargo bench -p keyward-benches --bench refusal` prints the longest refusal for each kind of text, and fails if one is
//! over the limit. Each refusal is timed five times, and the shortest time counts, since other work of the machine may slow
//! a run.
#![allow(missing_docs, reason = "a program")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops by panicking")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "counts"
)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use keyward_issuer::{Claims, Issuer, SigningKey};
use keyward_verifier::{Product, Verifier};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn main() -> ExitCode {
    let issuer = Issuer::with_key(SigningKey::from_seed(&[7; 32]));
    let trusted = [SigningKey::from_seed(&[7; 32]).verifying_key().clone()];
    let verifier = Verifier::new(&trusted, Product(3));
    let sign = |json: &str| issuer.sign(&serde_json::from_str::<Claims>(json).unwrap()).unwrap().to_string();
    let typical = sign(
        r#"{"serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25,
            "valid_from": "2026-01-01", "valid_through": "2026-12-31", "features": [0, 1, 2]}"#,
    );
    let largest = sign(&format!(
        r#"{{"serial": "0102030405060708", "product": 4294967295, "edition": 65535, "seats": 4294967295,
            "valid_from": "7800-01-01", "valid_through": "9998-12-31", "features": [0, 63], "grace_days": 7,
            "limits": {{{}}}, "licensee": "{}", "updates_through": "9998-12-31",
            "fingerprint": "01111111222222333333444444555555", "extension": "{}"}}"#,
        (0..8).map(|id| format!("\"{id}\": 9007199254740991")).collect::<Vec<_>>().join(", "),
        "x".repeat(64),
        "00".repeat(64),
    ));
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut within = true;
    for (text, most) in [(typical, Duration::from_millis(5)), (largest, Duration::from_millis(30))] {
        let groups: Vec<&str> = text.split('-').collect();
        println!("{} groups: at most {} ms are allowed", groups.len(), most.as_millis());
        let mut longest =
            |kind: &str, text: &mut dyn FnMut() -> String| within &= longest(&verifier, kind, text) <= most;
        for wrong in [3, 4, 8, groups.len()] {
            longest(&format!("{wrong} groups wrong"), &mut || {
                let mut groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
                let mut places: Vec<usize> = (1..groups.len()).collect();
                for _ in 0..wrong.min(places.len()) {
                    let place = places.swap_remove(random.below(places.len()));
                    groups[place] = random.group();
                }
                groups.join("-")
            });
        }
        longest("three groups too short, one wrong", &mut || {
            let mut groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
            for at in [2, 9, 17] {
                groups[at].truncate(3);
            }
            groups[20] = random.group();
            groups.join("-")
        });
        longest("four characters lost without separators", &mut || {
            let mut characters = text.replace('-', "");
            for _ in 0..4 {
                characters.remove(random.below(characters.len()));
            }
            characters
        });
        longest("all zeros after the first group", &mut || {
            let zeros = vec!["00000"; groups.len() - 1].join("-");
            format!("{}-{zeros}", groups[0])
        });
        longest("crafted: a candidate of every two groups", &mut || crafted(&groups, random.below(1 << 20)));
    }
    if within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the longest time to refuse one of the texts.
fn longest(verifier: &Verifier<'_>, kind: &str, text: &mut dyn FnMut() -> String) -> Duration {
    let mut longest = Duration::ZERO;
    let mut refused = 0;
    for _ in 0..100 {
        let text = text();
        if verifier.verify(&text).is_ok() {
            continue;
        }
        refused += 1;
        let shortest = (0..5).map(|_| {
            let start = Instant::now();
            let _ = black_box(verifier.verify(black_box(&text)));
            start.elapsed()
        });
        longest = longest.max(shortest.min().unwrap());
    }
    println!("  {kind}: at most {:.2} ms ({refused} refused)", longest.as_secs_f64() * 1000.0);
    longest
}

/// Damage with S_1 = 0 and S_2 = α^m·S_0: any two groups whose powers of α multiply to α^m are a solution. With three
/// groups in places 0, 1, 2 from the end, whose powers are 1, α, α², that is a small system of linear equations.
fn crafted(groups: &[&str], value: usize) -> String {
    let s0 = Element((value as u32 & 0x1FF_FFFF) | 1);
    // The middle of the key, so that most pairs of groups have this product.
    let s2 = (0..groups.len() - 1).fold(s0, |power, _| power.times(Element(1 << 7)));
    let alpha = Element(1 << 7);
    let alpha_2 = alpha.times(alpha);
    // a + b + c = S_0, α²a + αb + c = 0, α⁴a + α²b + c = S_2.
    let (p, q) = (Element(alpha_2.0 ^ 1), Element(alpha.0 ^ 1));
    let (r, s) = (Element(alpha_2.times(alpha_2).0 ^ 1), Element(alpha_2.0 ^ 1));
    // (α²+1)a + (α+1)b = S_0 and (α⁴+1)a + (α²+1)b = S_0 + S_2.
    let right = Element(s0.0 ^ s2.0);
    let determinant = Element(p.times(s).0 ^ q.times(r).0).inverse();
    let a = Element(s0.times(s).0 ^ q.times(right).0).times(determinant);
    let b = Element(p.times(right).0 ^ r.times(s0).0).times(determinant);
    let c = Element(s0.0 ^ a.0 ^ b.0);
    let mut groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
    let last = groups.len() - 1;
    for (place, difference) in [(last - 2, a), (last - 1, b), (last, c)] {
        let bits = groups[place]
            .bytes()
            .fold(0, |bits, byte| bits << 5 | ALPHABET.iter().position(|known| *known == byte).unwrap() as u32);
        groups[place] = spell(bits ^ difference.0);
    }
    groups.join("-")
}

fn spell(bits: u32) -> String {
    [20, 15, 10, 5, 0].map(|shift| char::from(ALPHABET[(bits >> shift & 31) as usize])).iter().collect()
}

/// GF(2^25), as the format defines it.
#[derive(Clone, Copy)]
struct Element(u32);

impl Element {
    fn times(self, other: Element) -> Element {
        let mut product = (0..25)
            .filter(|bit| other.0 >> bit & 1 == 1)
            .fold(0_u64, |product, bit| product ^ u64::from(self.0) << bit);
        while product >> 25 != 0 {
            product ^= (1 << 25 | 0b1001) << (38 - product.leading_zeros());
        }
        Element(product as u32)
    }

    fn inverse(self) -> Element {
        (0..24)
            .fold((Element(1), self), |(inverse, square), _| {
                let square = square.times(square);
                (inverse.times(square), square)
            })
            .0
    }
}

/// Marsaglia's xorshift: the same texts in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn group(&mut self) -> String {
        (0..5).map(|_| char::from(ALPHABET[self.below(32)])).collect()
    }
}
