//! A license server of one file on axum and sqlx, with the signatures and the writes of the real one, and nothing else.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use axum::{Json, Router};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signature, Signer, SigningKey};
use serde::Deserialize;
use serde_json::{Value as JsonValue, json};
use sha2::{Digest, Sha256};
use sqlx::Row;

use crate::bare::{Bare, Template, Value, hex, random};

/// The seed of the key that signs everything here.
const SEED: [u8; 32] = [7; 32];
/// The bytes of a license key after its serial: claims as long as those of a real one.
const CLAIMS: [u8; 40] = [1; 40];
/// After so long, a machine that asks again is written down again.
const SEEN_AGAIN_MILLIS: i64 = 60_000;

/// What a handler needs.
struct Server {
    bare: Bare,
    template: Template,
    key: SigningKey,
}

#[derive(Deserialize)]
struct Asked {
    key: String,
    machine: String,
}

#[derive(Deserialize)]
struct Ordered {
    customer: String,
}

type Answer = Result<(StatusCode, Json<JsonValue>), StatusCode>;

/// A license key with that serial: its bytes and their signature.
pub fn license_key(serial: &[u8]) -> String {
    let signed = [serial, &CLAIMS].concat();
    let signature = SigningKey::from_bytes(&SEED).sign(&signed).to_bytes();
    format!("{}.{}", Base64UrlUnpadded::encode_string(&signed), Base64UrlUnpadded::encode_string(&signature))
}

/// Serves a database with the tables of the ledger. New licenses are copies of the one in another database.
pub async fn serve(url: &str, template: &str) {
    let template = Bare::open(template).await.template().await;
    let server = Server { bare: Bare::open(url).await, template, key: SigningKey::from_bytes(&SEED) };
    let router = Router::new()
        .route("/v1/validate", post(validate))
        .route("/v1/activate", post(activate))
        .route("/v1/licenses", post(issue))
        .with_state(Arc::new(server));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}/v1", listener.local_addr().unwrap());
    axum::serve(listener, router).await.unwrap();
}

impl Server {
    /// The serial of a genuine key.
    fn verified(&self, key: &str) -> Result<Vec<u8>, StatusCode> {
        let (signed, signature) = key.split_once('.').ok_or(StatusCode::BAD_REQUEST)?;
        let decode = |text: &str| Base64UrlUnpadded::decode_vec(text).map_err(|_| StatusCode::BAD_REQUEST);
        let (mut signed, signature) = (decode(signed)?, decode(signature)?);
        let signature = Signature::from_slice(&signature).map_err(|_| StatusCode::BAD_REQUEST)?;
        let genuine = self.key.verifying_key().verify_strict(&signed, &signature);
        genuine.map_err(|_| StatusCode::CONFLICT)?;
        signed.truncate(8);
        Ok(signed)
    }

    /// The answer to a machine, with a signed file.
    fn answer(&self, status: StatusCode, license: &[u8], activation: &[u8], asked: &Asked) -> Answer {
        let payload = json!({
            "type": "keyward/v1/validation-file", "license": hex(license), "activation": hex(activation),
            "machine": asked.machine, "key": asked.key, "issued_at": now(), "good_through": now() + 259_200_000,
            "outcome": "active", "padding": "x".repeat(300),
        });
        let payload = payload.to_string();
        let signature = self.key.sign(payload.as_bytes());
        // Every signature is verified before it leaves.
        self.key.verifying_key().verify_strict(payload.as_bytes(), &signature).map_err(|_| StatusCode::CONFLICT)?;
        let signature = Base64::encode_string(&signature.to_bytes());
        let file =
            json!({ "payload": Base64::encode_string(payload.as_bytes()), "signatures": [{ "sig": signature }] });
        let license = json!({
            "id": hex(license), "product": "studio", "edition": "pro", "seats": 10, "features": ["export", "teamwork"],
        });
        let activation = json!({ "id": hex(activation), "machine": asked.machine });
        let body = json!({
            "outcome": "active", "usable": true, "message": "the license is active", "license": license,
            "activation": activation, "validation_file": file,
        });
        Ok((status, Json(body)))
    }
}

