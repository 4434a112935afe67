//! Writes the inputs with which fuzzing begins, from the test vectors and the examples: `seeds FOLDER`.
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).ok_or("usage: seeds FOLDER")?;
    let corpus = Corpus { folder: folder.into(), root: Path::new(env!("CARGO_MANIFEST_DIR")).join("../..") };
    corpus.texts()?;
    corpus.payloads()?;
    corpus.claims()?;
    corpus.standings()?;
    corpus.calls()?;
    corpus.catalogues()?;
    corpus.keys()?;
    corpus.records()?;
    corpus.orders()?;
    corpus.files()?;
    corpus.api()
}

struct Corpus {
    folder: PathBuf,
    root: PathBuf,
}

impl Corpus {
    fn texts(&self) -> Result<()> {
        for file in ["license-keys", "reading", "repair", "verifier", "claims"] {
            for (index, case) in self.cases(file, "cases")?.iter().enumerate() {
                let Some(text) = case["text"].as_str() else { continue };
                self.seed("key_text", file, index, text)?;
                self.seed("repair", file, index, text)?;
            }
        }
        Ok(())
    }

    fn payloads(&self) -> Result<()> {
        for (file, name) in [("license-keys", "signed_payload"), ("claims", "payload")] {
            for (index, case) in self.cases(file, "cases")?.iter().enumerate() {
                if let Some(digits) = case[name].as_str() {
                    self.seed("payload", file, index, bytes(digits)?)?;
                }
            }
        }
        Ok(())
    }

    fn claims(&self) -> Result<()> {
        for file in ["license-keys", "standing"] {
            for (index, case) in self.cases(file, "cases")?.iter().enumerate() {
                self.seed("claims_json", file, index, case["claims"].to_string())?;
            }
        }
        Ok(())
    }

    /// Numbers of all sizes, for the target that reads them as claims and times.
    fn standings(&self) -> Result<()> {
        for byte in [0, 1, 2, 30, 90, 255_u8] {
            let rising = (0..200_u8).map(|index| index.wrapping_mul(byte).wrapping_add(byte));
            self.seed("standing", "rising", usize::from(byte), rising.collect::<Vec<u8>>())?;
        }
        Ok(())
    }

    /// Settings in the first 192 bytes, and one text, or two texts with the byte between them that the target splits at.
    fn calls(&self) -> Result<()> {
        for file in ["license-keys", "repair", "verifier", "claims"] {
            let cases = self.cases(file, "cases")?;
            let texts: Vec<&str> = cases.iter().filter_map(|case| case["text"].as_str()).collect();
            for (index, pair) in texts.windows(2).enumerate() {
                let mut input = vec![u8::try_from(index % 3)?; 192];
                input[..8].fill(0);
                input.extend(if index % 2 == 0 { pair[0].to_owned() } else { pair.join("\u{1E}") }.bytes());
                self.seed("capi", file, index, input)?;
            }
        }
        Ok(())
    }

    fn catalogues(&self) -> Result<()> {
        let catalogues = self.root.join("crates/catalog");
        self.seed("catalogue", "example", 0, fs::read(catalogues.join("example.toml"))?)?;
        self.seed("catalogue", "awkward", 0, fs::read(catalogues.join("tests/constants/awkward.toml"))?)?;
        let mut broken: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(catalogues.join("tests/broken"))? {
            broken.push(entry?.path());
        }
        broken.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        broken.sort();
        for (index, path) in broken.iter().enumerate() {
            self.seed("catalogue", "broken", index, fs::read(path)?)?;
        }
        Ok(())
    }

    fn keys(&self) -> Result<()> {
        for (index, case) in self.cases("public-keys", "cases")?.iter().enumerate() {
            let digits = case["public_key"].as_str().ok_or("a public key in hex")?;
            self.seed("public_key", "hex", index, digits)?;
            self.seed("public_key", "raw", index, bytes(digits)?)?;
            self.seed("public_key", "der", index, bytes(&format!("302a300506032b6570032100{digits}"))?)?;
        }
        self.seed("public_key", "pem", 0, fs::read(self.root.join("examples/vendor.pub"))?)?;
        for (index, (pem, der)) in PRIVATE_KEYS.iter().enumerate() {
            self.seed("private_key", "pem", index, pem)?;
            self.seed("private_key", "der", index, bytes(der)?)?;
        }
        Ok(())
    }

