use std::collections::{BTreeMap, HashMap};

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use keyward_catalog::{Catalog, ProductEntry};
use keyward_issuer::{Edition, Kind, Product};
use keyward_ledger::{CustomerId, CustomerName, KeyRow, KeyStatus, License, LicenseId, Role};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{StandingShape, feature_codes, limits_by_code, number, time};
use crate::problem::Problem;
use crate::request::{Answer, Caller};

/// A license.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LicenseShape {
    /// The id, `lic_…`.
    pub(crate) id: String,
    /// `available`, `assigned`, `active`, `suspended`, `inactive`, `expired` or `revoked`.
    state: &'static str,
    /// What keeps it from use for a time: `abuse`, `payment` or `manual` if it is suspended, `inactive` if it is paused.
    hold: Option<&'static str>,
    /// Why it was revoked.
    revoked_for: Option<&'static str>,
    /// The serial of its main key; null if it is signed on assignment.
    pub(crate) serial: Option<String>,
    /// The license key: whole in the answer to the call that made it, otherwise its first two groups and the last.
    pub(crate) key: Option<String>,
    /// The product.
    product: Named,
    /// The edition.
    edition: Named,
    /// `standard`, `trial` or `stopgap`.
    kind: &'static str,
    /// The environment.
    environment: String,
    /// The code of the offer under which it was sold.
    offer: Option<String>,
    /// The generator that made it.
    generator: Option<String>,
    /// The customer; null for one of the pool. Without the right to read customers, only the id.
    customer: Option<CustomerRef>,
    /// The seats; null is unlimited.
    seats: Option<u32>,
    /// The number of machines on which it may be activated; null is unlimited.
    activation_limit: Option<u32>,
    /// The number of machines that count against the limit.
    activations: u32,
    /// The number of machines by which it is over its limit.
    over_limit: u32,
    /// The days after which an activation that was not validated ends; null is never.
    lease_days: Option<u16>,
    /// The codes of its features.
    features: Vec<String>,
    /// Its limits, by their codes.
    limits: BTreeMap<String, u64>,
    /// The first day; null if the term begins on assignment.
    valid_from: Option<String>,
    /// The last day of the paid term; null is perpetual.
    valid_through: Option<String>,
    /// Whether it is perpetual.
    lifetime: bool,
    /// The last day of the releases that it covers; null is all.
    updates_through: Option<String>,
    /// What its key allows today, whatever its state is; null without a key.
    #[schema(value_type = Option<StandingShape>)]
    standing: Option<StandingValue>,
    /// For the vendor's own use.
    #[schema(value_type = Object)]
    metadata: Value,
    /// Notes of the vendor's staff.
    notes: Option<String>,
    /// The subscription that pays for it.
    subscription: Option<Subscription>,
    /// The ticket with the request.
    ticket: Option<String>,
    /// The number of changes by people, as in the ETag.
    pub(crate) version: i64,
    /// The time at which it was made.
    created_at: String,
    /// Who made it.
    created_by: String,
}

/// Something with a code and a name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Named {
    /// The code in the catalogue; null if the catalogue does not have it any more.
    pub(crate) code: Option<String>,
    /// The name.
    pub(crate) name: String,
}

/// The customer of a license.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CustomerRef {
    /// The id, `cus_…`.
    id: String,
    /// The name.
    name: Option<String>,
    /// The e-mail address.
    email: Option<String>,
}

impl CustomerRef {
    /// The customer with that id, with the details that the caller may read.
    pub(super) fn new(id: CustomerId, known: Option<&CustomerName>) -> CustomerRef {
        CustomerRef {
            id: id.to_string(),
            name: known.and_then(|customer| customer.name.clone()),
            email: known.and_then(|customer| customer.email.clone()),
        }
    }
}

/// A subscription.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Subscription {
    /// Its id at the payment system.
    id: String,
    /// Its name.
    name: Option<String>,
}

/// The standing as a value of JSON, so that a license can be cloned.
type StandingValue = Value;

impl Named {
    pub(crate) fn product(catalog: &Catalog, product: Product) -> Named {
        catalog.product_by_number(product).map_or_else(
            || Named { code: None, name: format!("product {}", product.0) },
            |entry| Named { code: Some(entry.code.to_string()), name: entry.name.clone() },
        )
    }

    pub(crate) fn edition(product: Option<&ProductEntry>, edition: Edition) -> Named {
        product.and_then(|product| product.edition_by_number(edition)).map_or_else(
            || Named { code: None, name: format!("edition {}", edition.0) },
            |entry| Named { code: Some(entry.code.to_string()), name: entry.name.clone() },
        )
    }
}

/// What licenses are shown with.
struct Shown<'a> {
    catalog: &'a Catalog,
    environment: String,
    now: DateTime<Utc>,
    customers: HashMap<CustomerId, CustomerName>,
}

