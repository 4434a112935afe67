//! Reads products, with the editions, features and limits under their headings.

use keyward_core::{Edition, Feature, Features, Limits, Product};

use super::activation::ActivationSettings;
use super::common::{CommonSettings, Numbers};
use super::pairs_under;
use super::settings::{Settings, grace_days, seats};
use crate::Code;
use crate::entry::{EditionEntry, FeatureEntry, KindRules, LimitEntry, ProductEntry};
use crate::entry_kind::EntryKind;
use crate::position::Lines;
use crate::problem::ProblemKind;
use crate::section::{Located, Log, Pair, Section, boolean, number, text};

pub(crate) fn read_all(root: &Section<'_>, settings: &Settings, lines: &Lines<'_>, log: &mut Log) -> Vec<ProductEntry> {
    let mut numbers = Numbers::new(EntryKind::Product, u32::MAX.into());
    let pairs = pairs_under(root, "products", "[products.studio]", log);
    if pairs.is_empty() {
        root.report_missing("products", "add each product under [products.<code>]", log);
    }
    let products = pairs.iter().map(|pair| read(pair, settings, &mut numbers, lines, log)).collect();
    numbers.report_taken(lines, log);
    products
}

fn read(pair: &Pair<'_>, settings: &Settings, numbers: &mut Numbers, lines: &Lines<'_>, log: &mut Log) -> ProductEntry {
    let example = "`{ number = 3, name = \"Acme Studio\" }`";
    let common = CommonSettings::read(pair, numbers, "number", example, lines, log);
    let section = &common.section;
    section.allow_only(
        &[
            "number",
            "name",
            "activation",
            "offline_for",
            "activation_lease",
            "releases_per_30d",
            "least_components",
            "locked_term",
            "deprecated",
            "grace_days",
            "reminder_days",
            "seats",
            "trials",
            "stopgaps",
            "longest_term",
            "editions",
            "features",
            "limits",
        ],
        log,
    );
    let settings = settings.read(section, &["longest_days", "features"], log);
    let activation = ActivationSettings::read(section, &common.code, log);
    let seats = seats(section, log).unwrap_or_default();
    let mut product = ProductEntry {
        number: Product(common.number()),
        activation: activation.activation,
        offline_hours: activation.offline_hours,
        lease_days: activation.lease_days,
        releases_per_30d: activation.releases_per_30d,
        min_components: activation.min_components,
        locked_days: activation.locked_days,
        reminder_days: settings.reminder_days,
        seats,
        editions: Vec::new(),
        features: features(section, lines, log),
        limits: limits(section, lines, log),
        trials: KindRules { max_days: settings.max_trial_days, features: Features::NONE },
        stopgaps: KindRules { max_days: settings.max_stopgap_days, features: Features::NONE },
        max_term: settings.max_term,
        code: common.code,
        name: common.name,
        deprecated: common.deprecated,
        position: common.position,
    };
    product.editions = editions(section, &product, settings.grace_days, lines, log);
    product.trials.features = allowed_features(section, "trials", &product, log);
    product.stopgaps.features = allowed_features(section, "stopgaps", &product, log);
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
    let pairs = pairs_under(section, "editions", example, log);
    if pairs.is_empty() {
        section.report_missing("editions", format!("add them under [products.{}.editions]", product.code), log);
    }
    let mut numbers = Numbers::new(EntryKind::Edition, u16::MAX.into());
    let mut replacements = Vec::new();
    let mut editions: Vec<EditionEntry> = Vec::new();
    for pair in &pairs {
        let common = CommonSettings::read(pair, &mut numbers, "number", &format!("`{example}`"), lines, log);
        let section = &common.section;
        section.allow_only(&["number", "name", "free", "trial", "deprecated", "instead", "grace_days", "seats"], log);
        let replacement = section.optional("instead", text, log);
        editions.push(EditionEntry {
            number: Edition(common.number()),
            free: section.optional("free", boolean, log).is_some_and(|free| free.value),
            trial: section.optional("trial", boolean, log).is_none_or(|trial| trial.value),
            replacement: replacement.as_ref().map(|replacement| Code::placeholder(replacement.value)),
            grace_days: grace_days(section, log).map(|days| days.value).or(inherited_grace),
            seats: seats(section, log).unwrap_or(product.seats),
            code: common.code,
            name: common.name,
            deprecated: common.deprecated,
            position: common.position,
        });
        replacements.extend(replacement);
    }
    numbers.report_taken(lines, log);
    check_replacements(&editions, &replacements, product, log);
    editions.sort_by_key(|edition| edition.number);
    editions
}

