//! What a command asks of a ledger: of the ledger itself, or of the server that has it open.
//!
//! A SQLite file belongs to one process. A server listens on a socket in its folder, which only the user of the server can reach;
//! a command that finds the file in use asks there. A request and its answer are one line of JSON each.

use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, Utc};
use keyward_issuer::Environment;
use keyward_ledger::{By, Ledger, LedgerError, Name, Scopes, Token};
use keyward_server::Clock;
use serde::{Deserialize, Serialize};

use crate::args::ledger::Place;

/// A request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Make a token.
    CreateToken {
        environment: String,
        name: String,
        scopes: String,
        expires_at: Option<DateTime<Utc>>,
        /// The user who asks.
        actor: String,
    },
    /// List the tokens.
    ListTokens { environment: String },
    /// End a token.
    EndToken {
        environment: String,
        token: String,
        /// The user who asks.
        actor: String,
    },
    /// Say whether the databases can be used.
    Health,
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A new token, with its text.
    Created {
        /// The token.
        token: TokenInfo,
        /// Its text, which is shown once.
        text: String,
    },
    /// A token that has ended.
    Ended(TokenInfo),
    /// All tokens.
    Tokens(Vec<TokenInfo>),
    /// The databases can be used.
    Healthy,
    /// Nothing was done.
    Error(String),
}

/// A token, as commands show it.
#[derive(Debug, Serialize, Deserialize)]
pub struct TokenInfo {
    pub id: String,
    pub name: String,
    pub scopes: Vec<String>,
    pub expires_at: Option<String>,
    pub ended_at: Option<String>,
    pub created_at: String,
    pub created_by: String,
}

impl From<&Token> for TokenInfo {
    fn from(token: &Token) -> TokenInfo {
        TokenInfo {
            id: token.id.to_string(),
            name: token.name.clone(),
            scopes: token.scopes.as_slice().iter().map(ToString::to_string).collect(),
            expires_at: token.expires_at.map(time),
            ended_at: token.ended_at.map(time),
            created_at: time(token.created_at),
            created_by: token.created_by.clone(),
        }
    }
}

fn time(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis).unwrap_or_default().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

impl Request {
    /// The environment whose ledger is asked, if it is one.
    fn environment(&self) -> Option<&str> {
        match self {
            Request::CreateToken { environment, .. }
            | Request::ListTokens { environment }
            | Request::EndToken { environment, .. } => Some(environment),
            Request::Health => None,
        }
    }

    /// Asks the server of that folder; `None` if there is none.
    pub async fn ask_server(&self, data: &Path) -> anyhow::Result<Option<Answer>> {
        match socket::ask(data, self).await? {
            Some(Answer::Error(message)) => Err(anyhow::Error::msg(message)),
            answer => Ok(answer),
        }
    }

    /// Asks the ledger, or the server that has it open.
    pub async fn ask(&self, place: &Place) -> anyhow::Result<Answer> {
        let answer = match place.open().await {
            Ok(ledger) => {
                let answer = self.carry_out(&ledger, Clock::system().now()).await;
                ledger.close().await;
                answer?
            }
            Err(error) => match place.folder().and_then(Path::parent).filter(|_| is_in_use(&error)) {
                Some(data) => return self.ask_server(data).await?.ok_or(error),
                None => return Err(error),
            },
        };
        match answer {
            Answer::Error(message) => Err(anyhow::Error::msg(message)),
            answer => Ok(answer),
        }
    }

    /// Carries it out.
    async fn carry_out(&self, ledger: &Ledger, now: DateTime<Utc>) -> anyhow::Result<Answer> {
        match self {
            Request::CreateToken { name, scopes, expires_at, actor, .. } => {
                let (name, scopes): (Name, Scopes) = (name.parse()?, scopes.parse()?);
                let (token, text) = ledger.create_token(&name, scopes, *expires_at, &By::new(actor, now)).await?;
                Ok(Answer::Created { token: TokenInfo::from(&token), text: text.reveal().to_owned() })
            }
            Request::ListTokens { .. } => {
                Ok(Answer::Tokens(ledger.tokens().await?.iter().map(TokenInfo::from).collect()))
            }
            Request::EndToken { token, actor, .. } => {
                let token = ledger.end_token(token.parse()?, &By::new(actor, now)).await?;
                Ok(Answer::Ended(TokenInfo::from(&token)))
            }
            Request::Health => {
                ledger.catalog_number().await?;
                Ok(Answer::Healthy)
            }
        }
    }
}

