//! Payment plans: what a business set about them ([`policies`]), what is proposed and agreed to ([`proposals`]), and the plans that
//! came of it.
//!
//! A plan is made of the newest version of a proposal, to which both sides agreed, in the transaction that ends the negotiation. Its
//! timetable and amounts never change; what was decided about it later, does.

pub mod policies;
pub mod proposals;

use domain::plan::keeping::{PlanState, Warned};
use domain::plan::negotiation::{ProposalState, Side};
use domain::plan::{Covered, Instalment};
use domain::{
    BusinessId, CustomerId, Date, EventId, InstalmentId, InvoiceId, Money, PlanId, ProposalId, Timestamp,
};
use uuid::Uuid;

use crate::bulk::Given;
use crate::rows::Reading;
use crate::{StoreError, Tx};

/// The guard that refuses a second live plan over an invoice.
pub const ALREADY_PLANNED: &str = "plan_invoice_business_id_invoice_id_key";

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// Whose.
    pub business: BusinessId,
    /// Who pays.
    pub customer: CustomerId,
    /// The negotiation it came of.
    pub proposal: ProposalId,
    /// The version that was agreed to: terms and promises stand there.
    pub version: u32,
    /// What it comes to.
    pub total: Money,
    /// What was decided about it last.
    pub state: PlanState,
    /// The plan it took the place of.
    pub supersedes: Option<PlanId>,
    /// The day of the agreement, in the business's zone.
    pub agreed_on: Date,
    /// The moment. Business time.
    pub agreed_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The last word about a missed instalment that went out.
    pub warned: Option<Warned>,
    /// When a worker looks next. Business time.
    pub next_look_at: Option<Timestamp>,
}

row! {
    struct PlanRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        currency: String,
        proposal_id: Uuid,
        version_number: i64,
        total_minor: i64,
        state: String,
        supersedes_id: Option<Uuid>,
        agreed_on: Date,
        agreed_at: Timestamp,
        ended_at: Option<Timestamp>,
        warned_number: Option<i64>,
        warned_on: Option<Date>,
        next_look_at: Option<Timestamp>,
    }
}

impl TryFrom<PlanRow> for Plan {
    type Error = StoreError;

    fn try_from(row: PlanRow) -> Result<Self, StoreError> {
        let id = PlanId::from_uuid(row.id);
        let at = Reading { table: "plan", row: id };
        let currency = at.currency(&row.currency)?;
        let warned = row
            .warned_number
            .zip(row.warned_on)
            .map(|(number, on)| at.count("warned_number", number).map(|number| Warned { number, on }));
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            proposal: ProposalId::from_uuid(row.proposal_id),
            version: at.count("version_number", row.version_number)?,
            total: at.money("total_minor", row.total_minor, currency)?,
            state: at.known("state", PlanState::from_name(&row.state))?,
            supersedes: row.supersedes_id.map(PlanId::from_uuid),
            agreed_on: row.agreed_on,
            agreed_at: row.agreed_at,
            ended_at: row.ended_at,
            warned: warned.transpose()?,
            next_look_at: row.next_look_at,
        })
    }
}

fn plans(rows: Vec<PlanRow>) -> Result<Vec<Plan>, StoreError> {
    rows.into_iter().map(Plan::try_from).collect()
}

/// A plan that both sides have just agreed to.
#[derive(Debug)]
pub struct NewPlan<'a> {
    /// Its id.
    pub id: PlanId,
    /// The negotiation, as it was read.
    pub proposal: &'a proposals::Proposal,
    /// The invoices under it and their amounts: those of the newest version.
    pub covered: &'a [Covered],
    /// The timetable, with an id for each.
    pub instalments: &'a [(InstalmentId, Instalment)],
    /// The side that said yes to what the other wrote.
    pub accepted_by: Side,
    /// The plan it takes the place of, which has just been superseded.
    pub supersedes: Option<PlanId>,
    /// The day of the agreement, in the business's zone.
    pub agreed_on: Date,
    /// The moment. Business time.
    pub agreed_at: Timestamp,
    /// When a worker looks first. Business time.
    pub next_look_at: Timestamp,
    /// What tells of it.
    pub event: EventId,
}

