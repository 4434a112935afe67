//! Products, and what is under their headings.

use keyward_core::{Edition, Feature, Features, Limits, Product};

use super::named;
use super::settings::{Settings, grace_days, seats};
use super::thing::{Numbers, Thing};
use crate::Code;
use crate::entry::{Activation, EditionEntry, FeatureEntry, LimitEntry, ProductEntry, Rules};
use crate::nearest::Noun;
use crate::place::Lines;
use crate::problem::ProblemKind;
use crate::section::{At, Entry, Log, Section, answer, number, one_of, text};

pub(crate) fn read_all(root: &Section<'_>, settings: &Settings, lines: &Lines<'_>, log: &mut Log) -> Vec<ProductEntry> {
    let mut numbers = Numbers::new(Noun::Product, u32::MAX.into());
    let entries = named(root, "products", "[products.studio]", log);
    if entries.is_empty() {
        root.lacks("products", "say what you sell, under [products.<code>]", log);
    }
    let products = entries.iter().map(|entry| read(entry, settings, &mut numbers, lines, log)).collect();
    numbers.note_taken(lines, log);
    products
}

fn read(
    entry: &Entry<'_>,
    settings: &Settings,
    numbers: &mut Numbers,
    lines: &Lines<'_>,
    log: &mut Log,
) -> ProductEntry {
    let thing = Thing::read(entry, numbers, "number", "`{ number = 3, name = \"Acme Studio\" }`", lines, log);
    let section = &thing.section;
    section.knows_only(
        &[
            "number",
            "name",
            "activation",
            "deprecated",
            "grace_days",
            "reminder_days",
            "seats",
            "trials",
            "stopgaps",
            "editions",
            "features",
            "limits",
        ],
        log,
    );
    let settings = settings.read(section, &["longest_days", "features"], log);
    let activation = one_of(&[("none", Activation::None), ("required", Activation::Required)]);
    let seats = seats(section, log).unwrap_or_default();
    let mut product = ProductEntry {
        number: Product(thing.number()),
        activation: section
            .optional("activation", activation, log)
            .map(|activation| activation.value)
            .unwrap_or_default(),
        reminder_days: settings.reminder_days,
        seats,
        editions: Vec::new(),
        features: features(section, lines, log),
        limits: limits(section, lines, log),
        trials: Rules { longest_days: settings.longest_trial, features: Features::NONE },
        stopgaps: Rules { longest_days: settings.longest_stopgap, features: Features::NONE },
        code: thing.code,
        name: thing.name,
        deprecated: thing.deprecated,
        place: thing.place,
    };
    product.editions = editions(section, &product, settings.grace_days, lines, log);
    product.trials.features = features_allowed(section, "trials", &product, log);
    product.stopgaps.features = features_allowed(section, "stopgaps", &product, log);
    product
}

fn editions(
    section: &Section<'_>,
    product: &ProductEntry,
    inherited_grace: Option<u8>,
    lines: &Lines<'_>,
    log: &mut Log,
) -> Vec<EditionEntry> {
    let example = "pro = { number = 2, name = \"Professional\" }";
    let entries = named(section, "editions", example, log);
    if entries.is_empty() {
        section.lacks("editions", format!("say which there are, under [products.{}.editions]", product.code), log);
    }
    let mut numbers = Numbers::new(Noun::Edition, u16::MAX.into());
    let mut replacements = Vec::new();
    let mut editions: Vec<EditionEntry> = Vec::new();
    for entry in &entries {
        let thing = Thing::read(entry, &mut numbers, "number", &format!("`{example}`"), lines, log);
        let section = &thing.section;
        section.knows_only(&["number", "name", "free", "deprecated", "instead", "grace_days", "seats"], log);
        let instead = section.optional("instead", text, log);
        editions.push(EditionEntry {
            number: Edition(thing.number()),
            free: section.optional("free", answer, log).is_some_and(|free| free.value),
            instead: instead.as_ref().map(|instead| Code::stand_in(instead.value)),
            grace_days: grace_days(section, log).map(|days| days.value).or(inherited_grace),
            seats: seats(section, log).unwrap_or(product.seats),
            code: thing.code,
            name: thing.name,
            deprecated: thing.deprecated,
            place: thing.place,
        });
        replacements.extend(instead);
    }
    numbers.note_taken(lines, log);
    check_replacements(&editions, &replacements, product, log);
    editions.sort_by_key(|edition| edition.number);
    editions
}

