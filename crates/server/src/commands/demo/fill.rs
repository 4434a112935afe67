//! Carries out the plan with the ledger's own calls, each at its time.

use std::collections::{HashMap, VecDeque};

use anyhow::{Context, ensure};
use chrono::{DateTime, Days, TimeDelta, Utc};
use keyward_issuer::order::{Order, Subscription};
use keyward_issuer::{Day, End, Quantity, Serial, SigningKey, random_serial};
use keyward_ledger::{
    Ask, By, CustomerId, Expected, GeneratorId, Issuing, Ledger, License, LicenseId, Machine, Metadata, NewLicense,
    Ordered, PageSize, Releaser,
};
use serde_json::json;

use super::companies::{company, machine_name, reseller};
use super::plan::{Ago, BEGINNING, POOLS, Step, plan};

/// The shop, which sells and activates.
const SHOP: &str = "shop";

/// The person who decides.
const PERSON: &str = "Grace";

/// What carrying out the plan needs.
pub struct Filling<'a> {
    ledger: &'a Ledger,
    issuing: Issuing<'a, SigningKey>,
    now: DateTime<Utc>,
    customers: HashMap<usize, CustomerId>,
    generators: Vec<GeneratorId>,
    /// The licenses that wait in each pool.
    pools: Vec<VecDeque<LicenseId>>,
    sold: HashMap<usize, LicenseId>,
}

/// The time at which the ledger begins.
pub fn beginning(now: DateTime<Utc>) -> DateTime<Utc> {
    at(now, BEGINNING)
}

fn at(now: DateTime<Utc>, ago: Ago) -> DateTime<Utc> {
    TimeDelta::try_minutes(ago.into()).and_then(|ago| now.checked_sub_signed(ago)).unwrap_or(now)
}