/// Checks that a replaced edition is deprecated, and its replacement is sold.
fn check_replacements(
    editions: &[EditionEntry],
    replacements: &[Located<&str>],
    product: &ProductEntry,
    log: &mut Log,
) {
    let replaced = editions.iter().filter(|edition| edition.replacement.is_some());
    for (edition, Located { value: code, offset }) in replaced.zip(replacements) {
        if !edition.deprecated {
            log.report(*offset, ProblemKind::ReplacementOfSold { code: edition.code.to_string() });
        }
        match editions.iter().find(|edition| edition.code.as_str() == *code) {
            Some(replacement) if replacement.deprecated => {
                log.report(*offset, ProblemKind::ReplacementDeprecated { replacement: (*code).to_owned() });
            }
            Some(_) => {}
            None => {
                let known = editions.iter().map(|edition| &edition.code);
                log.report(*offset, product.unknown(EntryKind::Edition, code, known));
            }
        }
    }
}

fn features(section: &Section<'_>, lines: &Lines<'_>, log: &mut Log) -> Vec<FeatureEntry> {
    let example = "export = { bit = 0, name = \"Export to PDF\" }";
    let mut numbers = Numbers::new(EntryKind::Feature, 63);
    let mut features: Vec<FeatureEntry> = Vec::new();
    for pair in &pairs_under(section, "features", example, log) {
        let common = CommonSettings::read(pair, &mut numbers, "bit", &format!("`{example}`"), lines, log);
        common.section.allow_only(&["bit", "name", "deprecated"], log);
        features.push(FeatureEntry {
            bit: Feature::from_bit(common.number()).unwrap_or(Feature::new(0)),
            code: common.code,
            name: common.name,
            deprecated: common.deprecated,
            position: common.position,
        });
    }
    numbers.report_taken(lines, log);
    features.sort_by_key(|feature| feature.bit);
    features
}

fn limits(section: &Section<'_>, lines: &Lines<'_>, log: &mut Log) -> Vec<LimitEntry> {
    let example = "projects = { id = 1, name = \"Projects\" }";
    let mut numbers = Numbers::new(EntryKind::Limit, u8::MAX.into());
    let mut limits: Vec<LimitEntry> = Vec::new();
    for pair in &pairs_under(section, "limits", example, log) {
        let common = CommonSettings::read(pair, &mut numbers, "id", &format!("`{example}`"), lines, log);
        let section = &common.section;
        section.allow_only(&["id", "name", "deprecated", "least", "most"], log);
        let mut end = |key| section.optional(key, number(0..=Limits::MAX_VALUE), log);
        let (min, most) = (end("least").map_or(0, |end| end.value), end("most"));
        if let Some(Located { value: max, offset }) = most.as_ref().filter(|most| most.value < min) {
            log.report(*offset, ProblemKind::EmptyRange { min, max: *max });
        }
        limits.push(LimitEntry {
            id: common.number(),
            code: common.code,
            name: common.name,
            deprecated: common.deprecated,
            min,
            max: most.map_or(Limits::MAX_VALUE, |most| most.value),
            position: common.position,
        });
    }
    numbers.report_taken(lines, log);
    limits.sort_by_key(|limit| limit.id);
    limits
}

/// The features that trials or stopgaps may grant: the listed ones, or all.
fn allowed_features(section: &Section<'_>, rules: &'static str, product: &ProductEntry, log: &mut Log) -> Features {
    let all = || product.features.iter().map(|feature| feature.bit).collect();
    // A value that is not a table was reported before.
    let rules = section.section(rules, "", &mut Log::default());
    let listed = rules.and_then(|rules| listed_features(&rules, product, log));
    listed.map_or_else(all, |listed| listed.features())
}

/// The features of a list, each with the offset of its item.
pub(crate) struct ListedFeatures<'p>(pub(crate) Vec<(usize, &'p FeatureEntry)>);

impl ListedFeatures<'_> {
    pub(crate) fn features(&self) -> Features {
        self.0.iter().map(|(_, feature)| feature.bit).collect()
    }
}

/// The features under `features`, a list of codes; `None` if there is no list.
pub(crate) fn listed_features<'p>(
    section: &Section<'_>,
    product: &'p ProductEntry,
    log: &mut Log,
) -> Option<ListedFeatures<'p>> {
    let codes = section.list("features", "a list of codes, such as [\"export\"]", text, log)?;
    let mut listed: Vec<(usize, &FeatureEntry)> = Vec::new();
    for code in &codes.value {
        match product.feature(code.value) {
            Ok(feature) if listed.iter().any(|(_, other)| other.code == feature.code) => {
                log.report(code.offset, ProblemKind::DuplicateFeature { code: code.value.to_owned() });
            }
            Ok(feature) => listed.push((code.offset, feature)),
            Err(unknown) => log.report(code.offset, unknown),
        }
    }
    Some(ListedFeatures(listed))
}
