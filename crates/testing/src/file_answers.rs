//! The verifier's results for the cases of `spec/vectors/files.json`.

use base64ct::{Base64, Encoding};
use chrono::{DateTime, TimeDelta, Utc};
use keyward_verifier::files::{
    FileError, Payload, PersistentState, Reason, RecoverError, RevocationList, Roots, Status, TimeStatement, Trust,
    TrustBundle, Verified,
};
use keyward_verifier::{ClockEvidence, Fingerprint, LicenseDigest, Product, TrustedKey, Verifier};
use serde_json::{Map, Value, json};

/// The lists of cases, in the order of the file.
pub const LISTS: [&str; 10] =
    ["files", "chains", "starts", "evidence", "licenses", "products", "ages", "states", "lists_seen", "recoveries"];

/// The results, with the names of the file.
pub fn answer(list: &str, case: &Value, vectors: &Value) -> Map<String, Value> {
    let answer = match list {
        "files" => file(case, vectors),
        "chains" => chain(case),
        "starts" => start(case),
        "evidence" => evidence(case, vectors),
        "licenses" => license(case, vectors),
        "products" => product(case, vectors),
        "ages" => age(case, vectors),
        "states" => state(case),
        "lists_seen" => lists_seen(case, vectors),
        "recoveries" => recovery(case, vectors),
        _ => panic!("there is no list {list}"),
    };
    answer.as_object().unwrap().clone()
}

fn file(case: &Value, vectors: &Value) -> Value {
    let bytes = carried(case);
    let said = match text(&case["kind"]) {
        "license-file" => trusting(case, vectors, |trust| said(trust.license_file(&bytes), written)),
        "validation-file" => {
            let (now, machine) = (time(&case["now"]), machine(case));
            trusting(case, vectors, |trust| said(trust.validation_file(&bytes, now, machine.as_ref()), written))
        }
        "trust-bundle" => said(roots(&vectors["roots"]).trust_bundle(&bytes), written),
        "time-statement" => trusting(case, vectors, |trust| said(trust.time_statement(&bytes), written)),
        "revocation-list" => {
            trusting(case, vectors, |trust| said(trust.revocation_list(&bytes), |list| list_says(list, case)))
        }
        kind => panic!("there is no kind {kind}"),
    };
    said.unwrap_or_else(|error| json!({ "error": error.code(), "signed_by": null, "says": null }))
}

fn said<T>(opened: Result<Verified<T>, FileError>, says: impl FnOnce(&T) -> Value) -> Result<Value, FileError> {
    let opened = opened?;
    let signed_by: Vec<String> = opened.signed_by().iter().map(ToString::to_string).collect();
    Ok(json!({ "error": null, "signed_by": signed_by, "says": says(&opened) }))
}

/// The payload, written again without unknown fields.
fn written<T: Payload>(payload: &T) -> Value {
    serde_json::from_slice(&payload.to_bytes().unwrap()).unwrap()
}

/// The statuses in a list of the licenses of the case.
fn list_says(list: &RevocationList, case: &Value) -> Value {
    let asked = case["asked"].as_array().unwrap();
    let status = |asked: &Value| (text(asked).to_owned(), json!(list.status_of(&digest(asked)).map(word)));
    let statuses: Map<_, _> = asked.iter().map(status).collect();
    let [issued_at, next_update] = [list.issued_at, list.next_update].map(shown);
    json!({ "sequence": list.sequence, "issued_at": issued_at, "next_update": next_update, "statuses": statuses })
}

fn chain(case: &Value) -> Value {
    let mut trusted = roots(&case["built_in"]);
    let files = case["files"].as_array().unwrap();
    let results: Vec<_> = files
        .iter()
        .map(|file| match trusted.next(text(file).as_bytes()) {
            Ok(next) => {
                trusted = next;
                None
            }
            Err(error) => Some(error.code()),
        })
        .collect();
    json!({ "results": results, "trusted": roots_say(&trusted) })
}

/// The roots of a product, from the built-in ones, the sets in its state and those in files.
fn start(case: &Value) -> Value {
    let start = || {
        let built_in = match case["built_in"]["file"].as_str() {
            Some(file) => Roots::from_built_in_file(file.as_bytes())?,
            None => roots(&case["built_in"]),
        };
        let mut state = Some(&case["state"]).filter(|state| !state.is_null()).map(kept);
        let known = state.as_ref().map_or_else(|| built_in.clone(), |state| state.roots_after(&built_in));
        let files: Vec<_> = case["files"].as_array().unwrap().iter().map(text).collect();
        let reached = known.follow(&files)?;
        state.as_mut().map_or(Ok(()), |state| state.saw_roots(&reached))?;
        Ok(reached)
    };
    let started: Result<Roots, FileError> = start();
    match started {
        Ok(roots) => json!({ "error": null, "roots": roots_say(&roots) }),
        Err(error) => json!({ "error": error.code(), "roots": null }),
    }
}

