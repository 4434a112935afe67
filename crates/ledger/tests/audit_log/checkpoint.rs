use base64ct::{Base64, Encoding};
use keyward_issuer::signature::{self, Signer};
use keyward_issuer::{Signature, SigningKey};
use keyward_ledger::audit::{CheckpointError, CheckpointKey, CheckpointSignError, NoteError, TreeHead};

use crate::brute_force;
use crate::kit::{ORIGIN, checkpoint, head, key, key_of, signed, signing_key};

#[test]
fn a_checkpoint_is_three_lines_and_a_signature() {
    let entries = [b"first".to_vec(), b"second".to_vec()];
    let head = head(&entries);
    let note = signed(head);
    let root = Base64::encode_string(&brute_force::root(&entries));
    let (text, line) = note.split_once("\n\n").unwrap();
    assert_eq!(text, format!("{ORIGIN}\n2\n{root}"));
    assert!(line.starts_with(&format!("— {ORIGIN} ")) && line.ends_with('\n'), "{note}");
    assert_eq!(key().open(&note), Ok(checkpoint(head)));
    assert_eq!(key().open(note.as_bytes()), Ok(checkpoint(head)));
}

/// The notes of C2SP's and of Go's documentation are no checkpoints: they are refused by what they say, after the signature.
#[test]
fn the_signatures_of_published_notes_are_good() {
    let foo: CheckpointKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".parse().unwrap();
    let note = "This is an example message.\n\n— example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    assert!(matches!(foo.open(note), Err(CheckpointError::Text { line: 1, .. })));
    assert_eq!(foo.open(note.replace("This", "That")), Err(CheckpointError::BadSignature));

    let neumann: CheckpointKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
    let note = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    assert!(matches!(neumann.open(note), Err(CheckpointError::Text { line: 2, .. })));
    assert!(matches!(foo.open(note), Err(CheckpointError::UnknownKey { .. })));
}

#[test]
fn a_key_with_the_same_id_does_not_sign_for_the_log() {
    // Names and ids are public: the line of another key can claim both.
    let note = signed(head(&["first"]));
    let (text, line) = note.split_once("\n\n").unwrap();
    let (_, ours) = line.rsplit_once(' ').unwrap();
    let forged = key_of(ORIGIN, 2);
    let forger = checkpoint(head(&["forged"])).sign(&signing_key(2), &forged).unwrap();
    let forged_text = forger.split_once("\n\n").unwrap().0;
    assert!(matches!(key().open(&forger), Err(CheckpointError::UnknownKey { .. })));
    let with_our_line = format!("{forged_text}\n\n— {ORIGIN} {ours}");
    assert_eq!(key().open(with_our_line), Err(CheckpointError::BadSignature));
    assert!(key().open(format!("{text}\n\n{line}")).is_ok());
}

#[test]
fn a_note_has_bounds() {
    let note = signed(head(&["first"]));
    let witness = |index: usize| format!("— witness{index}.example AAAAAAA=\n");
    let with = |count: usize| note.clone() + &(0..count).map(witness).collect::<String>();
    assert!(key().open(with(99)).is_ok());
    assert_eq!(key().open(with(100)), Err(CheckpointError::NotANote(NoteError::TooManySignatures)));

    let long = |bytes: usize| {
        let line = |name: usize| format!("— {} AAAAAAA=\n", "w".repeat(name));
        let rest = bytes - note.len() - line(0).len();
        note.clone() + &line(rest)
    };
    assert_eq!(long(65_536).len(), 65_536);
    assert!(key().open(long(65_536)).is_ok());
    assert_eq!(key().open(long(65_537)), Err(CheckpointError::NotANote(NoteError::TooLong { bytes: 65_537 })));
}

#[test]
fn sizes_are_any_64_bit_number() {
    for size in [0, 1, 9, 10, u64::MAX] {
        let head = TreeHead { size, ..head(&["first"]) };
        assert_eq!(key().open(signed(head)), Ok(checkpoint(head)));
    }
}

#[test]
fn a_checkpoint_of_another_log_is_not_signed() {
    let other = key_of("licenses.example.com/staging", 1);
    let error = checkpoint(head(&["first"])).sign(&signing_key(1), &other).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the checkpoint is one of the audit log licenses.example.com/audit, and the key is that of \
         licenses.example.com/staging"
    );
}

#[test]
fn a_wrong_signature_does_not_leave() {
    struct Faulty(SigningKey, usize);
    impl Signer<Signature> for Faulty {
        fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
            let mut bytes = self.0.sign(message).to_bytes();
            bytes[self.1 / 8] ^= 1 << (self.1 % 8);
            Ok(Signature::from_bytes(&bytes))
        }
    }
    struct Gone;
    impl Signer<Signature> for Gone {
        fn try_sign(&self, _: &[u8]) -> Result<Signature, signature::Error> {
            Err(signature::Error::new())
        }
    }
    let checkpoint = checkpoint(head(&["first"]));
    for bit in 0..512 {
        let found = checkpoint.sign(&Faulty(signing_key(1), bit), &key());
        assert_eq!(found, Err(CheckpointSignError::WrongSignature));
    }
    assert_eq!(checkpoint.sign(&signing_key(2), &key()), Err(CheckpointSignError::WrongSignature));
    assert_eq!(checkpoint.sign(&Gone, &key()), Err(CheckpointSignError::Signer));
}
