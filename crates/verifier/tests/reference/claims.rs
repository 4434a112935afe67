//! Claims as bytes, over their whole range, made without this project's code; and claims that no issuer should sign.

use keyward_core::is_invisible_control;
use keyward_verifier::{Day, Environment, Fingerprint};

use super::dice::Dice;
use super::made::Settings;

const LAST_DAY: u32 = 2_914_269;

/// The fields of a payload, each as its bytes.
pub struct Draft {
    flags: u16,
    /// From the serial on.
    fields: Vec<Vec<u8>>,
    product: u32,
    valid_from: u32,
    updates_through: Option<u32>,
    fingerprint: Option<[u8; 16]>,
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7F {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A day: the first, the last, one of these years, or any.
fn day(dice: &mut Dice) -> u32 {
    match dice.below(8) {
        0 => 0,
        1 => LAST_DAY,
        2 => dice.below(LAST_DAY as usize + 1) as u32,
        _ => 2000 + dice.below(2000) as u32,
    }
}

impl Draft {
    /// Any claims that an issuer may sign.
    pub fn any(dice: &mut Dice) -> Draft {
        let kind = dice.of(&[0, 0, 0, 1, 2]);
        let environment = dice.of(&[0, 0, 0, 1, 2]);
        let product = dice.number_of_bits(32) as u32;
        let valid_from = day(dice);
        let most_term = u64::from(LAST_DAY - valid_from) + 1;
        let term = match dice.below(6) {
            0 if kind == 0 => 0,
            1 => most_term,
            _ => (dice.number_of_bits(22) % most_term).max(1),
        };
        let mut draft = Draft {
            flags: kind | environment << 2,
            fields: vec![
                dice.bytes(8),
                varint(product.into()),
                varint(dice.number_of_bits(16)),
                varint(dice.number_of_bits(32)),
                varint(valid_from.into()),
                varint(term),
                varint(if dice.one_in(8) { u64::MAX } else { dice.number_of_bits(64) }),
            ],
            product,
            valid_from,
            updates_through: None,
            fingerprint: None,
        };
        // Most keys are short, and some have everything.
        let everything = dice.one_in(40);
        let has = |dice: &mut Dice| everything || dice.one_in(6);
        if kind == 0 && term > 0 && has(dice) {
            draft.add(4, varint(dice.below(91) as u64));
        }
        if has(dice) {
            draft.add(5, limits(dice));
        }
        if has(dice) {
            draft.add(6, licensee(dice));
        }
        if has(dice) {
            let day = day(dice);
            draft.updates_through = Some(day);
            draft.add(7, varint(day.into()));
        }
        if has(dice) {
            let fingerprint = fingerprint(dice);
            draft.fingerprint = Some(fingerprint);
            draft.add(8, fingerprint.to_vec());
        }
        if has(dice) {
            let extension = dice.between(1, 64);
            draft.add(9, sized(dice.bytes(extension)));
        }
        draft
    }

    fn add(&mut self, flag: u16, field: Vec<u8>) {
        self.flags |= 1 << flag;
        self.fields.push(field);
    }

    /// Sets the field of a flag: replaces the present one, or inserts it.
    fn put(&mut self, flag: u16, field: Vec<u8>) {
        let before = (4..flag).filter(|other| self.flags >> other & 1 == 1).count();
        let at = 7 + before;
        if self.flags >> flag & 1 == 1 {
            self.fields[at] = field;
        } else {
            self.flags |= 1 << flag;
            self.fields.insert(at, field);
        }
    }

    pub fn is_locked(&self) -> bool {
        self.fingerprint.is_some()
    }

    fn environment(&self) -> Environment {
        [Environment::Production, Environment::Staging, Environment::Development][usize::from(self.flags >> 2 & 3)]
    }

    /// The claims with their fill.
    pub fn payload(&self) -> Vec<u8> {
        let claims = [varint(self.flags.into()), self.fields.concat()].concat();
        filled(claims, 0)
    }

    /// A verifier that accepts them.
    pub fn settings_that_accept(&self, dice: &mut Dice) -> Settings {
        let machine = match self.fingerprint {
            None if dice.one_in(2) => None,
            None => Some(fingerprint(dice)),
            Some(mut bytes) => {
                // Less than half of its components have changed.
                let present: Vec<usize> = (0..5).filter(|slot| bytes[1 + 3 * slot..4 + 3 * slot] != [0; 3]).collect();
                let changed = dice.between(0, (present.len() - 1) / 2);
                for place in dice.places(changed, present.len()) {
                    bytes[1 + 3 * present[place]] ^= 1;
                }
                Some(bytes)
            }
        };
        let released = match self.updates_through {
            _ if dice.one_in(3) => None,
            None => Some(day(dice)),
            Some(day) => Some(day - dice.below(3).min(day as usize) as u32),
        };
        Settings {
            product: self.product,
            environment: self.environment(),
            machine: machine.map(|bytes| Fingerprint::from_bytes(bytes).unwrap()),
            released: released.and_then(Day::from_number),
            repair: true,
        }
    }

    /// A number or a day at its bound, or one beyond it.
    pub fn with_a_number_at_its_bound(mut self, dice: &mut Dice) -> Draft {
        let beyond = dice.below(2) as u64;
        let last_day = u64::from(LAST_DAY);
        let most_term = last_day - u64::from(self.valid_from) + 1;
        match dice.below(7) {
            0 => self.fields[1] = varint(u64::from(u32::MAX) + beyond),
            1 => self.fields[2] = varint(u64::from(u16::MAX) + beyond),
            2 => self.fields[3] = varint(u64::from(u32::MAX) + beyond),
            3 => {
                self.fields[4] = varint(last_day + beyond);
                self.fields[5] = varint(1);
            }
            4 => self.fields[5] = varint(dice.of(&[0, most_term, most_term + 1, u64::from(u32::MAX)])),
            5 => self.fields[6] = [vec![0xFF; 9], vec![1 + beyond as u8]].concat(),
            _ => self.put(7, varint(last_day + beyond)),
        }
        self
    }

    /// Grace, fingerprint, extension or flags at their bounds, or beyond them.
    pub fn with_a_rule_at_its_bound(mut self, dice: &mut Dice) -> Draft {
        match dice.below(4) {
            0 => self.put(4, varint(90 + dice.below(2) as u64)),
            1 => {
                let mut fingerprint = fingerprint(dice);
                fingerprint[0] = dice.below(3) as u8;
                self.put(8, fingerprint.to_vec());
            }
            2 => self.put(9, odd_extension(dice)),
            _ => self.flags |= 1 << dice.below(16),
        }
        self
    }

    pub fn with_odd_limits(mut self, dice: &mut Dice) -> Draft {
        self.put(5, odd_limits(dice));
        self
    }

    pub fn with_an_odd_licensee(mut self, dice: &mut Dice) -> Draft {
        self.put(6, odd_licensee(dice));
        self
    }

    /// A payload with one to three changes. Most of the changes break a rule of the format.
    pub fn changed(mut self, dice: &mut Dice) -> Vec<u8> {
        let mut more_groups = 0;
        let mut flags = varint(self.flags.into());
        for _ in 0..dice.between(1, 3) {
            match dice.below(10) {
                0 => flags = varint((self.flags | 1 << dice.below(16)).into()),
                1 => flags = padded(flags, dice),
                2 => more_groups = 1,
                3 => {
                    let flag = dice.between(4, 9) as u16;
                    let field = match flag {
                        4 => varint(dice.number_of_bits(17)),
                        5 => odd_limits(dice),
                        6 => odd_licensee(dice),
                        7 => varint(dice.number_of_bits(33)),
                        8 => dice.bytes(16),
                        _ => odd_extension(dice),
                    };
                    let announced = self.flags;
                    self.put(flag, field);
                    if self.flags != announced {
                        flags = varint(self.flags.into());
                    }
                }
                4 => {
                    let at = dice.of(&[1, 2, 3, 4, 5, 6]);
                    self.fields[at] = varint(dice.number_of_bits(64));
                }
                5 => {
                    // A varint with more bytes than it needs; elsewhere just bytes.
                    let at = dice.below(self.fields.len());
                    self.fields[at] = padded(std::mem::take(&mut self.fields[at]), dice);
                }
                6 => {
                    let at = dice.below(self.fields.len());
                    let short = dice.below(self.fields[at].len().max(1));
                    self.fields[at].truncate(short);
                }
                7 => {
                    let (first, other) = (dice.below(self.fields.len()), dice.below(self.fields.len()));
                    self.fields.swap(first, other);
                }
                _ => {
                    let at = dice.below(self.fields.len());
                    if !self.fields[at].is_empty() {
                        let byte = dice.below(self.fields[at].len());
                        self.fields[at][byte] ^= 1 << dice.below(8);
                    }
                }
            }
        }
        let mut claims = [flags, self.fields.concat()].concat();
        claims.truncate(265);
        let end = claims.len();
        let mut payload = filled(claims, more_groups);
        if payload.len() > end && dice.one_in(10) {
            payload[end] = 1 << dice.below(8);
        }
        payload
    }
}

/// The claims with the fill that completes the last group, and with more groups of fill.
fn filled(mut claims: Vec<u8>, more_groups: usize) -> Vec<u8> {
    let groups = ((8 * (67 + claims.len())).div_ceil(25).max(27) + more_groups).min(107);
    claims.resize(25 * groups / 8 - 67, 0);
    claims
}

fn sized(bytes: Vec<u8>) -> Vec<u8> {
    [varint(bytes.len() as u64), bytes].concat()
}

/// The varint with one or more superfluous zero bytes.
fn padded(mut number: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    for _ in 0..dice.between(1, 3) {
        if let Some(last) = number.last_mut() {
            *last |= 0x80;
        }
        number.push(0);
    }
    number
}

fn limits(dice: &mut Dice) -> Vec<u8> {
    let count = dice.between(1, 8);
    let mut bytes = vec![count as u8];
    for id in dice.places(count, 256) {
        bytes.push(id as u8);
        bytes.extend(varint(if dice.one_in(8) { (1 << 53) - 1 } else { dice.number_of_bits(53) }));
    }
    bytes
}

/// Limits of which the number, the order or a value may be wrong.
fn odd_limits(dice: &mut Dice) -> Vec<u8> {
    let count = dice.of(&[0, 1, 2, 8, 9]);
    let mut limits: Vec<(usize, u64)> =
        dice.places(count, 256).into_iter().map(|id| (id, dice.number_of_bits(53))).collect();
    if count > 0 {
        let (at, other) = (dice.below(count), dice.below(count));
        match dice.below(4) {
            0 => limits.swap(at, other),
            1 => limits[at].0 = limits[other].0,
            2 => limits[at].1 = dice.of(&[(1 << 53) - 1, 1 << 53, u64::MAX]),
            _ => {}
        }
    }
    let written = limits.into_iter().flat_map(|(id, value)| [vec![id as u8], varint(value)].concat());
    [count as u8].into_iter().chain(written).collect()
}

/// Ranges around the characters that are not allowed in a licensee.
const AROUND_THE_INVISIBLE: [(usize, usize); 10] = [
    (0, 0x20),
    (0x7E, 0xA1),
    (0x61B, 0x61D),
    (0x200D, 0x2010),
    (0x2027, 0x202F),
    (0x2065, 0x206A),
    (0xFEFE, 0xFF00),
    (0xFFF8, 0xFFFD),
    (0xFFFD, 0x10001),
    (0xDFFFE, 0xE0081),
];

fn character(dice: &mut Dice) -> char {
    let (first, last) = dice.of(&[
        (0x20, 0x7E),
        (0x20, 0x7E),
        (0xA0, 0x24F),
        (0x370, 0x52F),
        (0x5D0, 0x64A),
        (0x2010, 0x2080),
        (0x4E00, 0x9FFF),
        (0xE000, 0xFFFF),
        (0x1F300, 0x1FAFF),
        (0xDFFF0, 0xE0090),
        (0x10000, 0x10FFFF),
    ]);
    char::from_u32(dice.between(first, last) as u32).unwrap_or('é')
}

fn licensee(dice: &mut Dice) -> Vec<u8> {
    let len = dice.between(1, 64);
    let mut name = String::new();
    while name.len() < len {
        let next = character(dice);
        if !is_invisible_control(next) && name.len() + next.len_utf8() <= 64 {
            name.push(next);
        }
    }
    sized(name.into_bytes())
}

/// A licensee that may be too long or empty, contain a character that is not allowed, or not be UTF-8.
fn odd_licensee(dice: &mut Dice) -> Vec<u8> {
    match dice.below(6) {
        0 => sized(Vec::new()),
        1 => sized(vec![b'x'; dice.between(63, 67)]),
        2 => {
            let len = dice.between(1, 20);
            sized(dice.bytes(len))
        }
        3 => {
            let odd = [&[0xC0, 0x80][..], &[0xED, 0xA0, 0x80], &[0xF4, 0x90, 0x80, 0x80], &[0xE2, 0x80], &[0xC3]];
            sized([&b"Acme"[..], dice.of(&odd)].concat())
        }
        _ => {
            let (first, last) = dice.of(&AROUND_THE_INVISIBLE);
            let one = char::from_u32(dice.between(first, last) as u32).unwrap();
            sized(format!("Acme{one}Ltd").into_bytes())
        }
    }
}

fn odd_extension(dice: &mut Dice) -> Vec<u8> {
    match dice.below(4) {
        0 => varint(dice.number_of_bits(64)),
        1 => sized(Vec::new()),
        _ => {
            let len = dice.between(63, 66);
            sized(dice.bytes(len))
        }
    }
}

/// A fingerprint with at least one component.
fn fingerprint(dice: &mut Dice) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[0] = 1;
    let present = dice.between(1, 5);
    for slot in dice.places(present, 5) {
        let digest = [dice.between(1, 255) as u8, dice.number() as u8, dice.number() as u8];
        bytes[1 + 3 * slot..4 + 3 * slot].copy_from_slice(&digest);
    }
    bytes
}
