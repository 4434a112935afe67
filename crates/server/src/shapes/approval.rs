use keyward_issuer::{Edition, Product};
use keyward_ledger::{Approval, CustomerId, Scope};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::license::{CustomerRef, customers, kind};
use super::{Named, time};
use crate::problem::Problem;
use crate::request::Caller;

/// An order that breaks rules which a person may lift, as it was asked for. Nothing was issued by it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalShape {
    /// The id, `apr_…`.
    id: String,
    /// `waiting`, or `withdrawn`: taken back, or the customer was erased.
    state: &'static str,
    /// What the order is for: `create`, `assign`, `reissue` or `renew`.
    action: &'static str,
    /// The license that it is about; null for a new one. It may be deleted since.
    license: Option<String>,
    /// The customer; null for the pool. Without the right to read customers, only the id.
    customer: Option<CustomerRef>,
    /// The product.
    product: Named,
    /// The edition.
    edition: Named,
    /// `standard`, `trial` or `stopgap`.
    kind: &'static str,
    /// The first day of what would have been issued on the day of the request.
    valid_from: String,
    /// The last day of what would have been issued then; null is perpetual.
    valid_through: Option<String>,
    /// The last day on which the approval is of use, for a trial that is too long, ends on a fixed day and breaks no other rule: from
    /// the next day on, the same order needs none. Null if waiting changes nothing.
    last_useful_day: Option<String>,
    /// The order, with its fields as texts in one form; null after an erasure. It may name people, as do the reason and the details of
    /// the rules: who did not ask for the approval needs the right to read customers to see them.
    #[schema(value_type = Option<Object>)]
    order: Option<Value>,
    /// SHA-256 of the order with its action, license and customer, in hex; null after an erasure.
    order_digest: Option<String>,
    /// The rules that it breaks, with the nearest permitted values. Empty after an erasure.
    refusals: Vec<RefusalShape>,
    /// Why it is to be approved; null after an erasure, or without the right to see it.
    reason: Option<String>,
    /// Who asked.
    asked_by: String,
    /// Who counts as the one who asked: the maker of the token. This person may not approve.
    maker: String,
    /// The time of the request.
    created_at: String,
}

/// A rule that an order breaks.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct RefusalShape {
    /// A stable code.
    code: String,
    /// What breaks the rule, and the nearest permitted value; null without the right to see it.
    detail: Option<String>,
}

/// Approvals as they are shown to the caller.
pub(crate) async fn approvals_shapes(caller: &Caller, approvals: &[Approval]) -> Result<Vec<ApprovalShape>, Problem> {
    let catalog = caller.catalog()?;
    let ids: Vec<CustomerId> = approvals.iter().filter_map(|approval| approval.customer).collect();
    let customers = customers(caller, ids).await?;
    let shape = |approval: &Approval| {
        // What was written may name people.
        let is_shown = caller.may(Scope::CustomersRead) || approval.asked_by == caller.by().actor;
        let product = catalog.product_by_number(Product(approval.product));
        let refusals = approval.refusals.as_deref().map(serde_json::from_str).transpose();
        let mut refusals: Vec<RefusalShape> = refusals.ok().flatten().unwrap_or_default();
        let order = approval.order_json.as_deref().filter(|_| is_shown).map(serde_json::from_str).transpose();
        if !is_shown {
            refusals.iter_mut().for_each(|refusal| refusal.detail = None);
        }
        ApprovalShape {
            id: approval.id.to_string(),
            state: approval.state.code(),
            action: approval.action.code(),
            license: approval.license.map(|id| id.to_string()),
            customer: approval.customer.map(|id| CustomerRef::new(id, customers.get(&id))),
            product: Named::product(&catalog, Product(approval.product)),
            edition: Named::edition(product, Edition(approval.edition)),
            kind: kind(approval.kind),
            valid_from: approval.valid_from.to_string(),
            valid_through: approval.valid_through.map(|day| day.to_string()),
            last_useful_day: approval.last_useful_day.map(|day| day.to_string()),
            order: order.ok().flatten(),
            order_digest: approval.order_digest.as_deref().map(hex::encode),
            refusals,
            reason: approval.reason.clone().filter(|_| is_shown),
            asked_by: approval.asked_by.clone(),
            maker: approval.maker.clone(),
            created_at: time(approval.created_at),
        }
    };
    Ok(approvals.iter().map(shape).collect())
}