    fn records(&self) -> Result<()> {
        for (index, case) in self.cases("license-keys", "cases")?.iter().enumerate() {
            let claims = &case["claims"];
            let action = ["issue", "reissue", "renewal"][index % 3];
            let mut record = json!({
                "version": 1, "action": action, "serial": claims["serial"],
                "digest": case["license_digest"], "key_id": "ed4242ead4ac6948",
                "issued_at": "2026-11-22T08:00:00Z", "issued_by": "desk", "claims": claims,
                "names": { "product": "Acme Studio", "edition": "Professional", "features": ["Export to PDF"],
                           "limits": [["Projects", 50]] },
                "key": case["text"],
            });
            if index % 2 == 1 {
                record["offer"] = "pro-annual".into();
                record["term"] = "1y".into();
                record["activations"] = "unlimited".into();
                record["replaces"] = "0102030405060708".into();
                record["bridges"] = "a1b2c3d4e5f60718".into();
                record["approval"] = json!({ "by": "lead", "reason": "sold by phone" });
                record["reason"] = "more seats".into();
                record["ticket"] = "T-1".into();
                record["customer"] = "acme".into();
                record["subscription"] = json!({ "id": "sub-1", "name": "Acme's" });
                record["order"] = json!({ "id": "PO-1", "digest": "00112233445566778899aabbccddeeff" });
            }
            self.seed("issue_records", "record", index, record.to_string())?;
        }
        Ok(())
    }

    fn orders(&self) -> Result<()> {
        for (index, orders) in ORDERS.iter().enumerate() {
            self.seed("orders", "orders", index, orders)?;
        }
        Ok(())
    }

    /// Signed files, their payloads, and states without their checksums.
    fn files(&self) -> Result<()> {
        let mut files: Vec<(String, Value)> = Vec::new();
        for mut case in self.cases("files", "files")? {
            files.push((case["kind"].as_str().unwrap_or_default().to_owned(), case["file"].take()));
        }
        for mut case in self.cases("files", "chains")? {
            files.push(("root-set".to_owned(), case["files"][0].take()));
        }
        for (index, (kind, file)) in files.iter().enumerate() {
            let Some(text) = file.as_str() else { continue };
            self.seed("envelope", kind, index, text)?;
            let Ok(envelope) = serde_json::from_str::<Value>(text) else { continue };
            let target = match kind.as_str() {
                "license-file" | "validation-file" => "license_file",
                "root-set" | "trust-bundle" => "trust_bundle",
                "revocation-list" => "revocation_list",
                _ => "time_statement",
            };
            if let Ok(payload) = Base64::decode_vec(envelope["payload"].as_str().unwrap_or_default()) {
                self.seed(target, kind, index, payload)?;
            }
        }
        for (index, case) in self.cases("files", "states")?.iter().enumerate() {
            let state = bytes(case["state"].as_str().ok_or("a state in hex")?)?;
            self.seed(
                "persistent_state",
                "state",
                index,
                state.get(..state.len().saturating_sub(16)).unwrap_or_default(),
            )?;
        }
        Ok(())
    }

    /// The calls of the server, from its own document: each with all its fields, and as its example has it.
    fn api(&self) -> Result<()> {
        let text = fs::read_to_string(self.root.join("crates/server/openapi.json"))?;
        let document: Value = serde_json::from_str(&text)?;
        for (path, calls) in document["paths"].as_object().ok_or("paths")? {
            for (method, call) in calls.as_object().ok_or("calls")? {
                let about =
                    ["licenses", "customers", "activations"].into_iter().zip(["$LICENSE", "$CUSTOMER", "$ACTIVATION"]);
                let about = about.clone().find(|(collection, _)| path.split('/').nth(1) == Some(collection));
                let address = path.replace("{id}", about.map_or("$GENERATOR", |(_, name)| name));
                let name = call["operationId"].as_str().ok_or("an operation has an id")?;
                if method == "get" {
                    let parameters = call["parameters"].as_array().cloned().unwrap_or_default();
                    let filters = parameters.iter().filter(|parameter| parameter["in"] == "query");
                    let filters = filters.filter_map(|filter| Some(format!("{}={}", filter["name"].as_str()?, VALUE)));
                    let filters = filters.collect::<Vec<_>>().join("&");
                    let address = address.replace("{code}", "studio");
                    self.seed("api_query", name, 0, &address)?;
                    self.seed("api_query", name, 1, format!("{address}?limit=1"))?;
                    self.seed("api_query", name, 2, format!("{address}?{filters}"))?;
                    self.seed("api_query", name, 3, format!("{address}%ff?{filters}%ff"))?;
                    continue;
                }
                let schema = &call["requestBody"]["content"]["application/json"]["schema"];
                let all = value(schema, &document).to_string();
                let curl = call["x-codeSamples"][0]["source"].as_str().unwrap_or_default();
                let example = curl.split_once("--json '").map_or("{}", |(_, body)| body.trim_end_matches('\''));
                let example = example.replace("'\"", "").replace("\"'", "").replace("'\\''", "'");
                for (index, body) in [all, example].iter().enumerate() {
                    self.seed("api_body", name, index, format!("{method} {address}\n{body}"))?;
                    self.seed("api_body", name, index + 2, format!("{method} {address} again\n{body}"))?;
                }
            }
        }
        for list in 0..10_u8 {
            self.seed("api_cursor", "genuine", list.into(), [list, list])?;
            self.seed("api_cursor", "of-another", list.into(), [list, (list + 1) % 10])?;
            self.seed("api_cursor", "changed", list.into(), [list, list, 30, b'A', 60, 0])?;
        }
        for file in ["license-keys", "repair", "verifier", "claims"] {
            for (index, case) in self.cases(file, "cases")?.iter().enumerate() {
                let Some(text) = case["text"].as_str() else { continue };
                self.seed("api_key", file, index, text)?;
            }
        }
        Ok(())
    }