/// Ends a negotiation with a plan. `false` when the newest version is another one by now, or the negotiation is over. Refused by
/// [`ALREADY_PLANNED`] when an invoice came under another plan meanwhile, and by the schema's guards unless both sides agreed to the
/// version and the plan comes to it.
pub async fn conclude(tx: &mut Tx, new: &NewPlan<'_>) -> Result<bool, StoreError> {
    let proposal = new.proposal;
    let ended = proposals::Ended {
        state: ProposalState::Accepted,
        by: Some(new.accepted_by),
        word: None,
        at: new.agreed_at,
    };
    if !proposals::end_with(tx, proposal, &ended, Some(new.id), new.event).await? {
        return Ok(false);
    }
    let (business, customer) = (proposal.business.uuid(), proposal.customer.uuid());
    let currency = proposal.currency.code();
    Given::of(new.covered)
        .uuid("plan_id", |_| new.id.uuid())
        .uuid("invoice_id", |covered| covered.invoice.uuid())
        .uuid("business_id", |_| business)
        .uuid("customer_id", |_| customer)
        .text("currency", |_| currency)
        .number("amount_minor", |covered| covered.open.minor())
        .flag("live", |_| true)
        .insert(tx, "plan_invoice")
        .await?;
    Given::of(new.instalments)
        .uuid("id", |(id, _)| id.uuid())
        .uuid("plan_id", |_| new.id.uuid())
        .uuid("business_id", |_| business)
        .uuid("customer_id", |_| customer)
        .text("currency", |_| currency)
        .number("number", |(_, instalment)| i64::from(instalment.number))
        .day("due_on", |(_, instalment)| instalment.due_on)
        .number("amount_minor", |(_, instalment)| instalment.amount.minor())
        .insert(tx, "instalment")
        .await?;
    // The total is that of the version, which the schema compares with both sums.
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO plan (id, business_id, customer_id, currency, proposal_id, version_number, total_minor, state,
                supersedes_id, agreed_on, agreed_at, next_look_at, event_id)
             SELECT $1, business_id, customer_id, currency, proposal_id, number, total_minor, 'active', $4, $5, $6, $7, $8
             FROM plan_version WHERE proposal_id = $2 AND number = $3"
        )
        .bind(new.id.uuid())
        .bind(proposal.id.uuid())
        .bind(i64::from(proposal.turn.newest))
        .bind(new.supersedes.map(PlanId::uuid))
        .bind(new.agreed_on)
        .bind(new.agreed_at)
        .bind(new.next_look_at)
        .bind(new.event.uuid())
    )?;
    Ok(true)
}

/// A plan.
pub async fn find(tx: &mut Tx, business: BusinessId, id: PlanId) -> Result<Option<Plan>, StoreError> {
    let row: Option<PlanRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM plan WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Plan::try_from).transpose()
}

/// The plans of a customer, the newest first.
pub async fn of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<Plan>, StoreError> {
    let rows: Vec<PlanRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM plan WHERE business_id = $1 AND customer_id = $2 ORDER BY id DESC")
        .bind(business.uuid()).bind(customer.uuid()).fetch_all(connection))?;
    plans(rows)
}

/// The plans that a worker is to look at, whoever has waited longest first.
pub async fn to_look_at(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Plan>, StoreError> {
    let rows: Vec<PlanRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM plan WHERE next_look_at <= $1 ORDER BY next_look_at, id LIMIT $2")
        .bind(now).bind(limit).fetch_all(connection))?;
    plans(rows)
}

row! {
    struct LiveRow {
        invoice_id: Uuid,
        plan_id: Uuid,
    }
}

/// Which of these invoices are under a live plan, and under which: whatever chases or collects asks this first.
pub async fn live_over(tx: &mut Tx, invoices: &[InvoiceId]) -> Result<Vec<(InvoiceId, PlanId)>, StoreError> {
    let ids: Vec<Uuid> = invoices.iter().map(|id| id.uuid()).collect();
    let rows: Vec<LiveRow> = on_ids!(tx, &ids, listed, connection => sqlx::query_as(concat!(
        "SELECT invoice_id, plan_id FROM plan_invoice WHERE live AND invoice_id ", listed!(), " ORDER BY invoice_id"))
        .bind(listed).fetch_all(connection))?;
    Ok(rows
        .into_iter()
        .map(|row| (InvoiceId::from_uuid(row.invoice_id), PlanId::from_uuid(row.plan_id)))
        .collect())
}

