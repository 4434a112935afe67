//! The files of TLS, which are read again when they change.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use axum_server::tls_rustls::RustlsConfig;
use keyward_issuer::terminal_safe_text;

use crate::args::settings::Tls;

/// How often the times of the files are looked at.
const EACH: Duration = Duration::from_secs(10);

/// The files, as they were read last.
#[derive(Debug)]
pub struct Certificates {
    files: Tls,
    config: RustlsConfig,
    changed: Changed,
}

/// When the files were changed last.
type Changed = [Option<SystemTime>; 2];

impl Certificates {
    /// Reads the files.
    pub async fn read(files: &Tls) -> anyhow::Result<Certificates> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // If another provider was chosen before, that one is used.
        let _ = rustls::crypto::CryptoProvider::install_default(provider.as_ref().clone());
        let changed = changed(files);
        let config = RustlsConfig::from_pem_file(&files.certificates, &files.key).await;
        let config = config.with_context(|| unusable(files))?;
        Ok(Certificates { files: files.clone(), config, changed })
    }

    /// The certificates in use.
    pub fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// Reads the files again whenever they have changed, and on SIGHUP. Those that can't be used are left. It never ends.
    pub async fn keep(mut self, mut asked: Asked) {
        loop {
            match tokio::time::timeout(EACH, asked.next()).await {
                Ok(()) => {}
                Err(_) if changed(&self.files) == self.changed => continue,
                Err(_) => {}
            }
            self.changed = changed(&self.files);
            match self.config.reload_from_pem_file(&self.files.certificates, &self.files.key).await {
                Ok(()) => tracing::info!("the files of TLS were read again"),
                Err(error) => tracing::error!(%error, "{}: the certificate in use is kept", unusable(&self.files)),
            }
        }
    }
}

fn unusable(files: &Tls) -> String {
    let shown = |path: &PathBuf| terminal_safe_text(&path.display().to_string());
    format!("the files of TLS can't be used: {}, {}", shown(&files.certificates), shown(&files.key))
}

fn changed(files: &Tls) -> Changed {
    [&files.certificates, &files.key].map(|path| path.metadata().and_then(|found| found.modified()).ok())
}

/// The signal that asks for the files to be read again: SIGHUP.
#[derive(Debug)]
pub struct Asked {
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
}

impl Asked {
    pub fn new() -> std::io::Result<Asked> {
        #[cfg(unix)]
        let asked = Asked { hang_up: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())? };
        #[cfg(not(unix))]
        let asked = Asked {};
        Ok(asked)
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        let _ = self.hang_up.recv().await;
        #[cfg(not(unix))]
        std::future::pending::<()>().await;
    }
}
