//! Recognises placeholders: values in place of an id, which do not identify a machine.

/// The placeholders, reduced to letters and digits in lower case. `?` matches any letter or digit. `spec/FORMAT.md`,
/// section 4.1, has the same table, and `tests/vectors.rs` compares them.
///
/// They are values that inventory programs refuse as ids of a machine: the `blacklist_serials` and
/// `blacklist_macaddresses` of OCS Inventory NG, the `glpi_blacklists` of GLPI with those of FusionInventory, and the
/// `COMMON_MAC_ADDRESSES` of Dell OpenManage Enterprise. The others are the texts of AMI's and Phoenix's firmware ("To Be
/// Filled By O.E.M.", "Default string", "Base Board Serial Number"), dmidecode's "Not Specified", systemd's `uninitialized`
/// machine id, and network addresses that are the same on many machines: QEMU's default (52:54:00:12:34:56), the host's
/// side of VMware's networks (00:50:56:c0:…), Docker's default bridge (02:42:ac:11:…), the loopback adapter and the
/// miniports of Windows, and the adapters of Cisco AnyConnect, Fortinet and GlobalProtect.
pub(crate) const TABLE: &str = "
    assettag baseboardserialnumber chassisserialnumber default defaultstring empty eval iatpass invalid
    na none noassetinformation noassettag notapplicable notavailable notdefined notspecified null nullstring oem oemserial
    productname serialnumber serialnumberxxxxxx systemmanufacturer systemname systemproductname systemserialnumb
    systemserialnumber systemversion tobefilledbyoem tulipcomputers undefined uninitialized unknow unknown

    0123456789 0123456789abcdef 12345 123456 1234567 12345678 123456789 1234567890 123456789000 12345678901234567
    mb1234567890 sn12345 sn123456fvgv3i0b8o5n6n7k sn1234567890 sys1234567890 sys9876543210

    000102030405060708090a0b0c0d0e0f 00020003000400050006000700080009
    01010101010101010101010101010101 03000200040005000006000700080009 6ab5b300538d10149fb5b0684d007b53
    deadbeefdeadbeefdeadbeefdeadbeef fefefefefefefefefefefefefefefefe

    0000ffffffff 0001027d9b1c 005345000000 00059a3c7800 00059a3c7a00 0008a1460635 0008a166e21a 00090faa0001
    00090ffe0001 0009dd103768 000bcafe0000 000bcafe0001 000fea9ae2f0 00105a7271f3 00111185088b 005056c0???? 00a0c6000000
    02000000000a 02000000000b 02004c4f4f50 02004e435049 0242ac11???? 025041000001 028037ec0200 0a0027000000 101111111111
    204153594eff 24b620524153 33506f453030 444553540000 444553540001 44455354616f 505054503030 525400123456 d20a2da004be
    d26b252f2ce7 e2e616200a35 feffffffffff";

/// Seven times the same letter or digit is not an id.
const ALIKE: usize = 7;

/// Whether a value identifies no machine: no bytes, all zeros, all Fs, one character over and over, or a value of the table in
/// any case and with any punctuation.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    if value.iter().all(|byte| *byte == 0xFF) {
        return true;
    }
    // An id in bytes is not compared as text, even if some bytes are letters. Zeros at the end belong to a buffer.
    if !value.iter().all(|byte| matches!(byte, 0 | b'\t' | b'\n' | b'\r' | b' '..=b'~')) {
        return false;
    }
    let reduced = || value.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase);
    let Some(first) = reduced().next() else { return true };
    if reduced().all(|byte| byte == first) && (matches!(first, b'0' | b'f') || reduced().count() >= ALIKE) {
        return true;
    }
    TABLE.split_ascii_whitespace().any(|entry| {
        entry.len() == reduced().count()
            && entry.bytes().zip(reduced()).all(|(known, byte)| known == b'?' || known == byte)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_reduced_and_has_each_value_once() {
        let mut seen = std::collections::BTreeSet::new();
        for entry in TABLE.split_ascii_whitespace() {
            assert!(entry.bytes().all(|byte| matches!(byte, b'?' | b'0'..=b'9' | b'a'..=b'z')), "{entry}");
            assert!(seen.insert(entry), "{entry}");
        }
    }

    #[test]
    fn the_specification_has_the_same_table() {
        let specification = include_str!("../../../spec/FORMAT.md");
        let (_, section) = specification.split_once("### 4.1 Placeholders").unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let listed = section.lines().filter(|line| line.starts_with("    ")).flat_map(str::split_ascii_whitespace);
        assert!(listed.eq(TABLE.split_ascii_whitespace()));
    }
}