row! {
    struct AmountRow {
        invoice_id: Uuid,
        currency: String,
        amount_minor: i64,
    }
}

/// The invoices under a plan, and what was open of each at the agreement.
pub async fn covered(tx: &mut Tx, business: BusinessId, plan: PlanId) -> Result<Vec<Covered>, StoreError> {
    let rows: Vec<AmountRow> = on!(tx, connection => sqlx::query_as(
        "SELECT invoice_id, currency, amount_minor FROM plan_invoice
         WHERE plan_id = $1 AND business_id = $2 ORDER BY invoice_id")
        .bind(plan.uuid()).bind(business.uuid()).fetch_all(connection))?;
    let at = Reading { table: "plan_invoice", row: plan };
    rows.into_iter()
        .map(|row| {
            let currency = at.currency(&row.currency)?;
            let open = at.money("amount_minor", row.amount_minor, currency)?;
            Ok(Covered { invoice: InvoiceId::from_uuid(row.invoice_id), open })
        })
        .collect()
}

row! {
    struct InstalmentRow {
        id: Uuid,
        number: i64,
        currency: String,
        due_on: Date,
        amount_minor: i64,
    }
}

/// The timetable of a plan, in order.
pub async fn instalments(
    tx: &mut Tx,
    business: BusinessId,
    plan: PlanId,
) -> Result<Vec<(InstalmentId, Instalment)>, StoreError> {
    let rows: Vec<InstalmentRow> = on!(tx, connection => sqlx::query_as(
        "SELECT id, number, currency, due_on, amount_minor FROM instalment
         WHERE plan_id = $1 AND business_id = $2 ORDER BY number")
        .bind(plan.uuid()).bind(business.uuid()).fetch_all(connection))?;
    rows.into_iter()
        .map(|row| {
            let id = InstalmentId::from_uuid(row.id);
            let at = Reading { table: "instalment", row: id };
            let currency = at.currency(&row.currency)?;
            let instalment = Instalment {
                number: at.count("number", row.number)?,
                due_on: row.due_on,
                amount: at.money("amount_minor", row.amount_minor, currency)?,
            };
            Ok((id, instalment))
        })
        .collect()
}

/// How many plans of a customer were broken.
pub async fn broken(tx: &mut Tx, business: BusinessId, customer: CustomerId) -> Result<u32, StoreError> {
    let count: i64 = on!(tx, connection => sqlx::query_scalar(
        "SELECT COUNT(*) FROM plan WHERE business_id = $1 AND customer_id = $2 AND state = 'broken'")
        .bind(business.uuid()).bind(customer.uuid()).fetch_one(connection))?;
    Reading { table: "plan", row: customer }.count("COUNT(*)", count)
}

/// Writes down what was decided about a plan. `false` when something else was decided since it was read.
pub async fn decide(
    tx: &mut Tx,
    plan: &Plan,
    next: PlanState,
    now: Timestamp,
    next_look_at: Option<Timestamp>,
    event: EventId,
) -> Result<bool, StoreError> {
    let ended_at = (next != PlanState::Active).then_some(now);
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE plan SET state = $4, ended_at = $5, next_look_at = $6, event_id = $7
             WHERE id = $1 AND business_id = $2 AND state = $3"
        )
        .bind(plan.id.uuid())
        .bind(plan.business.uuid())
        .bind(plan.state.as_str())
        .bind(next.as_str())
        .bind(ended_at)
        .bind(next_look_at)
        .bind(event.uuid())
    )?;
    Ok(rows == 1)
}

/// Keeps when a worker looks next, and the last word about a missed instalment. `false` when the plan is not active any more.
pub async fn looked(
    tx: &mut Tx,
    plan: PlanId,
    warned: Option<Warned>,
    next_look_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE plan SET warned_number = $2, warned_on = $3, next_look_at = $4
             WHERE id = $1 AND state = 'active'"
        )
        .bind(plan.uuid())
        .bind(warned.map(|warned| i64::from(warned.number)))
        .bind(warned.map(|warned| warned.on))
        .bind(next_look_at)
    )?;
    Ok(rows == 1)
}
