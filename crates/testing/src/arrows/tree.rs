//! The modules of a crate, with the paths in each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::source::{Token, tokens};

/// A path of names from the root of the crate, such as `claims`, `codec`.
pub(super) type ModulePath = Vec<String>;

/// All modules, each by its path; the root by the empty one.
pub(super) struct Tree(BTreeMap<ModulePath, Module>);

#[derive(Default)]
struct Module {
    file: String,
    children: BTreeSet<String>,
    /// Names that `use` lines bring in, each with its path from the root; `None` from another crate.
    imports: BTreeMap<String, Option<ModulePath>>,
    /// Names that are defined here.
    items: BTreeSet<String>,
    paths: Vec<Named>,
}

/// A path as written in the source, such as `super`, `codec`, `Claims`.
struct Named {
    path: Vec<String>,
    line: usize,
}

/// A module that uses another one beside it.
pub(super) struct Usage {
    pub(super) user: String,
    pub(super) used: String,
    /// The file and the line of the use.
    pub(super) place: String,
}

/// The path of the module in that file: `claims/codec.rs` is `claims`, `codec`.
pub(super) fn path_of(file: &str) -> ModulePath {
    let stem = file.trim_end_matches(".rs").trim_end_matches("/mod");
    stem.split('/').map(str::to_owned).collect()
}

impl Tree {
    /// Reads the root and, recursively, all modules that are declared in it.
    pub(super) fn read(src: &Path, root: &str) -> Result<Tree, String> {
        let mut tree = Tree(BTreeMap::new());
        tree.add(src, root.to_owned(), Vec::new())?;
        tree.find_imports();
        Ok(tree)
    }

    pub(super) fn children(&self, parent: &ModulePath) -> BTreeSet<String> {
        self.0.get(parent).map(|module| module.children.clone()).unwrap_or_default()
    }

    fn add(&mut self, src: &Path, file: String, path: ModulePath) -> Result<(), String> {
        let source = fs::read_to_string(src.join(&file)).map_err(|error| format!("src/{file}: {error}"))?;
        let tokens = tokens(&source);
        let files = Reader { tokens: &tokens, at: 0, tree: self, file: &file }.module(&path, Ends::WithFile);
        for child in files {
            let flat = format!("{}.rs", child.join("/"));
            let file = if src.join(&flat).exists() { flat } else { format!("{}/mod.rs", child.join("/")) };
            self.add(src, file, child)?;
        }
        Ok(())
    }

    /// Resolves the names of `use` lines into paths from the root. All modules must be known.
    fn find_imports(&mut self) {
        let mut found = Vec::new();
        for (path, module) in &self.0 {
            for (name, written) in &module.imports {
                let from_root = written.as_ref().and_then(|written| self.absolute(path, written));
                found.push((path.clone(), name.clone(), from_root));
            }
        }
        for (path, name, from_root) in found {
            if let Some(module) = self.0.get_mut(&path) {
                module.imports.insert(name, from_root);
            }
        }
    }

    /// The path from the root of the crate to which `written` leads in the module; `None` if it leads to another crate.
    fn absolute(&self, module: &ModulePath, written: &[String]) -> Option<ModulePath> {
        let (first, mut rest) = written.split_first()?;
        let mut path = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => parent(module),
            child if self.children(module).contains(child) => [module.clone(), vec![child.to_owned()]].concat(),
            _ => return None,
        };
        while let Some(("super", more)) = rest.split_first().map(|(name, more)| (name.as_str(), more)) {
            (path, rest) = (parent(&path), more);
        }
        path.extend(rest.iter().filter(|name| *name != "self").cloned());
        Some(path)
    }

    /// The modules along a path, of which the last defines the named item; and the first name in the path that does not
    /// exist, if any.
    fn visited(&self, path: &[String]) -> (Vec<ModulePath>, Option<(ModulePath, String)>) {
        let (mut visited, mut at) = (Vec::new(), ModulePath::new());
        let mut path = path.to_vec();
        // Chains of re-exports end. This bound is for the case that they don't.
        for _ in 0..1000 {
            if path.is_empty() {
                break;
            }
            let name = path.remove(0);
            let Some(module) = self.0.get(&at) else { break };
            if module.children.contains(&name) {
                at.push(name);
            } else if let Some(Some(target)) = module.imports.get(&name) {
                visited.push(at);
                at = ModulePath::new();
                path = [target.clone(), path].concat();
            } else {
                let known = module.items.contains(&name) || module.imports.contains_key(&name) || name == "*";
                let unknown = (!known).then(|| (at.clone(), name));
                visited.push(at);
                return (visited, unknown);
            }
        }
        visited.push(at);
        (visited, None)
    }

    /// Each use of one child of `parent` in another child.
    pub(super) fn usages(&self, parent: &ModulePath) -> Vec<Usage> {
        let mut usages = Vec::new();
        for (path, module) in &self.0 {
            let Some(user) = child_of(parent, path) else { continue };
            for named in &module.paths {
                let Some(from_root) = self.absolute(path, &named.path) else { continue };
                let (visited, unknown) = self.visited(&from_root);
                let place = format!("src/{}, line {}", module.file, named.line);
                let mut used: Vec<String> = visited.iter().filter_map(|path| child_of(parent, path)).collect();
                // A name that can't be resolved could be in any module.
                used.extend(unknown.filter(|(at, _)| at == parent).map(|(_, name)| name));
                used.retain(|used| *used != user);
                used.dedup();
                usages.extend(used.into_iter().map(|used| Usage { user: user.clone(), used, place: place.clone() }));
            }
        }
        usages
    }
}

