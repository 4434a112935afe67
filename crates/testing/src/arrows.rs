//! Checks that modules use each other in one direction only, as the file that declares them says.
//!
//! A comment in that file (`lib.rs`, `main.rs`, or a module with modules of its own) lists all of them, separated by `←`.
//! Each module may use the modules to its left. Modules between the same two arrows are separated by commas and may not
//! use each other. The comment may have several lines, each with an arrow:
//!
//! ```text
//! // Each module may use those to its left:
//! //     day, group ← claims ← key
//! //     ← repair
//! ```
//!
//! A test in the crate reads the files and compares:
//!
//! ```no_run
//! #[test]
//! fn modules_use_only_modules_to_their_left() {
//!     keyward_testing::arrows::check(env!("CARGO_MANIFEST_DIR"), "lib.rs");
//! }
//! ```
//!
//! The check follows all paths that begin with `crate`, `self` or `super`, in `use` lines and elsewhere. A name that is
//! exported again by `pub use` is a use of both modules. Code that is compiled for tests alone does not count.

mod source;
mod tree;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tree::Tree;

/// Fails unless every module declared in `file` uses only modules to its left in the comment.
///
/// `manifest_dir` is the folder of the crate, `env!("CARGO_MANIFEST_DIR")`; `file` is relative to its `src`.
///
/// # Panics
///
/// If the comment does not allow a use, or lacks a module; the message lists all of them.
#[expect(clippy::panic, reason = "a test fails by panicking")]
pub fn check(manifest_dir: &str, file: &str) {
    if let Err(problems) = problems(Path::new(manifest_dir), file) {
        panic!("modules of src/{file} against its arrows:\n{}", problems.join("\n"));
    }
}

/// The tree of the library or of the program, whichever has that file.
fn tree_with(src: &Path, file: &str) -> Result<(&'static str, Tree), String> {
    let library = src.join("lib.rs").exists().then(|| Tree::read(src, "lib.rs")).transpose()?;
    let top = tree::path_of(file).into_iter().next();
    match library {
        Some(tree) if file == "lib.rs" || top.is_some_and(|top| tree.children(&Vec::new()).contains(&top)) => {
            Ok(("lib.rs", tree))
        }
        _ => Ok(("main.rs", Tree::read(src, "main.rs")?)),
    }
}

