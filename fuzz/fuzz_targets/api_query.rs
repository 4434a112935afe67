//! Any address to read from, with any filters.
#![no_main]

use std::cell::RefCell;

use keyward_fuzz_server::{Call, Reply, Server};
use libfuzzer_sys::{Corpus, fuzz_target};

thread_local! {
    static SERVER: RefCell<Server> = RefCell::new(Server::new());
}

// `/licenses?limit=2&customer=$CUSTOMER`
fuzz_target!(|address: &str| -> Corpus {
    if !address.starts_with('/') {
        return Corpus::Reject;
    }
    SERVER.with_borrow_mut(|server| {
        let call = Call::get(&server.named(address));
        let Some(reply) = server.ask(&call) else { return Corpus::Reject };
        if let Some(following) = reply.body["next"].as_str().and_then(|next| following(&call, next)) {
            let page = server.ask(&following).expect("a list has a next page");
            assert!(page.status.is_success(), "{following:?}: {page:?}");
            let rows = |page: &Reply| page.body["data"].as_array().cloned().unwrap_or_default();
            let (rows, next) = (rows(&reply), rows(&page));
            assert!(!rows.is_empty() && !next.is_empty(), "{call:?}: a page without rows");
            assert!(next.iter().all(|row| !rows.contains(row)), "{call:?}: a row on two pages");
        }
        server.settle();
        Corpus::Keep
    })
});

/// The call for the next page; `None` for an address whose names may be written with percent signs.
fn following(call: &Call, next: &str) -> Option<Call> {
    let (path, query) = call.address.split_once('?').unwrap_or((&call.address, ""));
    let is_other = |part: &&str| !part.is_empty() && !part.starts_with("after=");
    let kept: String = query.split('&').filter(is_other).map(|part| format!("{part}&")).collect();
    (!query.contains('%')).then(|| Call::get(&format!("{path}?{kept}after={next}")))
}
