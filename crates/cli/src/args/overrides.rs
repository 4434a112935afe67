use keyward_issuer::order::{Approval, LimitValue, MachineLock, Order, OrderRef, SerialSource, Subscription};
use keyward_issuer::{Day, DayError, End, Environment, Quantity, Serial, Term};

use crate::args::values::environment;

/// Changes to the offer, the edition or the license on record, and the references that go with the order.
#[derive(Debug, clap::Args)]
pub struct Overrides {
    /// The number of seats, or unlimited
    #[arg(long, value_name = "N|unlimited")]
    seats: Option<Quantity>,
    #[command(flatten)]
    ends: EndsArgs,
    /// The last day of updates: versions released through this day are covered; with all, every version
    #[arg(long, value_name = "DATE|all", value_parser = updates)]
    updates_through: Option<End>,
    /// Exactly these features, by their codes; or none
    #[arg(long, value_name = "A,B|none", value_delimiter = ',')]
    feature: Option<Vec<String>>,
    /// A limit by its code, with its value; none removes the limit. May be repeated
    #[arg(long, value_name = "NAME=N|none", value_parser = limit)]
    limit: Vec<(String, LimitValue)>,
    /// The grace period in days, 0 to 90, instead of the catalogue's
    #[arg(long, value_name = "N")]
    grace_days: Option<u32>,
    /// The environment of the license [production, staging, development]
    #[arg(long, value_name = "ENVIRONMENT", value_parser = environment(), hide_possible_values = true)]
    environment: Option<Environment>,
    /// Lock the license to the machine with this fingerprint, 32 hex digits; none removes the lock
    #[arg(long, value_name = "HEX|none")]
    fingerprint: Option<MachineLock>,
    /// The number of machines that may be activated, 1 to 10000, or unlimited. It is in the record, not in the key
    #[arg(long, value_name = "N|unlimited")]
    activations: Option<Quantity>,
    /// The name of the person or company in the key
    #[arg(long, value_name = "NAME")]
    licensee: Option<String>,
    /// The customer, as your books name them. It is in the record, not in the key
    #[arg(long, value_name = "TEXT")]
    customer: Option<String>,
    /// The id of the subscription that pays for the license. It is in the record, not in the key
    #[arg(long, value_name = "ID")]
    subscription: Option<String>,
    /// The name of the subscription
    #[arg(long, value_name = "NAME", requires = "subscription")]
    subscription_name: Option<String>,
    /// The person who approves what the rules allow only with an approval
    #[arg(long, value_name = "NAME", requires = "reason")]
    approved_by: Option<String>,
    /// The reason for the license or the approval
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The ticket or the web address of the request
    #[arg(long, value_name = "URL")]
    ticket: Option<String>,
    /// The order's own id: an order with this id is issued once, and repeated it is answered with its license
    #[arg(long, value_name = "ID", requires = "record")]
    order_id: Option<String>,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct EndsArgs {
    /// The last day, included; today at UTC, or later
    #[arg(long, value_name = "DATE")]
    through: Option<Day>,
    /// The term, first and last day counted, such as 30d, 12m or 1y
    #[arg(long, value_name = "TERM")]
    term: Option<Term>,
    /// No last day
    #[arg(long)]
    perpetual: bool,
}

impl EndsArgs {
    fn ends(&self) -> Option<End> {
        let through = self.through.map(End::Through);
        through.or(self.term.map(End::After)).or(self.perpetual.then_some(End::Perpetual))
    }
}

impl Overrides {
    /// The order with the overrides, and with its id.
    pub fn apply(&self, mut order: Order, serial: SerialSource) -> Order {
        order.seats = self.seats;
        order.end = self.ends.ends();
        order.updates = self.updates_through;
        order.features = self.feature.clone().map(|codes| if codes == ["none"] { Vec::new() } else { codes });
        order.limits.clone_from(&self.limit);
        order.grace_days = self.grace_days;
        order.environment = self.environment;
        // That of a request stays.
        order.lock = self.fingerprint.or(order.lock);
        order.activations = self.activations;
        order.licensee.clone_from(&self.licensee);
        order.customer.clone_from(&self.customer);
        order.subscription =
            self.subscription.clone().map(|id| Subscription { id, name: self.subscription_name.clone() });
        order.approval =
            self.approved_by.clone().map(|by| Approval { by, reason: self.reason.clone().unwrap_or_default() });
        order.reason.clone_from(&self.reason);
        order.ticket.clone_from(&self.ticket);
        order.reference = self.order_id.as_deref().map(|id| OrderRef::new(id, &order, serial));
        order
    }
}

fn limit(text: &str) -> Result<(String, LimitValue), String> {
    text.split_once('=')
        .and_then(|(code, value)| Some((code.to_owned(), value.parse().ok()?)))
        .ok_or_else(|| "expected a limit and its value, such as projects=50 or projects=none".to_owned())
}

fn updates(text: &str) -> Result<End, String> {
    match text {
        "all" => Ok(End::Perpetual),
        day => day.parse().map(End::Through).map_err(|error: DayError| format!("{error}, or all")),
    }
}

/// The serial of the new key: the named one, or a random one.
pub fn serial(named: Option<Serial>) -> anyhow::Result<(Serial, SerialSource)> {
    match named {
        Some(serial) => Ok((serial, SerialSource::Named)),
        None => Ok((keyward_issuer::random_serial()?, SerialSource::Drawn)),
    }
}
