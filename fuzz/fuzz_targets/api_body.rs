//! Any body to each call of the API that changes something or is asked by a product.
#![no_main]

use std::cell::RefCell;
use std::sync::LazyLock;

use axum::http::Method;
use keyward_fuzz::{Dice, changed_json};
use keyward_fuzz_server::{Call, Caller, Server};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};

thread_local! {
    static SERVER: RefCell<Server> = RefCell::new(Server::new());
}

/// The calls of products, which are carried out each time.
const PRODUCTS: [&str; 4] = ["/validate", "/activate", "/deactivate", "/activation-requests"];

// In the first line are the call and, if the request is sent twice, its `Idempotency-Key`: `post /licenses/$LICENSE/revoke again`.
// The rest is the body.
fuzz_target!(|input: &str| -> Corpus {
    let Some(call) = SERVER.with_borrow(|server| call(&server.named(input))) else { return Corpus::Reject };
    SERVER.with_borrow_mut(|server| {
        let Some(reply) = server.ask(&call) else { return Corpus::Reject };
        if call.once.is_some() && call.method == Method::POST && !PRODUCTS.contains(&call.address.as_str()) {
            let again = server.ask(&call).expect("it was sent before");
            assert_eq!(again.status, reply.status, "{call:?}: {reply:?}, and then {again:?}");
            assert_eq!(again.body["id"], reply.body["id"], "{call:?}: {reply:?}, and then {again:?}");
        }
        server.settle();
        Corpus::Keep
    })
});

fn call(input: &str) -> Option<Call> {
    let (line, body) = input.split_once('\n')?;
    let mut words = line.splitn(3, ' ');
    let method = Method::from_bytes(words.next()?.to_uppercase().as_bytes()).ok()?;
    let (address, once) = (words.next()?.to_owned(), words.next().map(str::to_owned));
    address.starts_with('/').then(|| Call { caller: Caller::Program, method, address, once, body: body.into() })
}

/// The first lines of inputs: each call about each thing that it can be about.
static LINES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let calls = Call::documented(&["post", "put", "patch", "delete"]);
    let about = |call: &String| -> Vec<String> {
        let collection = call.split('/').nth(1).unwrap_or_default();
        let names: &[&str] = match collection {
            "licenses" => &["$LICENSE", "$ASSIGNED", "$AVAILABLE", "$SUSPENDED", "$REVOKED"],
            "customers" => &["$CUSTOMER", "$OTHER"],
            "activations" => &["$ACTIVATION"],
            _ => &["$GENERATOR"],
        };
        names.iter().map(|name| call.replace("{id}", name)).collect()
    };
    calls.iter().flat_map(about).collect()
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice::new(seed);
    let body = data[..size].iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if body == 0 || dice.below(8) == 0 {
        let again = if dice.below(4) == 0 { " again" } else { "" };
        let mut input = format!("{}{again}\n", LINES[dice.below(LINES.len())]).into_bytes();
        input.extend(&data[body..size]);
        input.truncate(max_size);
        data[..input.len()].copy_from_slice(&input);
        return input.len();
    }
    let (data, size, max_size) = (&mut data[body..], size - body, max_size - body);
    let changed = if dice.below(3) > 0 { changed_json(data, size, max_size, &mut dice) } else { None };
    body + changed.unwrap_or_else(|| fuzzer_mutate(data, size, max_size))
});