fn is_in_use(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<LedgerError>(), Some(LedgerError::InUse { .. }))
}

pub use socket::Socket;

#[cfg(unix)]
mod socket {
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::time::Duration;

    use keyward_server::Service;
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{UnixListener, UnixStream};

    use super::{Answer, Context, Environment, Request};

    /// The name of the socket in the folder of the server.
    const NAME: &str = "control.sock";

    /// The most bytes of a request.
    const MAX_REQUEST: u64 = 1 << 16;

    /// How long a request, or an answer, may take.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// The socket of a server. Dropped, it is removed.
    #[derive(Debug)]
    pub struct Socket {
        path: PathBuf,
        listener: UnixListener,
    }

    impl Socket {
        /// Makes the socket in the folder of the server, whose ledger is open: no other server has the folder.
        pub fn make(data: &Path) -> anyhow::Result<Socket> {
            let path = data.join(NAME);
            // One that a server left which was killed.
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
            let listener = UnixListener::bind(&path)?;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
            Ok(Socket { path, listener })
        }

        /// Answers commands, one after the other. It never ends.
        pub async fn serve(self, service: Arc<Service>) {
            loop {
                let Ok((stream, _)) = self.listener.accept().await else { continue };
                // A command that does not go on is left alone.
                if let Ok(Err(error)) = tokio::time::timeout(PATIENCE, answer(stream, &service)).await {
                    tracing::warn!(%error, "a command could not be answered");
                }
            }
        }
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    async fn answer(mut stream: UnixStream, service: &Service) -> anyhow::Result<()> {
        let (read, mut write) = stream.split();
        let mut line = String::new();
        BufReader::new(read.take(MAX_REQUEST)).read_line(&mut line).await?;
        let answer = match carry_out(&line, service).await {
            Ok(answer) => answer,
            Err(error) => Answer::Error(format!("{error:#}")),
        };
        write.write_all(format!("{}\n", serde_json::to_string(&answer)?).as_bytes()).await?;
        Ok(write.shutdown().await?)
    }

    async fn carry_out(line: &str, service: &Service) -> anyhow::Result<Answer> {
        let request: Request =
            serde_json::from_str(line).context("the server and the command are of different versions")?;
        let asked = |environment: Environment| request.environment().is_none_or(|name| environment.to_string() == name);
        let mut answer = None;
        for served in service.environments().iter().filter(|served| asked(served.environment())) {
            answer = Some(request.carry_out(&served.ledger, service.now()).await?);
        }
        answer.with_context(|| format!("this server does not serve {}", request.environment().unwrap_or_default()))
    }

    /// Asks the server that has the ledger open; `None` if there is no socket.
    pub(super) async fn ask(data: &Path, request: &Request) -> anyhow::Result<Option<Answer>> {
        let Ok(mut stream) = UnixStream::connect(data.join(NAME)).await else { return Ok(None) };
        let exchange = async {
            stream.write_all(format!("{}\n", serde_json::to_string(request)?).as_bytes()).await?;
            let mut line = String::new();
            BufReader::new(&mut stream).read_line(&mut line).await?;
            serde_json::from_str(&line).context("the server and the command are of different versions")
        };
        let answer = tokio::time::timeout(PATIENCE, exchange).await.context("the server does not answer")?;
        answer.map(Some)
    }
}

#[cfg(not(unix))]
mod socket {
    use std::path::Path;
    use std::sync::Arc;

    use keyward_server::Service;

    use super::{Answer, Request};

    /// Without Unix there is no socket: the server has to be stopped for a command.
    #[derive(Debug)]
    pub struct Socket;

    impl Socket {
        pub fn make(_: &Path) -> anyhow::Result<Socket> {
            Ok(Socket)
        }

        pub async fn serve(self, _: Arc<Service>) {
            std::future::pending().await
        }
    }

    pub(super) async fn ask(_: &Path, _: &Request) -> anyhow::Result<Option<Answer>> {
        Ok(None)
    }
}
