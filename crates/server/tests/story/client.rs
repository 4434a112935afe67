//! A client that calls the servers, one after the other.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{HeaderMap, Method, header};
use serde_json::Value;

use super::call::{Call, Target};

pub struct Client {
    targets: Vec<Target>,
    next: AtomicUsize,
    /// A token for production with all scopes.
    pub manager: String,
}

impl Client {
    /// A client of these servers, with this token.
    pub fn new(targets: Vec<Target>, manager: String) -> Client {
        Client { targets, next: AtomicUsize::new(0), manager }
    }

    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str, body: Value) -> Call {
        self.call(Method::POST, path).json(&body)
    }

    pub fn patch(&self, path: &str, body: Value) -> Call {
        self.call(Method::PATCH, path).json(&body)
    }

    pub fn put(&self, path: &str, body: Value) -> Call {
        self.call(Method::PUT, path).json(&body)
    }

    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// A call with the token for all, to the next server. `path` is that below `/v1`, or begins with the name of an environment.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let is_whole =
            ["/production/", "/staging/", "/v1/", "/healthz", "/readyz"].iter().any(|start| path.starts_with(start));
        let path = if is_whole { path.to_owned() } else { format!("/v1{path}") };
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, format!("Bearer {}", self.manager).parse().unwrap());
        let target = self.next.fetch_add(1, Ordering::Relaxed) % self.targets.len();
        Call { target: self.targets[target].clone(), method, path, headers, body: Vec::new() }
    }

    /// A license that was sold to Acme, with its whole key. The fields of `more` are added to the order.
    pub async fn sold(&self, more: Value) -> Value {
        let mut order = serde_json::json!({
            "offer": "pro-annual", "licensee": "Acme Ltd",
            "customer": { "name": "Acme Ltd", "email": "it@acme.example" },
        });
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post("/licenses", order).await.is(201)
    }

    /// How many rows a list has, on all its pages.
    pub async fn count(&self, list: &str) -> usize {
        let (mut count, mut page) = (0, format!("{list}?limit=200"));
        loop {
            let found = self.get(&page).await.is(200);
            count += found["data"].as_array().unwrap().len();
            let Some(next) = found["next"].as_str() else { return count };
            page = format!("{list}?limit=200&after={next}");
        }
    }
}
