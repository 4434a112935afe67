//! Tokens of SoftHSM in a temporary folder, made with `softhsm2-util`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::skip::{has_programs, skip};

/// The places of the module in Linux distributions.
const MODULES: [&str; 7] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

/// The PIN has letters that are not in serials, so no output contains it by chance.
pub const PIN: &str = "pin-271828";
const SECURITY_OFFICER_PIN: &str = "31415926";

/// A key on the curve P-256, made for these tests.
pub const P256_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpuu7InTFUSFQ3Fpi
LXvpKacrMhtfCszT+kY5NayL+bahRANCAAQZfgPbRfy3l1/kBnHB+TFVT1ESIzRV
7aYNwXErORshnho7UVfbkDj01STw2RvLyeGM6oTUwegwEA3avPT9iSH3
-----END PRIVATE KEY-----
";

/// A folder with tokens. Its module finds them by the variable `SOFTHSM2_CONF`, which names [`SoftHsm::configuration`].
pub struct SoftHsm {
    pub folder: PathBuf,
    pub module: &'static str,
    _removed_at_the_end: Option<TempDir>,
}

impl SoftHsm {
    /// A folder without tokens. Without SoftHSM, the test is skipped.
    pub fn new(test: &str) -> Option<SoftHsm> {
        if !has_programs(test, &["softhsm2-util"]) {
            return None;
        }
        let Some(module) = MODULES.into_iter().find(|path| Path::new(path).exists()) else {
            skip(test, "there is no module of SoftHSM");
            return None;
        };
        let removed_at_the_end = tempfile::tempdir().unwrap();
        let folder = removed_at_the_end.path().to_owned();
        fs::create_dir(folder.join("tokens")).unwrap();
        let hsm = SoftHsm { folder, module, _removed_at_the_end: Some(removed_at_the_end) };
        let settings = format!("directories.tokendir = {}\nlog.level = ERROR\n", hsm.folder.join("tokens").display());
        fs::write(hsm.configuration(), settings).unwrap();
        fs::write(hsm.pin(), format!("{PIN}\n")).unwrap();
        Some(hsm)
    }

    /// A folder that [`SoftHsm::new`] made in another process.
    pub fn made_in(folder: PathBuf) -> SoftHsm {
        let module = MODULES.into_iter().find(|path| Path::new(path).exists()).unwrap();
        SoftHsm { folder, module, _removed_at_the_end: None }
    }

    pub fn configuration(&self) -> PathBuf {
        self.folder.join("softhsm2.conf")
    }

    /// The file with the right PIN.
    pub fn pin(&self) -> PathBuf {
        self.folder.join("pin")
    }

    /// The URI with these attributes, the right PIN, and the module.
    pub fn uri(&self, attributes: &str) -> String {
        format!("pkcs11:{attributes}?pin-source={}&module-path={}", self.pin().display(), self.module)
    }

    pub fn add_token(&self, label: &str) {
        let so_pin = SECURITY_OFFICER_PIN;
        self.run(&["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", so_pin]);
    }

    /// Puts the key, in PEM, into a token, with the public key beside it.
    pub fn import(&self, token: &str, pem: &str, label: &str, id: &str) {
        self.import_with(&[], token, pem, label, id);
    }

    pub fn import_without_public(&self, token: &str, pem: &str, label: &str, id: &str) {
        self.import_with(&["--no-public-key"], token, pem, label, id);
    }

    /// Like `import`, for a token that already has a key with the same id.
    pub fn import_again(&self, token: &str, pem: &str, label: &str, id: &str) {
        self.import_with(&["--force"], token, pem, label, id);
    }

    fn import_with(&self, how: &[&str], token: &str, pem: &str, label: &str, id: &str) {
        let file = self.folder.join("imported.key");
        fs::write(&file, pem).unwrap();
        let what = ["--import", file.to_str().unwrap(), "--token", token, "--label", label, "--id", id, "--pin", PIN];
        self.run(&[&what, how].concat());
        fs::remove_file(&file).unwrap();
    }

    /// The token with all objects in it.
    pub fn delete(&self, token: &str) {
        self.run(&["--delete-token", "--token", token]);
    }

    fn run(&self, arguments: &[&str]) {
        let ended = Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", self.configuration()).output();
        let ended = ended.unwrap();
        assert!(ended.status.success(), "{arguments:?}: {ended:?}");
    }
}