    fn cases(&self, file: &str, list: &str) -> Result<Vec<Value>> {
        let text = fs::read_to_string(self.root.join("spec/vectors").join(file).with_extension("json"))?;
        let mut vectors: Value = serde_json::from_str(&text)?;
        Ok(serde_json::from_value(vectors[list].take())?)
    }

    fn seed(&self, target: &str, name: &str, index: usize, input: impl AsRef<[u8]>) -> Result<()> {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{name}-{index}")), input)?;
        Ok(())
    }
}

/// The value of a filter, which is right for some of them.
const VALUE: &str = "$CUSTOMER";

/// A value of that schema, with all its fields.
fn value(schema: &Value, document: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        return value(&document["components"]["schemas"][name], document);
    }
    let alternatives = ["oneOf", "anyOf", "allOf"].iter().find_map(|of| schema[of].as_array());
    if let Some(alternative) = alternatives.and_then(|all| all.iter().find(|schema| schema["type"] != "null")) {
        return value(alternative, document);
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let kind = schema["type"].as_str().or(schema["type"][0].as_str());
    match kind.unwrap_or("object") {
        "object" => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            fields.map(|(name, schema)| (name.clone(), value(schema, document))).collect()
        }
        "array" => json!([value(&schema["items"], document)]),
        "string" => json!("2027-01-01"),
        "boolean" => json!(true),
        _ => json!(2),
    }
}

fn bytes(digits: &str) -> Result<Vec<u8>> {
    let pair = |pair: &[u8]| Ok(u8::from_str_radix(str::from_utf8(pair)?, 16)?);
    digits.as_bytes().chunks(2).map(pair).collect()
}

/// The key of RFC 8410, section 10.3, in versions 1 and 2, and the first of them encrypted under "passphrase".
const PRIVATE_KEYS: [(&str, &str); 3] = [
    (
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
         -----END PRIVATE KEY-----\n",
        "302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842",
    ),
    (
        "-----BEGIN PRIVATE KEY-----\nMHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
         oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\nZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
         -----END PRIVATE KEY-----\n",
        "3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842\
         a01f301d060a2a864886f70d01090914310f0c0d437572646c652043686169727381210019bf44096984cdfe8541bac1\
         67dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
    ),
    (
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\
         MIGaMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAhbokEt3aK4igIBATAM\n\
         BggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQ8jsS99RzhBC7XCJ4FEvKFgRAQH25\n\
         foXGlRebmh6gmFittCkYUZXAduVnM5fJLllSJacNWnchw15Zcvw49WNna3zVN7ac\n\
         g8xXm87h5ThwEO9eKw==\n\
         -----END ENCRYPTED PRIVATE KEY-----\n",
        "30819a305606092a864886f70d01050d3049302806092a864886f70d01050c301b04085ba2412ddda2b88a020101300c\
         06082a864886f70d02090500301d060960864801650304012a0410f23b12f7d4738410bb5c2278144bca160440407db9\
         7e85c695179b9a1ea09858adb429185195c076e5673397c92e595225a70d5a7721c35e5972fc38f563676b7cd537b69c\
         83cc579bcee1e5387010ef5e2b",
    ),
];

const ORDERS: [&str; 6] = [
    "id,offer,seats,licensee,customer\nPO-1,pro-annual,25,Acme Ltd,acme\nPO-2,pro-trial,,,\n",
    "id;product;edition;term;limits;features\r\n1;studio;pro;30d;projects=50 builds=none;export teamwork\r\n",
    "id,renews,reason,approved_by\n\"a,\"\"b\"\"\",0102030405060708,late,\"the lead\"\n\n3,x\n4,\"open\n",
    "{\"id\": \"PO-1\", \"offer\": \"pro-annual\", \"seats\": 25, \"features\": [\"export\"], \"limits\": {\"projects\": null}}\n\
     {\"id\": 2, \"reissues\": \"0102030405060708\", \"through\": \"2027-12-31\", \"reason\": \"x\", \"ticket\": \"T-1\"}\n",
    "\u{FEFF}{\"id\": \"1\", \"product\": \"studio\", \"edition\": \"pro\", \"term\": \"perpetual\", \"kind\": \"trial\"}\n\
     not JSON\n\n{\"id\": \"3\", \"offer\": \"a\", \"fingerprint\": \"017dabd4be1232583e21561d0bcbb30d\"}",
    "{\"id\": \"1\", \"offer\": \"a\", \"from\": \"2026-01-01\", \"grace_days\": 7, \"environment\": \"staging\", \
     \"activations\": \"unlimited\", \"subscription\": \"s\", \"subscription_name\": \"n\"}\n\u{1}\u{1}\n{}\n",
];