/// All violations, as an error.
fn problems(manifest_dir: &Path, file: &str) -> Result<(), Vec<String>> {
    let src = manifest_dir.join("src");
    let text = fs::read_to_string(src.join(file)).map_err(|error| vec![format!("src/{file}: {error}")])?;
    let (root, tree) = tree_with(&src, file).map_err(|error| vec![error])?;
    let parent = if file == root { Vec::new() } else { tree::path_of(file) };

    let places = places(&text);
    let mut problems = Vec::new();
    if places.is_empty() {
        problems.push("no comment declares them, such as `// day ← claims ← key`".to_owned());
    }
    let modules = tree.children(&parent);
    problems
        .extend(modules.iter().filter(|name| !places.contains_key(*name)).map(|name| format!("{name} has no place")));
    let strange = places.keys().filter(|name| !modules.contains(*name));
    problems.extend(strange.map(|name| format!("{name} has a place and is no module")));

    for usage in tree.usages(&parent) {
        if !modules.contains(&usage.used) {
            problems.push(format!("{} uses {}, which is nowhere: {}", usage.user, usage.used, usage.place));
        }
        let (Some(user), Some(used)) = (places.get(&usage.user), places.get(&usage.used)) else { continue };
        if used >= user {
            let relation = if used == user { "stands beside it" } else { "stands to its right" };
            problems.push(format!("{} uses {}, which {relation}: {}", usage.user, usage.used, usage.place));
        }
    }
    problems.dedup();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The declared modules, each with its number from the left.
fn places(text: &str) -> BTreeMap<String, usize> {
    let mut places = BTreeMap::new();
    let mut place = 0_usize;
    for line in text.lines().map(str::trim_start).filter(|line| line.starts_with("//") && line.contains('←')) {
        let line = line.trim_start_matches(['/', '!', ' ', '`']);
        for (index, names) in line.split('←').enumerate() {
            if index > 0 {
                place = place.saturating_add(1);
            }
            for name in names.split(',').map(|name| name.trim_matches([' ', '`'])).filter(|name| !name.is_empty()) {
                places.insert(name.to_owned(), place);
            }
        }
    }
    places
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// The violations in a crate with these files, named by their paths in `src`.
    fn wrong(files: &[(&str, &str)], file: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join("src").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        problems(folder.path(), file).err().unwrap_or_default()
    }

    #[test]
    fn this_crate_holds_its_own_arrows() {
        check(env!("CARGO_MANIFEST_DIR"), "lib.rs");
    }

    #[test]
    fn uses_to_the_left_are_fine_however_they_are_written() {
        let files = [
            (
                "lib.rs",
                "//! a, b\n// a, b ← c\n//     ← d\nmod a; mod b; mod c; mod d;\npub use a::{One, Two as Three};",
            ),
            ("a.rs", "pub struct One;"),
            ("b.rs", "// crate::d\nconst TEXT: &str = \"crate::d\"; const QUOTE: char = '\"'; fn f<'a>(x: &'a str) {}"),
            ("c.rs", "use crate::{One, b::{self, Other}};\nmod inner;\npub(crate) use inner::Deep;"),
            ("c/inner.rs", "use super::super::a::Two;\nfn f() { crate::Three; super::Deep; self::g(); }"),
            ("d.rs", "use super::c::Deep;\n#[cfg(test)]\nmod tests { use crate::d::X; }\nfn f() { crate::b::g() }"),
        ];
        assert_eq!(wrong(&files, "lib.rs"), <[String; 0]>::default());
    }

    #[test]
    fn a_use_to_the_right_or_beside_is_named_with_its_place() {
        let files = [
            ("lib.rs", "// a, b ← c\nmod a;\nmod b;\nmod c;\npub use c::Last;"),
            ("a.rs", "use std::fmt;\nuse crate::Last;"),
            ("b.rs", "\n\nfn f() { super::a::g() }"),
            ("c.rs", "#[cfg(feature = \"x\")]\nmod deep;"),
            ("c/deep.rs", "use crate::c::deep::own;\nuse crate::b::{\n    x,\n    y,\n};"),
        ];
        assert_eq!(
            wrong(&files, "lib.rs"),
            [
                "a uses c, which stands to its right: src/a.rs, line 2",
                "b uses a, which stands beside it: src/b.rs, line 3",
            ]
        );
    }

    #[test]
    fn what_only_tests_use_does_not_count() {
        let files = [
            ("lib.rs", "// a ← b\n#[cfg(test)]\nextern crate std;\nmod a;\nmod b;\n#[cfg(test)]\nmod samples;"),
            (
                "a.rs",
                "#[cfg(test)]\nuse crate::b::B;\n#[cfg(test)]\n#[allow(x)]\nmod tests { use crate::b::B; fn f() { {} } }",
            ),
            ("b.rs", ""),
            ("samples.rs", "use crate::b::B;"),
        ];
        assert_eq!(wrong(&files, "lib.rs"), <[String; 0]>::default());
    }

    #[test]
    fn a_module_without_a_place_and_a_place_without_a_module_are_named() {
        let files = [("main.rs", "// a ← c\nmod a;\nmod b;"), ("a.rs", ""), ("b.rs", "")];
        assert_eq!(wrong(&files, "main.rs"), ["b has no place", "c has a place and is no module"]);
        let files = [("lib.rs", "mod a;"), ("a.rs", "")];
        let none = "no comment declares them, such as `// day ← claims ← key`";
        assert_eq!(wrong(&files, "lib.rs"), [none, "a has no place"]);
    }

    #[test]
    fn modules_of_a_module_have_arrows_of_their_own() {
        let files = [
            ("main.rs", "mod policy;\nmod record;\nuse policy::Order;"),
            ("record.rs", ""),
            (
                "policy.rs",
                "// order ← rules\nmod order;\nmod rules;\npub use order::Order;\npub use rules::decide;\nstruct Own;",
            ),
            ("policy/order.rs", "use super::{Own, decide};\nuse crate::record::R;"),
            ("policy/rules.rs", "use super::Order;\nuse crate::policy::order;"),
        ];
        assert_eq!(
            wrong(&files, "policy.rs"),
            ["order uses rules, which stands to its right: src/policy/order.rs, line 1"]
        );
        assert_eq!(wrong(&files, "record.rs").len(), 1);
    }

    #[test]
    fn a_name_that_no_module_has_is_not_passed_over() {
        let files = [("lib.rs", "// a ← b\nmod a;\nmod b;"), ("a.rs", "use crate::gone::X;"), ("b.rs", "")];
        assert_eq!(wrong(&files, "lib.rs"), ["a uses gone, which is nowhere: src/a.rs, line 1"]);
    }
}