impl Shown<'_> {
    fn license(&self, license: &License, keys: &[KeyRow]) -> Result<LicenseShape, Problem> {
        let key = main(keys, self.now)?;
        let product = self.catalog.product_by_number(Product(license.product));
        let standing = key.map(|key| key.standing(self.now)).transpose()?;
        let standing = standing.as_ref().map(StandingShape::from);
        let customer = license.customer.map(|id| CustomerRef::new(id, self.customers.get(&id)));
        let metadata = license.metadata.as_deref().map(serde_json::from_str).transpose();
        Ok(LicenseShape {
            id: license.id.to_string(),
            state: license.state(self.now).code(),
            hold: license.hold.map(|hold| hold.cause().map_or("inactive", |cause| cause.code())),
            revoked_for: license.revoked_for.map(|reason| reason.code()),
            serial: key.map(|key| key.serial.to_string()),
            key: key.map(KeyRow::in_short),
            product: Named::product(self.catalog, Product(license.product)),
            edition: Named::edition(product, Edition(license.edition)),
            kind: kind(license.kind),
            environment: self.environment.clone(),
            offer: license.offer.clone(),
            generator: license.generator.map(|id| id.to_string()),
            customer,
            seats: number(license.seats),
            activation_limit: number(license.activation_limit),
            activations: license.activations,
            over_limit: license.over_limit(),
            lease_days: license.lease_days,
            features: feature_codes(product, license.features),
            limits: limits_by_code(product, &license.limits),
            valid_from: license.valid_from.map(|day| day.to_string()),
            valid_through: license.valid_through.map(|day| day.to_string()),
            lifetime: license.valid_from.is_some() && license.valid_through.is_none(),
            updates_through: license.updates_through.map(|day| day.to_string()),
            standing: standing.and_then(|standing| serde_json::to_value(standing).ok()),
            metadata: metadata.ok().flatten().unwrap_or_else(|| Value::Object(serde_json::Map::new())),
            notes: license.notes.clone(),
            subscription: license.subscription_id.clone().map(|id| {
                let name = license.subscription_name.clone();
                Subscription { id, name }
            }),
            ticket: license.ticket.clone(),
            version: license.version,
            created_at: time(license.created_at),
            created_by: license.created_by.clone(),
        })
    }
}

/// The kinds, by their names.
pub(crate) const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Standard => "standard",
        Kind::Trial => "trial",
        Kind::Stopgap => "stopgap",
    }
}

/// The key of the paid term: the next one once it has begun. That of a revoked license is its last main key.
fn main(keys: &[KeyRow], now: DateTime<Utc>) -> Result<Option<&KeyRow>, Problem> {
    let is_current = |key: &&KeyRow| key.status == KeyStatus::Current;
    let next = keys.iter().find(|key| key.role == Role::Next && key.status == KeyStatus::Current);
    if let Some(next) = next
        && next.standing(now)?.opens_at() <= now
    {
        return Ok(Some(next));
    }
    let mut mains = keys.iter().filter(|key| key.role == Role::Main);
    Ok(mains.clone().find(is_current).or_else(|| mains.next_back()))
}

/// Licenses as they are shown to the caller.
pub(crate) async fn licenses_shapes(caller: &Caller, licenses: &[License]) -> Result<Vec<LicenseShape>, Problem> {
    let (ledger, catalog) = (caller.ledger()?, caller.catalog()?);
    let ids: Vec<LicenseId> = licenses.iter().map(|license| license.id).collect();
    let mut keys: HashMap<LicenseId, Vec<KeyRow>> = HashMap::new();
    for key in ledger.keys_of(&ids).await? {
        keys.entry(key.license).or_default().push(key);
    }
    let owners = licenses.iter().filter_map(|license| license.customer).collect();
    let customers = customers(caller, owners).await?;
    let environment = ledger.environment().to_string();
    let shown = Shown { catalog: &catalog, environment, now: caller.by().at, customers };
    let shape = |license: &License| shown.license(license, keys.get(&license.id).map_or(&[], Vec::as_slice));
    licenses.iter().map(shape).collect()
}

/// The customers with these ids, if the caller may read customers.
pub(super) async fn customers(
    caller: &Caller,
    mut ids: Vec<CustomerId>,
) -> Result<HashMap<CustomerId, CustomerName>, Problem> {
    if !caller.may(keyward_ledger::Scope::CustomersRead) {
        return Ok(HashMap::new());
    }
    ids.sort_unstable();
    ids.dedup();
    let found = caller.ledger()?.customer_names(&ids).await?;
    Ok(found.into_iter().map(|customer| (customer.id, customer)).collect())
}

/// The answer with that license. Its key is in short.
pub(crate) async fn license_answer(caller: &Caller, id: LicenseId, status: StatusCode) -> Result<Answer, Problem> {
    let license = caller.ledger()?.license(id).await?;
    let mut shapes = licenses_shapes(caller, std::slice::from_ref(&license)).await?;
    let shape = shapes.pop().ok_or_else(Problem::internal)?;
    Ok(Answer::new(status, &shape)?.of_version(shape.version))
}