impl<'a> Filling<'a> {
    /// Fills an empty ledger with the catalogue.
    pub async fn fill(
        ledger: &'a Ledger,
        issuing: Issuing<'a, SigningKey>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Filling<'a>> {
        let (pools, sold) = (vec![VecDeque::new(); POOLS.len()], HashMap::new());
        let mut filling =
            Filling { ledger, issuing, now, customers: HashMap::new(), generators: Vec::new(), pools, sold };
        let by = filling.by(PERSON, BEGINNING);
        for pool in POOLS {
            let order = json!({ "offer": pool.offer }).to_string();
            let generator = ledger.create_generator(issuing, pool.name, &order, pool.signing, &by).await?;
            filling.generators.push(generator.id);
        }
        ledger.find_or_create_customer(&reseller()?, &by).await?;
        for (ago, step) in plan() {
            filling.carry_out(ago, &step).await.with_context(|| format!("{ago} minutes before now: {step:?}"))?;
        }
        filling.ask_for_approvals().await.context("the approvals that wait")?;
        Ok(filling)
    }

    /// Two orders that wait: a long trial on a fixed day, and a reissue with later days.
    async fn ask_for_approvals(&mut self) -> anyhow::Result<()> {
        let (yesterday, today) = (self.by(SHOP, 24 * 60), self.by(PERSON, 60));
        let ends = |by: &By, days: u64| -> anyhow::Result<Option<End>> {
            let day = by.at.date_naive().checked_add_days(Days::new(days)).context("no such day")?;
            Ok(Some(End::Through(Day::from_date(day)?)))
        };
        let (ledger, issuing) = (self.ledger, self.issuing);
        // A customer without a trial.
        let customer = self.customer(100, &yesterday).await?;
        let mut trial = Order::of_offer("studio-trial", random_serial()?);
        trial.end = ends(&yesterday, 44)?;
        let ask = Ask { reason: "their pilot ends after the holidays".parse()?, maker: SHOP.to_owned() };
        let new = NewLicense::new(trial).for_customer(customer);
        let asked = ledger.create_or_ask(issuing, &new, &ask, &yesterday).await?;
        ensure!(matches!(asked, Ordered::Waiting(_)), "the trial needs no approval");

        let license = self.to_try().await?;
        let mut later = Order::reissue_of(random_serial()?, random_serial()?);
        later.end = ends(&today, 500)?;
        (later.reason, later.ticket) = (Some("promised by sales".to_owned()), Some("DESK-9001".to_owned()));
        let ask = Ask { reason: "two more months, as promised in their contract".parse()?, maker: PERSON.to_owned() };
        let asked = ledger.reissue_or_ask(issuing, license.id, &later, Expected::Any, &ask, &today).await?;
        ensure!(matches!(asked, Ordered::Waiting(_)), "the reissue needs no approval");
        Ok(())
    }

    /// A license that is in use and has a free slot, to try.
    pub async fn to_try(&self) -> anyhow::Result<License> {
        let licenses = self.ledger.licenses(None, PageSize::MAX).await?.rows;
        let by = self.by(PERSON, 0);
        let is_usable = |license: &&License| {
            license.state(by.at).code() == "active" && license.offer.as_deref() == Some("studio-annual")
        };
        licenses.into_iter().find(|license| is_usable(&license)).context("the plan has no license in use")
    }

    fn by(&self, actor: &str, ago: Ago) -> By {
        By::new(actor, at(self.now, ago))
    }

    async fn carry_out(&mut self, ago: Ago, step: &Step) -> anyhow::Result<()> {
        let (shop, person) = (self.by(SHOP, ago), self.by(PERSON, ago));
        let (ledger, issuing) = (self.ledger, self.issuing);
        match *step {
            Step::Fill { pool, count } => {
                let generator = *self.generators.get(pool).context("an unknown pool")?;
                let made = ledger.generate(issuing, generator, count, &person).await?;
                self.pools.get_mut(pool).context("an unknown pool")?.extend(made);
            }
            Step::Sell { license, offer, customer } => {
                let owner = self.customer(customer, &shop).await?;
                let id = match POOLS.iter().position(|pool| pool.offer == offer) {
                    Some(pool) => {
                        let waiting = self.pools.get_mut(pool).and_then(VecDeque::pop_front);
                        let id = waiting.context("the pool is empty")?;
                        ledger.assign(issuing, id, owner, None, Expected::Any, &shop).await?;
                        id
                    }
                    None => {
                        let mut new = ordered(offer, license)?.for_customer(owner);
                        new.order.licensee = company(customer)?.name.map(|name| name.as_str().to_owned());
                        ledger.create(issuing, &new, &shop).await?.into_license().id
                    }
                };
                self.sold.insert(license, id);
            }
            Step::Deliver(license) => {
                ledger.deliver(self.id(license)?, issuing.catalog, &shop).await?;
            }
            Step::Activate { license, machine } => {
                let serial = self.serial(license).await?;
                let (name, machine) = (machine_name(machine), format!("machine-{machine:04}").parse::<Machine>()?);
                ledger.activate(serial, &machine, Some(&name), issuing.catalog, &shop).await?;
            }
            Step::Release(license) => {
                let activations = ledger.activations_of(self.id(license)?, None, PageSize::MAX).await?.rows;
                let newest = activations.first().context("a license without a machine")?.id;
                ledger.release(newest, Releaser::Customer { per_30d: None }, None, &shop).await?;
            }
            Step::AddSeats(license) => {
                let mut order = Order::reissue_of(self.serial(license).await?, random_serial()?);
                order.seats = Some("10".parse()?);
                order.reason = Some("five more people".to_owned());
                order.ticket = Some(format!("DESK-{license}"));
                ledger.reissue(issuing, self.id(license)?, &order, Expected::Any, &person).await?;
            }
            Step::Suspend(license, cause) => {
                ledger.suspend(self.id(license)?, cause, Some(cause.code()), Expected::Any, &person).await?;
            }
            Step::Resume(license) => {
                ledger.resume(self.id(license)?, Some("paid"), Expected::Any, &person).await?;
            }
            Step::Inactivate(license) => {
                let reason = Some("the customer's project is paused");
                ledger.inactivate(self.id(license)?, reason, Expected::Any, &person).await?;
            }
            Step::Renew(license) => {
                let order = Order::renewal_of(self.serial(license).await?, random_serial()?);
                ledger.renew(issuing, self.id(license)?, &order, Expected::Any, &shop).await?;
            }
            Step::Bridge(license) => {
                let order = Order::of_offer("studio-stopgap", random_serial()?);
                ledger.stopgap(issuing, self.id(license)?, &order, Expected::Any, &person).await?;
            }
            Step::Revoke(license, reason) => {
                ledger.revoke(self.id(license)?, reason, None, Expected::Any, &person).await?;
            }
        }
        Ok(())
    }

    fn id(&self, license: usize) -> anyhow::Result<LicenseId> {
        self.sold.get(&license).copied().context("the license is not sold yet")
    }

    /// The serial of the newest key.
    async fn serial(&self, license: usize) -> anyhow::Result<Serial> {
        let keys = self.ledger.keys(self.id(license)?).await?;
        Ok(keys.last().context("the license has no key")?.serial)
    }

    /// The customer with that number, who is written down at the first sale.
    async fn customer(&mut self, number: usize, by: &By) -> anyhow::Result<CustomerId> {
        if let Some(id) = self.customers.get(&number) {
            return Ok(*id);
        }
        let found = self.ledger.find_or_create_customer(&company(number)?, by).await?;
        let id = found.into_customer().id;
        self.customers.insert(number, id);
        Ok(id)
    }
}

/// A license of an offer that is ordered.
fn ordered(offer: &str, license: usize) -> anyhow::Result<NewLicense> {
    let mut order = Order::of_offer(offer, random_serial()?);
    match offer {
        "studio-annual" => order.activations = Some("3".parse()?),
        "studio-enterprise" => order.activations = Some(Quantity::Unlimited),
        "studio-quarterly" => {
            order.subscription = Some(Subscription { id: format!("sub_{license:04}"), name: None });
        }
        _ => {}
    }
    let mut new = NewLicense::new(order);
    new.metadata = Some(json!({ "po": format!("PO-{license:04}") }).to_string().parse::<Metadata>()?);
    Ok(new)
}
