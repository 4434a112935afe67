//! Cursors that are changed, made up, or of another list.
#![no_main]

use std::cell::RefCell;

use keyward_fuzz_server::{Call, Reply, Server};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Value, json};

/// Lists that have a second page.
const LISTS: [&str; 9] = [
    "/licenses",
    "/licenses?customer=$CUSTOMER",
    "/licenses?customer=$OTHER",
    "/licenses/$LICENSE/activations",
    "/licenses/$LICENSE/events",
    "/activations",
    "/customers",
    "/generators",
    "/audit",
];

/// The same for a search, which is a POST.
const EMAIL: &str = "it@acme.example";

struct Lists {
    server: Server,
    /// The cursor of each list, that of the search last.
    cursors: Vec<String>,
}

impl Lists {
    fn new() -> Lists {
        let server = Server::new();
        let cursor = |list| {
            let first = ask(&server, list, None).expect("a list");
            first.body["next"].as_str().unwrap_or_else(|| panic!("list {list} has a second page: {first:?}")).to_owned()
        };
        let cursors = (0..=LISTS.len()).map(cursor).collect();
        Lists { server, cursors }
    }
}

/// The search finds the licenses of a customer, which are a list too.
fn name(list: usize) -> usize {
    if list == LISTS.len() { 1 } else { list }
}

/// A page of one row.
fn ask(server: &Server, list: usize, after: Option<&str>) -> Option<Reply> {
    let Some(address) = LISTS.get(list) else {
        let body = json!({ "email": EMAIL, "limit": 1, "after": after });
        return server.ask(&Call::post("/licenses/search", body));
    };
    let join = if address.contains('?') { '&' } else { '?' };
    let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
    server.ask(&Call::get(&server.named(&format!("{address}{join}limit=1{after}"))))
}

thread_local! {
    static LISTS_WITH_CURSORS: RefCell<Lists> = RefCell::new(Lists::new());
}

// Which list is asked, of which list the cursor is, and pairs of a place and a new character.
fuzz_target!(|input: &[u8]| -> Corpus {
    let [list, of, edits @ ..] = input else { return Corpus::Reject };
    LISTS_WITH_CURSORS.with_borrow_mut(|Lists { server, cursors }| {
        let (list, of) = (usize::from(*list) % cursors.len(), usize::from(*of) % cursors.len());
        let genuine = &cursors[of];
        let mut cursor = genuine.clone().into_bytes();
        for edit in edits.chunks_exact(2) {
            let place = usize::from(edit[0]) % (cursor.len() + 1);
            match edit[1] {
                // Shorter or longer, or with another character.
                0 => cursor.truncate(place),
                1 => cursor.insert(place, b'A'),
                other => cursor.get_mut(place).into_iter().for_each(|byte| *byte = other),
            }
        }
        let Ok(cursor) = String::from_utf8(cursor) else { return Corpus::Reject };
        // In an address, these have a meaning of their own.
        if list < LISTS.len() && cursor.contains(['&', '#', '%', '+']) {
            return Corpus::Reject;
        }
        let Some(reply) = ask(server, list, Some(&cursor)) else { return Corpus::Reject };
        match name(list) == name(of) && cursor == *genuine {
            true => assert!(reply.status.is_success(), "{reply:?}"),
            false => {
                let expected: [Value; 2] = ["invalid-cursor".into(), "invalid-json".into()];
                assert!(expected.contains(&reply.body["code"]), "{cursor} of list {of} for list {list}: {reply:?}");
            }
        }
        Corpus::Keep
    })
});
