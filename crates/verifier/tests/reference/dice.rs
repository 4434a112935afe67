//! Random numbers that a seed repeats.
use std::hash::{BuildHasher, RandomState};

/// The SplitMix64 generator: every number follows from the seed and the case.
pub struct Dice(u64);

/// A new seed for each run.
pub fn any_seed() -> u64 {
    RandomState::new().hash_one("seed")
}

impl Dice {
    pub fn new(seed: u64, case: u64) -> Dice {
        let mut dice = Dice(seed);
        Dice(dice.number() ^ case.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// 0 to `end` − 1.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % end as u64) as usize
    }

    pub fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn of<T: Clone>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len())].clone()
    }

    /// A random number with a random number of bits, at most `most`.
    pub fn number_of_bits(&mut self, most: u32) -> u64 {
        let bits = self.between(0, most as usize) as u32;
        match bits {
            0 => 0,
            _ => self.number() >> (64 - bits),
        }
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.number() as u8).collect()
    }

    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        self.bytes(N).try_into().unwrap()
    }

    /// `count` different indexes below `among`, ascending.
    pub fn places(&mut self, count: usize, among: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..among).collect();
        for at in 0..count {
            let other = self.between(at, among - 1);
            all.swap(at, other);
        }
        all.truncate(count);
        all.sort_unstable();
        all
    }
}
