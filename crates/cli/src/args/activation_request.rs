use std::ffi::OsString;

use anyhow::Context;
use keyward_issuer::{ActivationRequest, ActivationRequestError};
use keyward_verifier::TypedRequest;

use crate::args::key_argument::has_groups_alone;
use crate::io::failure::usage;
use crate::io::source::Source;
use crate::io::streams::Streams;

/// An argument that gives an activation request.
#[derive(Debug, Clone)]
pub enum RequestArgument {
    /// The text itself, perhaps damaged.
    Text(String),
    /// The source of the text.
    Source(Source),
}

/// The text of a request is taken as the request, even if a file has that name.
impl From<OsString> for RequestArgument {
    fn from(argument: OsString) -> RequestArgument {
        let text = argument.to_string_lossy().into_owned();
        let may_be_one = match ActivationRequest::from_typed(&text) {
            Ok(_) => return RequestArgument::Text(text),
            Err(ActivationRequestError::Groups { .. }) => has_groups_alone(&text),
            Err(ActivationRequestError::TooLong { .. }) => false,
            Err(_) => true,
        };
        match Source::try_from(argument) {
            Ok(Source::Path(path)) if !path.exists() && may_be_one => RequestArgument::Text(text),
            Ok(source) => RequestArgument::Source(source),
            Err(_) => RequestArgument::Text(text),
        }
    }
}

impl RequestArgument {
    /// The source of the text, unless the argument is the text.
    pub const fn source(&self) -> Option<&Source> {
        match self {
            RequestArgument::Text(_) => None,
            RequestArgument::Source(source) => Some(source),
        }
    }

    /// Reads the request. A repair is told, since no signature confirms it.
    pub fn read(&self, streams: &mut Streams<'_>) -> anyhow::Result<ActivationRequest> {
        let typed = match self {
            RequestArgument::Text(text) => {
                ActivationRequest::from_typed(text).map_err(|error| usage(error.to_string()))?
            }
            RequestArgument::Source(source) => {
                let text = source.read()?;
                ActivationRequest::from_typed(&String::from_utf8_lossy(&text)).with_context(|| source.to_string())?
            }
        };
        if let Some(sentence) = repaired(&typed) {
            writeln!(streams.messages, "{sentence}")?;
        }
        Ok(typed.request)
    }
}

/// What was repaired, in one sentence.
pub fn repaired(typed: &TypedRequest) -> Option<String> {
    let repairs: Vec<String> = typed.repairs.iter().map(ToString::to_string).collect();
    (!repairs.is_empty())
        .then(|| format!("The activation request was repaired: {}. Compare it with the product's.", repairs.join("; ")))
}