/// The time for which a file is evidence.
fn evidence(case: &Value, vectors: &Value) -> Value {
    let bytes = carried(case);
    let at = match text(&case["kind"]) {
        "trust-bundle" => roots(&vectors["roots"]).trust_bundle(&bytes).unwrap().evidence_of_time(),
        "license-file" => trusting(case, vectors, |trust| trust.license_file(&bytes).unwrap().evidence_of_time()),
        "validation-file" => {
            trusting(case, vectors, |trust| trust.signed_validation_file(&bytes).unwrap().evidence_of_time())
        }
        "time-statement" => trusting(case, vectors, |trust| trust.time_statement(&bytes).unwrap().evidence_of_time()),
        "revocation-list" => trusting(case, vectors, |trust| trust.revocation_list(&bytes).unwrap().evidence_of_time()),
        kind => panic!("a {kind} is opened by nothing that has a time"),
    };
    json!({ "evidence": at.map(shown) })
}

/// The first refusal of a product that has a validation file or a license, and a list that may be too old. `required` are its
/// validation files, if it requires an activation.
fn product(case: &Value, vectors: &Value) -> Value {
    let (now, machine) = (time(&case["now"]), machine(case));
    let opened = case["validation"]
        .as_str()
        .map(|file| trusting(case, vectors, |trust| trust.validation_file(file.as_bytes(), now, machine.as_ref())));
    let validation = match opened.transpose() {
        Ok(validation) => validation,
        Err(error) => return json!({ "error": error.code() }),
    };
    let mut question = case.clone();
    if let Some(validation) = &validation {
        question["text"] = validation.file.licenses[0].to_string().into();
    }
    let refused = license(&question, vectors);
    if !refused["error"].is_null() {
        return refused;
    }
    let list = case["list"]
        .as_str()
        .map(|list| trusting(case, vectors, |trust| trust.revocation_list(list.as_bytes())).unwrap());
    let most = case["most_seconds"].as_i64().map(TimeDelta::seconds);
    let stale = list.zip(most).and_then(|(list, most)| list.no_older_than(most, now).err());
    json!({ "error": stale.map(|error| error.code()) })
}

fn license(case: &Value, vectors: &Value) -> Value {
    let state = Some(&case["state"]).filter(|state| !state.is_null()).map(kept);
    let list = trusting(case, vectors, |trust| {
        Some(&case["list"]).filter(|list| !list.is_null()).map(|list| trust.revocation_list(text(list).as_bytes()))
    });
    let list = list.transpose().unwrap();
    let keys = plain_keys(case);
    let bundle = case["bundle"].as_str().map(|name| bundle(name, vectors));
    let product = Product(u32::try_from(case["product"].as_u64().unwrap()).unwrap());
    let mut verifier = match &bundle {
        Some(bundle) => Verifier::with_bundle(bundle, product),
        None => Verifier::new(&keys, product),
    };
    if let Some(list) = &list {
        verifier = verifier.revocations(list);
    }
    if let Some(state) = &state {
        verifier = verifier.state(state);
    }
    if let Some(machine) = machine(case) {
        verifier = verifier.machine(machine);
    }
    let files = case["required"].as_array().map(|files| {
        let opened =
            |file| trusting(case, vectors, |trust| trust.signed_validation_file(text(file).as_bytes())).unwrap();
        files.iter().map(opened).collect::<Vec<_>>()
    });
    if let Some(files) = &files {
        verifier = verifier.require_validation(time(&case["now"]), files);
    }
    json!({ "error": verifier.verify(text(&case["text"])).err().map(|error| error.code()) })
}

fn age(case: &Value, vectors: &Value) -> Value {
    let list =
        trusting(case, vectors, |trust| trust.revocation_list(text(&vectors["lists"]["14"]).as_bytes())).unwrap();
    let now = time(&case["now"]);
    let most = TimeDelta::seconds(case["most_seconds"].as_i64().unwrap());
    let error = list.no_older_than(most, now).err().map(|error| error.code());
    json!({ "age_days": list.age_days(now), "error": error })
}

fn state(case: &Value) -> Value {
    let kept = PersistentState::from_bytes(
        &hex::decode(text(&case["state"])).unwrap(),
        machine(case).as_ref(),
        case["writes_known"].as_u64().unwrap(),
    );
    match kept {
        Ok(state) => json!({ "condition": null, "says": {
            "id": state.id(), "writes": state.writes(), "machine": state.machine().map(ToString::to_string),
            "mark": hex::encode(state.mark().to_bytes()), "bundle": state.bundle_version(),
            "bundle_digest": state.bundle_digest().map(|digest| digest.to_string()),
            "list": state.list_sequence(), "list_digest": state.list_digest().map(|digest| digest.to_string()),
            "roots": state.roots_version(), "signers": signers(&state),
            "remembered": remembered(&state, case),
        } }),
        Err(error) => json!({ "condition": error.code(), "says": null }),
    }
}

