//! Places in a body, as JSON pointers (RFC 6901).

/// The name of a field. What is no name may be a license key.
pub(super) fn shown(name: &str) -> &str {
    let is_name = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if is_name { name } else { "…" }
}

/// The place of the field of that name, below another.
pub(super) fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", shown(name))
}
