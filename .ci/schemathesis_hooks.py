"""What schemathesis can't know of the API. `.ci/schemathesis.toml` names this file."""

import re
import uuid

import schemathesis

# Codes of problems that are about the form of a request. A request that is valid by its schema never has them.
FORM = {
    "duplicate-field", "invalid-day", "invalid-id", "invalid-idempotency-key", "invalid-if-match", "invalid-limit",
    "invalid-query", "invalid-value", "malformed-json", "missing-field", "not-json", "unknown-field",
}


@schemathesis.check
def the_schema_states_the_form(context, response, case):
    """A request that is valid by its schema is refused only for a rule."""
    if response.status_code not in (400, 422) or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    code = response.json()["code"]
    # Schemathesis takes an empty header for a missing one. The server doesn't: a change without its condition could be wrong.
    if code == "invalid-if-match" and (case.headers or {}).get("If-Match") == "":
        return
    assert code not in FORM, f"valid by its schema, and refused with {code}: {response.json()['detail']}"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Each request has an Idempotency-Key of its own, as the document asks. A key of the wrong form stays as it is."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch(r"[!-~]([ -~]*[!-~])?", key) and len(key) <= 200:
        case.headers["Idempotency-Key"] = f"{key}{uuid.uuid4()}"