/// A sequence of lists, bundles and recoveries that a state sees.
fn lists_seen(case: &Value, vectors: &Value) -> Value {
    let mut state = kept(&case["state"]);
    let results: Vec<_> = case["lists"]
        .as_array()
        .unwrap()
        .iter()
        .map(|seen| {
            if let Some(name) = seen["bundle"].as_str() {
                return state.saw_bundle(&bundle(name, vectors)).err().map(|error| error.code());
            }
            if let Some(statement) = seen["statement"].as_str() {
                let open = |trust: Trust<'_>| trust.time_statement(statement.as_bytes());
                return recover(&mut state, &trusting(case, vectors, open).unwrap(), case);
            }
            let open = |trust: Trust<'_>| trust.revocation_list(text(&seen["list"]).as_bytes());
            let held = seen["held"].as_array().unwrap().iter().map(digest);
            let seen = state.saw_list(&trusting(case, vectors, open).unwrap(), held);
            seen.err().map(|error| error.code())
        })
        .collect();
    json!({
        "results": results, "mark": hex::encode(state.mark().to_bytes()), "list": state.list_sequence(), "signers": signers(&state), "remembered": remembered(&state, case)
    })
}

/// The sequence of the newest list of each key that signed one.
fn signers(state: &PersistentState) -> Value {
    let signers = state.list_signers().map(|(key, list)| (key.to_string(), json!(list)));
    Value::Object(signers.collect())
}

fn recovery(case: &Value, vectors: &Value) -> Value {
    let mut state = kept(&case["state"]);
    let opened = trusting(case, vectors, |trust| trust.time_statement(text(&case["statement"]).as_bytes()).unwrap());
    let error = recover(&mut state, &opened, case);
    json!({ "error": error, "mark_after": hex::encode(state.mark().to_bytes()) })
}

/// The code of the refusal of a recovery. Without a clock in the case, it says what the statement says.
fn recover(state: &mut PersistentState, statement: &Verified<TimeStatement>, case: &Value) -> Option<&'static str> {
    let clock = case["clock"].as_str().map_or(statement.issued_at, |clock| clock.parse().unwrap());
    let issued = case["issued"].as_str().map(|issued| issued.parse().unwrap());
    let evidence = issued.into_iter().fold(ClockEvidence::new(clock), ClockEvidence::issued);
    match state.recover(statement, &evidence, |_| Ok::<(), ()>(())) {
        Ok(()) => None,
        Err(RecoverError::Refused(error)) => Some(error.code()),
        Err(error) => panic!("{error:?}"),
    }
}

/// The statuses in the state of the licenses of the case.
fn remembered(state: &PersistentState, case: &Value) -> Value {
    let asked = case["asked"].as_array().unwrap();
    let remembered = asked.iter().map(|asked| {
        let status = state.status_of(&digest(asked)).map(|(status, list)| json!([word(status), list]));
        (text(asked).to_owned(), json!(status))
    });
    Value::Object(remembered.collect())
}

fn carried(case: &Value) -> Vec<u8> {
    let mut bytes = match case["file"].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => Base64::decode_vec(text(&case["file_base64"])).unwrap(),
    };
    if let Some(length) = case["padded_to"].as_u64() {
        bytes.resize(usize::try_from(length).unwrap(), b' ');
    }
    bytes
}

fn trusting<R>(case: &Value, vectors: &Value, open: impl FnOnce(Trust<'_>) -> R) -> R {
    match case["bundle"].as_str() {
        Some(name) => open(Trust::Bundle(&bundle(name, vectors))),
        None => open(Trust::Keys(&plain_keys(case))),
    }
}

fn plain_keys(case: &Value) -> Vec<TrustedKey> {
    keys(case.get("trusted_keys").unwrap_or(&json!([])))
}

fn bundle(name: &str, vectors: &Value) -> Verified<TrustBundle> {
    roots(&vectors["roots"]).trust_bundle(text(&vectors["bundles"][name]).as_bytes()).unwrap()
}

fn roots(roots: &Value) -> Roots {
    let threshold = u8::try_from(roots["threshold"].as_u64().unwrap()).unwrap();
    Roots::built_in(threshold.try_into().unwrap(), keys(&roots["keys"])).unwrap()
}

fn roots_say(roots: &Roots) -> Value {
    let keys: Vec<_> = roots.keys().iter().map(|key| hex::encode(key.to_bytes())).collect();
    json!({ "version": roots.version(), "threshold": roots.threshold(), "keys": keys })
}

fn keys(keys: &Value) -> Vec<TrustedKey> {
    keys.as_array().unwrap().iter().map(|key| TrustedKey::from_hex(text(key)).unwrap()).collect()
}

fn kept(state: &Value) -> PersistentState {
    PersistentState::from_bytes(&hex::decode(text(state)).unwrap(), None, 0).unwrap()
}

fn machine(case: &Value) -> Option<Fingerprint> {
    case["machine"].as_str().map(|machine| machine.parse().unwrap())
}

fn digest(digest: &Value) -> LicenseDigest {
    LicenseDigest::from_bytes(hex::decode(text(digest)).unwrap().try_into().unwrap())
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Revoked(reason) => Reason::code(reason),
        status => status.code(),
    }
}

fn shown(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn time(value: &Value) -> DateTime<Utc> {
    text(value).parse().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a string, and not {value}"))
}