async fn validate(State(server): State<Arc<Server>>, Json(asked): Json<Asked>) -> Answer {
    let serial = server.verified(&asked.key)?;
    let sql = "select l.id as license, a.id as activation, a.last_seen_at, l.base_state, k.status, l.last_usable_day \
               from license_keys k join licenses l on l.id = k.license join activations a on a.license = l.id \
               where k.serial = $1 and a.machine = $2 and a.released_at is null";
    macro_rules! found {
        ($pool:expr) => {{
            let row = sqlx::query(sql).bind(serial).bind(&asked.machine).fetch_one($pool).await;
            let row = row.map_err(|_| StatusCode::CONFLICT)?;
            (row.get::<Vec<u8>, _>(0), row.get::<Vec<u8>, _>(1), row.get::<i64, _>(2), row.get::<String, _>(3))
        }};
    }
    let (license, activation, seen, state) = match &server.bare {
        Bare::Sqlite { readers, .. } => found!(readers),
        Bare::Postgres(pool) => found!(pool),
    };
    if state != "active" {
        return Err(StatusCode::CONFLICT);
    }
    if now() - seen >= SEEN_AGAIN_MILLIS {
        let sql = "update activations set last_seen_at = $2 where id = $1 and released_at is null";
        let values = vec![Value::Blob(Some(activation.clone())), Value::Integer(Some(now()))];
        server.bare.run(vec![(sql.to_owned(), values)]).await;
    }
    server.answer(StatusCode::OK, &license, &activation, &asked)
}

async fn activate(State(server): State<Arc<Server>>, Json(asked): Json<Asked>) -> Answer {
    let serial = server.verified(&asked.key)?;
    let (id, now) = (random::<16>(), Value::Integer(Some(now())));
    let sql = "select l.id, l.base_state from license_keys k join licenses l on l.id = k.license where k.serial = $1";
    let license: (Vec<u8>, String) = match &server.bare {
        Bare::Sqlite { readers, .. } => sqlx::query_as(sql).bind(serial).fetch_one(readers).await,
        Bare::Postgres(pool) => sqlx::query_as(sql).bind(serial).fetch_one(pool).await,
    }
    .map_err(|_| StatusCode::CONFLICT)?;
    let license = license.0;
    // The limit holds without a lock: the update of a full license changes no row.
    let statements = vec![
        (
            "update licenses set activations = activations + 1, was_activated = 1, base_state = 'active', \
             version = version + 1 where id = $1 and (activation_limit is null or activations < activation_limit)"
                .to_owned(),
            vec![Value::Blob(Some(license.clone()))],
        ),
        (
            "insert into activations (id, license, machine, activated_at, last_seen_at) values ($1, $2, $3, $4, $5)"
                .to_owned(),
            vec![
                Value::Blob(Some(id.clone())),
                Value::Blob(Some(license.clone())),
                Value::Text(Some(asked.machine.clone())),
                now.clone(),
                now.clone(),
            ],
        ),
        entry("activation.created", &license, now),
    ];
    server.bare.run(statements).await;
    server.answer(StatusCode::CREATED, &license, &id, &asked)
}

/// An entry as long as those of the ledger.
fn entry(action: &str, license: &[u8], now: Value) -> (String, Vec<Value>) {
    let text = "x".repeat(900);
    let leaf = Sha256::digest(&text).to_vec();
    let sql =
        "insert into audit_log (at, actor, action, subject, entry, leaf) values ($1, 'a program', $2, $3, $4, $5)";
    let values = vec![
        now,
        Value::Text(Some(action.to_owned())),
        Value::Text(Some(hex(license))),
        Value::Text(Some(text)),
        Value::Blob(Some(leaf)),
    ];
    (sql.to_owned(), values)
}

async fn issue(State(server): State<Arc<Server>>, headers: HeaderMap, Json(ordered): Json<Ordered>) -> Answer {
    let token = headers.get(header::AUTHORIZATION).ok_or(StatusCode::UNAUTHORIZED)?;
    let digest = Sha256::digest(token.as_bytes()).to_vec();
    let known = "select count(*) from tokens where digest = $1";
    let has_email = "select count(*) from customers where email_key = $1";
    macro_rules! looked_up {
        ($pool:expr) => {{
            let token: Result<i64, _> = sqlx::query_scalar(known).bind(digest).fetch_one($pool).await;
            let customer: Result<i64, _> = sqlx::query_scalar(has_email).bind(&ordered.customer).fetch_one($pool).await;
            token.and(customer)
        }};
    }
    let found = match &server.bare {
        Bare::Sqlite { readers, .. } => looked_up!(readers),
        Bare::Postgres(pool) => looked_up!(pool),
    };
    found.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let serial = random::<8>();
    let key = license_key(&serial);
    server.verified(&key)?;
    server.bare.write(&server.template, 1).await;
    Ok((
        StatusCode::CREATED,
        Json(json!({ "serial": hex(&serial), "key": key, "state": "assigned", "product": "studio" })),
    ))
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}
