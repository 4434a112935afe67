//! Check groups and the text of a key, computed without the project's code.

use crate::damage::ALPHABET;

/// The text of a key with these bytes, computed without this project's code. The `base32` crate makes the groups; the check
/// groups are the solution of the format's three linear equations.
pub fn text_of(bytes: &[u8]) -> String {
    let mut characters = base32::CROCKFORD.encode(bytes);
    while characters.len() % 5 != 0 {
        characters.push('0');
    }
    let mut groups: Vec<String> =
        characters.as_bytes().chunks(5).map(|group| String::from_utf8(group.to_vec()).unwrap()).collect();
    let data: Vec<u32> = groups.iter().map(|group| number(group)).collect();
    for check in school::checks(&data) {
        groups.push(spelt(check));
    }
    groups.join("-")
}

/// The number that five characters encode.
pub fn number(group: &str) -> u32 {
    let value = |character: char| ALPHABET.iter().position(|known| char::from(*known) == character);
    group.chars().fold(0, |bits, character| bits << 5 | value(character).unwrap() as u32)
}

/// The five characters of a number.
pub fn spelt(group: u32) -> String {
    [20, 15, 10, 5, 0].map(|shift| char::from(ALPHABET[(group >> shift & 31) as usize])).iter().collect()
}

/// Arithmetic in GF(2^25) and the check groups with the methods taught at school: long division and Gaussian elimination.
pub mod school {
    pub const ALPHA: u32 = 1 << 7;

    pub fn product(a: u32, b: u32) -> u32 {
        reduce((0..25).filter(|bit| b >> bit & 1 == 1).fold(0_u64, |sum, bit| sum ^ u64::from(a) << bit))
    }

    fn reduce(mut value: u64) -> u32 {
        while value >> 25 != 0 {
            let bit = 63 - value.leading_zeros();
            value ^= (1 << 25 | 0b1001) << (bit - 25);
        }
        value as u32
    }

    pub fn power(base: u32, exponent: usize) -> u32 {
        (0..exponent).fold(1, |power, _| product(power, base))
    }

    fn inverse(a: u32) -> u32 {
        (0..24)
            .fold((1, a), |(inverse, square), _| {
                let square = product(square, square);
                (product(inverse, square), square)
            })
            .0
    }

    /// c_0, c_1, c_2 with n·α^(jn) + Σ g_i·α^(j(n−1−i)) = 0 for j = 0, 1, 2.
    pub fn checks(data: &[u32]) -> [u32; 3] {
        let n = data.len() + 3;
        last_three([0, 1, 2].map(|j| {
            let count = product(n as u32, power(ALPHA, j * n));
            data.iter().enumerate().fold(count, |sum, (i, group)| sum ^ product(*group, power(ALPHA, j * (n - 1 - i))))
        }))
    }

    /// The last three groups that add these values to the sums, by Gaussian elimination.
    pub fn last_three(sums: [u32; 3]) -> [u32; 3] {
        let mut rows = [0, 1, 2].map(|j| [power(ALPHA, 2 * j), power(ALPHA, j), 1, sums[j]]);
        for pivot in 0..3 {
            let scale = inverse(rows[pivot][pivot]);
            rows[pivot] = rows[pivot].map(|entry| product(entry, scale));
            for row in (0..3).filter(|row| *row != pivot) {
                let factor = rows[row][pivot];
                let subtrahend = rows[pivot].map(|entry| product(factor, entry));
                for (entry, other) in rows[row].iter_mut().zip(subtrahend) {
                    *entry ^= other;
                }
            }
        }
        rows.map(|row| row[3])
    }
}
