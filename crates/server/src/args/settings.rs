//! `server.toml` in the folder of the server: what a machine needs. All else is in the database.

use std::fs;
use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ipnet::IpNet;
use keyward_issuer::{Environment, Overwrite, terminal_safe_text, write_private};
use serde::Deserialize;

/// The settings, as they are written on first start.
const FIRST: &str = include_str!("server.toml");

/// The name of the file.
const FILE: &str = "server.toml";

/// The settings of the server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The environments that it serves. The first is the one of addresses that name none.
    pub environments: Vec<EnvironmentName>,
    /// Networks of proxies, whose `X-Forwarded-For` counts.
    #[serde(default)]
    pub proxies: Vec<IpNet>,
    /// Limits of calls.
    #[serde(default)]
    pub limits: LimitSettings,
    /// Bounds of connections.
    #[serde(default)]
    pub connections: Bounds,
    /// TLS without a proxy.
    pub tls: Option<Tls>,
    /// Where `/metrics` is, for Prometheus.
    pub metrics: Option<SocketAddr>,
}

/// Bounds of connections, so that slow clients keep no others out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// How many there are at a time. A further one is closed at once.
    pub most: NonZeroU16,
    /// How long the head of a request may take, the first one's with what precedes it, and how long a connection waits for it.
    pub head_seconds: NonZeroU16,
    /// How long a call may take, with its body.
    pub call_seconds: NonZeroU16,
    /// How long nothing may be received or sent.
    pub idle_seconds: NonZeroU16,
}

impl Default for Bounds {
    fn default() -> Bounds {
        let bound = |bound| NonZeroU16::new(bound).unwrap_or(NonZeroU16::MIN);
        Bounds { most: bound(2_000), head_seconds: bound(30), call_seconds: bound(30), idle_seconds: bound(60) }
    }
}

/// How many calls are answered in a minute.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// From one address; of IPv6, from one /64.
    pub per_address: NonZeroU32,
    /// With one license key for one machine.
    pub per_machine: NonZeroU32,
    /// With one license key, before its machines are added.
    pub per_license: NonZeroU32,
    /// With one license key, for each machine that uses the license.
    pub per_slot: u32,
}

impl Default for LimitSettings {
    fn default() -> LimitSettings {
        let rate = |rate| NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN);
        let (per_address, per_machine, per_license) = (rate(600), rate(60), rate(60));
        LimitSettings { per_address, per_machine, per_license, per_slot: 4 }
    }
}

/// The files of TLS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificates, the server's own first.
    pub certificates: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The name of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentName {
    Production,
    Staging,
    Development,
}

impl From<EnvironmentName> for Environment {
    fn from(name: EnvironmentName) -> Environment {
        match name {
            EnvironmentName::Production => Environment::Production,
            EnvironmentName::Staging => Environment::Staging,
            EnvironmentName::Development => Environment::Development,
        }
    }
}

impl Settings {
    /// The settings in that folder. On first start they are written there.
    pub fn of(folder: &Path) -> anyhow::Result<Settings> {
        let path = folder.join(FILE);
        let shown = terminal_safe_text(&path.display().to_string());
        if !path.exists() {
            write_private(&path, FIRST, Overwrite::Never).with_context(|| shown.clone())?;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("{shown} can't be read"))?;
        let settings: Settings = toml::from_str(&text).with_context(|| shown.clone())?;
        let mut seen = Vec::new();
        for name in &settings.environments {
            if seen.contains(name) {
                bail!("{shown}: an environment is there twice: name each once");
            }
            seen.push(*name);
        }
        if settings.environments.is_empty() {
            bail!("{shown}: no environment is named: name at least one, such as environments = [\"production\"]");
        }
        Ok(settings)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_first_settings_listen_on_loopback_alone() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::of(folder.path()).unwrap();
        assert!(settings.listen.ip().is_loopback());
        assert_eq!(settings.environments, [EnvironmentName::Production]);
        assert!(settings.tls.is_none());
    }

    #[test]
    fn unknown_settings_and_doubled_environments_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for (text, part) in [
            ("listen = \"127.0.0.1:1\"\nenvironments = [\"production\"]\nlisten_on = 3\n", "listen_on"),
            ("listen = \"127.0.0.1:1\"\nenvironments = [\"staging\"]\n[limits]\nper_address = 0\n", "per_address"),
            ("listen = \"127.0.0.1:1\"\nenvironments = [\"staging\"]\n[connections]\nmost = 0\n", "most"),
            ("listen = \"127.0.0.1:1\"\nenvironments = [\"staging\"]\nproxies = [\"10.0.0.0\"]\n", "proxies"),
            ("listen = \"127.0.0.1:1\"\nenvironments = [\"staging\", \"staging\"]\n", "twice"),
            ("listen = \"127.0.0.1:1\"\nenvironments = []\n", "at least one"),
        ] {
            fs::write(&path, text).unwrap();
            let error = format!("{:#}", Settings::of(folder.path()).unwrap_err());
            assert!(error.contains(part), "{error}");
        }
    }
}