/// Replacements are sold, and for what is not.
fn check_replacements(editions: &[EditionEntry], replacements: &[At<&str>], product: &ProductEntry, log: &mut Log) {
    let replaced = editions.iter().filter(|edition| edition.instead.is_some());
    for (edition, instead) in replaced.zip(replacements) {
        if !edition.deprecated {
            log.note(instead.offset, ProblemKind::InsteadOfSold { code: edition.code.to_string() });
        }
        match editions.iter().find(|edition| edition.code.as_str() == instead.value) {
            Some(other) if other.deprecated => {
                log.note(instead.offset, ProblemKind::InsteadIsDeprecated { instead: instead.value.to_owned() });
            }
            Some(_) => {}
            None => {
                let known = editions.iter().map(|edition| &edition.code);
                log.note(instead.offset, product.unknown(Noun::Edition, instead.value, known));
            }
        }
    }
}

fn features(section: &Section<'_>, lines: &Lines<'_>, log: &mut Log) -> Vec<FeatureEntry> {
    let example = "export = { bit = 0, name = \"Export to PDF\" }";
    let mut numbers = Numbers::new(Noun::Feature, 63);
    let mut features: Vec<FeatureEntry> = Vec::new();
    for entry in &named(section, "features", example, log) {
        let thing = Thing::read(entry, &mut numbers, "bit", &format!("`{example}`"), lines, log);
        thing.section.knows_only(&["bit", "name", "deprecated"], log);
        features.push(FeatureEntry {
            bit: Feature::from_bit(thing.number()).unwrap_or(Feature::new(0)),
            code: thing.code,
            name: thing.name,
            deprecated: thing.deprecated,
            place: thing.place,
        });
    }
    numbers.note_taken(lines, log);
    features.sort_by_key(|feature| feature.bit);
    features
}

fn limits(section: &Section<'_>, lines: &Lines<'_>, log: &mut Log) -> Vec<LimitEntry> {
    let example = "projects = { id = 1, name = \"Projects\" }";
    let mut numbers = Numbers::new(Noun::Limit, u8::MAX.into());
    let mut limits: Vec<LimitEntry> = Vec::new();
    for entry in &named(section, "limits", example, log) {
        let thing = Thing::read(entry, &mut numbers, "id", &format!("`{example}`"), lines, log);
        let section = &thing.section;
        section.knows_only(&["id", "name", "deprecated", "least", "most"], log);
        let mut end = |key| section.optional(key, number(0..=Limits::MAX_VALUE), log);
        let (least, most) = (end("least").map_or(0, |end| end.value), end("most"));
        if let Some(At { value: most, offset }) = most.as_ref().filter(|most| most.value < least) {
            log.note(*offset, ProblemKind::EmptyRange { least, most: *most });
        }
        limits.push(LimitEntry {
            id: thing.number(),
            code: thing.code,
            name: thing.name,
            deprecated: thing.deprecated,
            least,
            most: most.map_or(Limits::MAX_VALUE, |most| most.value),
            place: thing.place,
        });
    }
    numbers.note_taken(lines, log);
    limits.sort_by_key(|limit| limit.id);
    limits
}

/// The features that trials or stopgaps may grant: every one unless they are named.
fn features_allowed(section: &Section<'_>, rules: &'static str, product: &ProductEntry, log: &mut Log) -> Features {
    let every = || product.features.iter().map(|feature| feature.bit).collect();
    // That it is no table is noted where it is read first.
    let rules = section.section(rules, "", &mut Log::default());
    let named = rules.and_then(|rules| features_named(&rules, product, log));
    named.map_or_else(every, |named| named.features())
}

/// Features that a list names, each with the place of its name.
pub(crate) struct NamedFeatures<'p>(pub(crate) Vec<(usize, &'p FeatureEntry)>);

impl NamedFeatures<'_> {
    pub(crate) fn features(&self) -> Features {
        self.0.iter().map(|(_, feature)| feature.bit).collect()
    }
}

/// The features that a list names by their codes; `None` if there is no list.
pub(crate) fn features_named<'p>(
    section: &Section<'_>,
    product: &'p ProductEntry,
    log: &mut Log,
) -> Option<NamedFeatures<'p>> {
    let codes = section.list("features", "a list of codes, such as [\"export\"]", text, log)?;
    let mut named: Vec<(usize, &FeatureEntry)> = Vec::new();
    for code in &codes.value {
        match product.feature(code.value) {
            Ok(feature) if named.iter().any(|(_, other)| other.code == feature.code) => {
                log.note(code.offset, ProblemKind::FeatureTwice { code: code.value.to_owned() });
            }
            Ok(feature) => named.push((code.offset, feature)),
            Err(unknown) => log.note(code.offset, unknown),
        }
    }
    Some(NamedFeatures(named))
}
