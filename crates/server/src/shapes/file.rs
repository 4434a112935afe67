use utoipa::ToSchema;

/// A signed file: a DSSE envelope. Programs verify it before they read it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes files that keyward-verifier reads")]
pub(crate) struct SignedFile {
    /// The type of its contents.
    #[schema(rename = "payloadType")]
    payload_type: String,
    /// The contents, in base64.
    payload: String,
    /// The signatures.
    signatures: Vec<FileSignature>,
}

/// A signature.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes files that keyward-verifier reads")]
struct FileSignature {
    /// The id of the signing key.
    keyid: String,
    /// The signature, in base64.
    sig: String,
}