/// The name of the child of `parent` that contains `path`.
fn child_of(parent: &ModulePath, path: &ModulePath) -> Option<String> {
    path.strip_prefix(parent.as_slice())?.first().cloned()
}

fn parent(module: &ModulePath) -> ModulePath {
    module.split_last().map(|(_, parent)| parent.to_vec()).unwrap_or_default()
}

/// The end of a module.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    WithFile,
    WithBrace,
}

/// Reads the tokens of a file into the tree.
struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    tree: &'a mut Tree,
    file: &'a str,
}

impl Reader<'_> {
    /// Reads a module to its end; returns the modules that have files of their own.
    fn module(&mut self, path: &ModulePath, ends: Ends) -> Vec<ModulePath> {
        let mut module = Module { file: self.file.to_owned(), ..Module::default() };
        let (mut files, mut depth) = (Vec::new(), 0_usize);
        while let Some(token) = self.next() {
            match token.text.as_str() {
                "{" => depth = depth.saturating_add(1),
                "}" if depth == 0 && ends == Ends::WithBrace => break,
                "}" => depth = depth.saturating_sub(1),
                "#" if self.is_attribute_for_tests() => self.skip_item(),
                "mod" => {
                    let Some(name) = self.next() else { break };
                    let child = [path.clone(), vec![name.text.clone()]].concat();
                    module.children.insert(name.text);
                    match self.peek(0) {
                        "{" => {
                            self.at = self.at.saturating_add(1);
                            files.extend(self.module(&child, Ends::WithBrace));
                        }
                        _ => files.push(child),
                    }
                }
                "use" => {
                    let line = token.line;
                    for (path, name) in self.use_tree(&[]) {
                        module.imports.insert(name, Some(path.clone()));
                        module.paths.push(Named { path, line });
                    }
                }
                "crate" | "self" | "super" if self.peek(0) == "::" => {
                    let mut path = vec![token.text];
                    while self.peek(0) == "::"
                        && self.peek(1).starts_with(|first: char| first == '_' || first.is_alphabetic())
                    {
                        path.push(self.peek(1).to_owned());
                        self.at = self.at.saturating_add(2);
                    }
                    module.paths.push(Named { path, line: token.line });
                }
                "fn" | "struct" | "enum" | "union" | "const" | "static" | "type" | "trait" => {
                    module.items.insert(self.peek(0).to_owned());
                }
                "macro_rules" => {
                    module.items.insert(self.peek(1).to_owned());
                }
                _ => {}
            }
        }
        self.tree.0.insert(path.clone(), module);
        files
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at)?.clone();
        self.at = self.at.saturating_add(1);
        Some(token)
    }

    fn peek(&self, ahead: usize) -> &str {
        self.tokens.get(self.at.saturating_add(ahead)).map_or("", |token| &token.text)
    }

    /// Reads the attribute that begins here; returns whether the next item is compiled for tests alone.
    fn is_attribute_for_tests(&mut self) -> bool {
        if self.peek(0) == "." {
            self.at = self.at.saturating_add(1);
        }
        if self.peek(0) != "[" {
            return false;
        }
        let mut words = Vec::new();
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            match token.text.as_str() {
                "[" => depth = depth.saturating_add(1),
                "]" => depth = depth.saturating_sub(1),
                _ => words.push(token.text),
            }
            if depth == 0 {
                break;
            }
        }
        let has = |word: &str| words.iter().any(|other| other == word);
        has("cfg") && has("test") && !has("not")
    }

    /// Skips an item with its other attributes.
    fn skip_item(&mut self) {
        while self.peek(0) == "#" {
            self.at = self.at.saturating_add(1);
            self.is_attribute_for_tests();
        }
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            match token.text.as_str() {
                "{" | "(" | "[" => depth = depth.saturating_add(1),
                "}" | ")" | "]" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 && token.text == "}" {
                        return;
                    }
                }
                ";" if depth == 0 => return,
                _ => {}
            }
        }
    }

    /// The paths of a `use` line after `prefix`, each with the name that it brings in.
    fn use_tree(&mut self, prefix: &[String]) -> Vec<(Vec<String>, String)> {
        let mut path = prefix.to_vec();
        let mut all = Vec::new();
        while let Some(token) = self.next() {
            match token.text.as_str() {
                "{" => {
                    while !["}", ""].contains(&self.peek(0)) {
                        all.extend(self.use_tree(&path));
                        if self.peek(0) == "," {
                            self.at = self.at.saturating_add(1);
                        }
                    }
                    self.at = self.at.saturating_add(1);
                    return all;
                }
                // A path that begins with `::` is of another crate.
                "::" if path.is_empty() => {
                    path.push(String::new());
                    continue;
                }
                "::" => continue,
                _ => path.push(token.text),
            }
            if self.peek(0) != "::" {
                break;
            }
        }
        let last = path.iter().rev().find(|name| *name != "self").cloned().unwrap_or_default();
        let name = if self.peek(0) == "as" {
            self.at = self.at.saturating_add(1);
            self.next().map(|token| token.text).unwrap_or_default()
        } else {
            last
        };
        vec![(path, name)]
    }
}
