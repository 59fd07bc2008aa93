//! Negotiations: their numbered versions, who agreed to which in which words, and how they ended.
//!
//! The digest of a version is made here and compared at each reading, so that terms which were tampered with are never acted on.

use domain::plan::negotiation::{ProposalState, Side, Turn};
use domain::plan::{Covered, Forbearance, Pace, Parts, Shape, Terms};
use domain::{
    BusinessId, ContactId, Currency, CustomerId, Date, EventId, InvoiceId, LinkId, LongText, MemberId, Money,
    PlanId, ProposalId, Timestamp,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::bulk::Given;
use crate::rows::Reading;
use crate::{StoreError, Tx};

/// The guard that refuses a second negotiation about an invoice.
pub const ALREADY_PROPOSED: &str = "plan_proposal_invoice_business_id_invoice_id_key";

/// The digest that stands for terms and promises.
pub fn digest(terms: &Terms, promised: Forbearance) -> [u8; 32] {
    Sha256::digest(terms.canonical(promised)).into()
}

/// A negotiation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// Whose.
    pub business: BusinessId,
    /// With whom.
    pub customer: CustomerId,
    /// What all of it is in.
    pub currency: Currency,
    /// What the legal steps depend on.
    pub turn: Turn,
    /// The plan that came of it.
    pub plan: Option<PlanId>,
    /// Which side ended it, where a side did, and in which words.
    pub ended_by: Option<(Side, Option<LongText>)>,
    /// When it began. Business time.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

row! {
    struct ProposalRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        currency: String,
        state: String,
        newest: i64,
        side: String,
        expires_at: Timestamp,
        plan_id: Option<Uuid>,
        ended_by: Option<String>,
        end_word: String,
        created_at: Timestamp,
        ended_at: Option<Timestamp>,
    }
}

impl TryFrom<ProposalRow> for Proposal {
    type Error = StoreError;

    fn try_from(row: ProposalRow) -> Result<Self, StoreError> {
        let id = ProposalId::from_uuid(row.id);
        let at = Reading { table: "plan_proposal", row: id };
        let ended_by = at.named("ended_by", row.ended_by.as_deref(), Side::from_name)?;
        let word = at.value("end_word", LongText::parse_optional(&row.end_word))?;
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            currency: at.currency(&row.currency)?,
            turn: Turn {
                state: at.known("state", ProposalState::from_name(&row.state))?,
                newest: at.count("newest", row.newest)?,
                by: at.known("side", Side::from_name(&row.side))?,
                expires_at: row.expires_at,
            },
            plan: row.plan_id.map(PlanId::from_uuid),
            ended_by: ended_by.map(|side| (side, word)),
            created_at: row.created_at,
            ended_at: row.ended_at,
        })
    }
}

fn proposals(rows: Vec<ProposalRow>) -> Result<Vec<Proposal>, StoreError> {
    rows.into_iter().map(Proposal::try_from).collect()
}

macro_rules! proposals_where {
    ($($condition:expr),+) => {
        concat!(
            "SELECT plan_proposal.id, plan_proposal.business_id, plan_proposal.customer_id, plan_proposal.currency,
                plan_proposal.state, plan_proposal.newest, plan_version.side, plan_version.expires_at,
                plan_proposal.plan_id, plan_proposal.ended_by, plan_proposal.end_word, plan_proposal.created_at,
                plan_proposal.ended_at
             FROM plan_proposal
             JOIN plan_version ON plan_version.proposal_id = plan_proposal.id AND plan_version.number = plan_proposal.newest
             WHERE ", $($condition),+)
    };
}

/// A version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number, the first is 1.
    pub number: u32,
    /// Who wrote it.
    pub by: Side,
    /// The terms.
    pub terms: Terms,
    /// What is promised while a plan of these terms is kept, and follows when it is not.
    pub promised: Forbearance,
    /// The digest of both.
    pub digest: [u8; 32],
    /// What its side said to it.
    pub word: Option<LongText>,
    /// When. Business time.
    pub made_at: Timestamp,
    /// Until when it can be acted on.
    pub expires_at: Timestamp,
}

/// A version that is being written.
#[derive(Clone, Copy, Debug)]
pub struct NewVersion<'a> {
    /// Who writes it.
    pub by: Side,
    /// The terms.
    pub terms: &'a Terms,
    /// What is promised.
    pub promised: Forbearance,
    /// What its side says to it.
    pub word: Option<&'a LongText>,
    /// When. Business time.
    pub made_at: Timestamp,
    /// Until when it can be acted on.
    pub expires_at: Timestamp,
}

/// A negotiation that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewProposal<'a> {
    /// Its id.
    pub id: ProposalId,
    /// Whose.
    pub business: BusinessId,
    /// With whom.
    pub customer: CustomerId,
    /// What is on the table first.
    pub version: NewVersion<'a>,
    /// What tells of it.
    pub event: EventId,
}

/// Begins a negotiation about the invoices of its first version. Refused by [`ALREADY_PROPOSED`] while another goes on about one of
/// them.
pub async fn begin(tx: &mut Tx, new: &NewProposal<'_>) -> Result<(), StoreError> {
    let currency = new.version.terms.currency();
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO plan_proposal (id, business_id, customer_id, currency, state, newest, event_id, created_at)
             VALUES ($1, $2, $3, $4, 'open', 1, $5, $6)"
        )
        .bind(new.id.uuid())
        .bind(new.business.uuid())
        .bind(new.customer.uuid())
        .bind(currency.code())
        .bind(new.event.uuid())
        .bind(new.version.made_at)
    )?;
    Given::of(new.version.terms.covered())
        .uuid("proposal_id", |_| new.id.uuid())
        .uuid("invoice_id", |covered| covered.invoice.uuid())
        .uuid("business_id", |_| new.business.uuid())
        .uuid("customer_id", |_| new.customer.uuid())
        .text("currency", |_| currency.code())
        .flag("live", |_| true)
        .insert(tx, "plan_proposal_invoice")
        .await?;
    write(tx, new.id, 1, &new.version).await
}

/// Writes another version on top of the newest one that was read. `false` when there is a newer one by now, or the negotiation is
/// over: of two who write at once, one does. Refused by `foreign_key` when it covers an invoice that the negotiation is not about.
pub async fn offer(
    tx: &mut Tx,
    proposal: &Proposal,
    version: &NewVersion<'_>,
    event: EventId,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE plan_proposal SET newest = newest + 1, event_id = $4
             WHERE id = $1 AND business_id = $2 AND newest = $3 AND state = 'open'"
        )
        .bind(proposal.id.uuid())
        .bind(proposal.business.uuid())
        .bind(i64::from(proposal.turn.newest))
        .bind(event.uuid())
    )?;
    if rows == 0 {
        return Ok(false);
    }
    write(tx, proposal.id, proposal.turn.newest + 1, version).await?;
    Ok(true)
}

async fn write(
    tx: &mut Tx,
    proposal: ProposalId,
    number: u32,
    version: &NewVersion<'_>,
) -> Result<(), StoreError> {
    let (terms, shape) = (version.terms, version.terms.shape());
    Given::of(terms.covered())
        .uuid("proposal_id", |_| proposal.uuid())
        .number("number", |_| i64::from(number))
        .uuid("invoice_id", |covered| covered.invoice.uuid())
        .number("open_minor", |covered| covered.open.minor())
        .insert(tx, "plan_version_invoice")
        .await?;
    let (count, each) = match shape.parts {
        Parts::Count(count) => (Some(i64::from(count)), None),
        Parts::Each(each) => (None, Some(each.minor())),
    };
    let digest = digest(terms, version.promised);
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO plan_version (proposal_id, number, business_id, customer_id, currency, side, total_minor, down_minor,
                part_count, each_minor, pace, first_on, autopay, grace_days, cure_days, fees_waived, terms_hash, word,
                made_at, expires_at)
             SELECT id, $2, business_id, customer_id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18
             FROM plan_proposal WHERE id = $1"
        )
        .bind(proposal.uuid())
        .bind(i64::from(number))
        .bind(terms.currency().code())
        .bind(version.by.as_str())
        .bind(terms.total().minor())
        .bind(shape.down.map_or(0, Money::minor))
        .bind(count)
        .bind(each)
        .bind(shape.pace.as_str())
        .bind(shape.first_on)
        .bind(shape.autopay)
        .bind(i64::from(version.promised.grace_days))
        .bind(i64::from(version.promised.cure_days))
        .bind(version.promised.fees_waived)
        .bind(&digest[..])
        .bind(version.word.map_or("", LongText::as_str))
        .bind(version.made_at)
        .bind(version.expires_at)
    )
    .map(|_rows| ())
}

/// How a negotiation ends without a plan.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How.
    pub state: ProposalState,
    /// By which side; none when it ends by itself.
    pub by: Option<Side>,
    /// In which words.
    pub word: Option<LongText>,
    /// When. Business time.
    pub at: Timestamp,
}

/// Ends a negotiation without a plan. `false` when there is a newer version than the one that was read, or it is over.
pub async fn end(
    tx: &mut Tx,
    proposal: &Proposal,
    ended: &Ended,
    event: EventId,
) -> Result<bool, StoreError> {
    end_with(tx, proposal, ended, None, event).await
}

pub(super) async fn end_with(
    tx: &mut Tx,
    proposal: &Proposal,
    ended: &Ended,
    plan: Option<PlanId>,
    event: EventId,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE plan_proposal SET state = $4, plan_id = $5, ended_by = $6, end_word = $7, ended_at = $8, event_id = $9
             WHERE id = $1 AND business_id = $2 AND newest = $3 AND state = 'open'"
        )
        .bind(proposal.id.uuid())
        .bind(proposal.business.uuid())
        .bind(i64::from(proposal.turn.newest))
        .bind(ended.state.as_str())
        .bind(plan.map(PlanId::uuid))
        .bind(ended.by.map(Side::as_str))
        .bind(ended.word.as_ref().map_or("", LongText::as_str))
        .bind(ended.at)
        .bind(event.uuid())
    )?;
    Ok(rows == 1)
}

/// A negotiation.
pub async fn find(tx: &mut Tx, business: BusinessId, id: ProposalId) -> Result<Option<Proposal>, StoreError> {
    let row: Option<ProposalRow> = on!(tx, connection => sqlx::query_as(
        proposals_where!("plan_proposal.id = $1 AND plan_proposal.business_id = $2"))
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Proposal::try_from).transpose()
}

/// The negotiations with a customer, the newest first.
pub async fn of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<Proposal>, StoreError> {
    let rows: Vec<ProposalRow> = on!(tx, connection => sqlx::query_as(
        proposals_where!("plan_proposal.business_id = $1 AND plan_proposal.customer_id = $2
            ORDER BY plan_proposal.id DESC"))
        .bind(business.uuid()).bind(customer.uuid()).fetch_all(connection))?;
    proposals(rows)
}

/// The negotiation that goes on about an invoice.
pub async fn open_about(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
) -> Result<Option<Proposal>, StoreError> {
    let row: Option<ProposalRow> = on!(tx, connection => sqlx::query_as(
        proposals_where!("plan_proposal.business_id = $1 AND plan_proposal.id IN (
            SELECT proposal_id FROM plan_proposal_invoice
            WHERE plan_proposal_invoice.business_id = $1 AND plan_proposal_invoice.invoice_id = $2
                AND plan_proposal_invoice.live)"))
        .bind(business.uuid()).bind(invoice.uuid()).fetch_optional(connection))?;
    row.map(Proposal::try_from).transpose()
}

/// Negotiations whose newest version nobody answered in time, of all businesses; whatever ran out first comes first.
pub async fn expired(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Proposal>, StoreError> {
    let rows: Vec<ProposalRow> = on!(tx, connection => sqlx::query_as(
        proposals_where!("plan_proposal.state = 'open' AND plan_version.expires_at <= $1
            ORDER BY plan_version.expires_at, plan_proposal.id LIMIT $2"))
        .bind(now).bind(limit).fetch_all(connection))?;
    proposals(rows)
}

row! {
    struct VersionRow {
        number: i64,
        currency: String,
        side: String,
        down_minor: i64,
        part_count: Option<i64>,
        each_minor: Option<i64>,
        pace: String,
        first_on: Date,
        autopay: bool,
        grace_days: i64,
        cure_days: i64,
        fees_waived: bool,
        terms_hash: Vec<u8>,
        word: String,
        made_at: Timestamp,
        expires_at: Timestamp,
    }
}

row! {
    struct VersionInvoiceRow {
        number: i64,
        invoice_id: Uuid,
        open_minor: i64,
    }
}

impl VersionRow {
    fn version(self, proposal: ProposalId, covered: &[VersionInvoiceRow]) -> Result<Version, StoreError> {
        let at = Reading { table: "plan_version", row: format!("{proposal} {}", self.number) };
        let currency = at.currency(&self.currency)?;
        let covered = covered.iter().filter(|row| row.number == self.number).map(|row| {
            let open = at.money("open_minor", row.open_minor, currency)?;
            Ok(Covered { invoice: InvoiceId::from_uuid(row.invoice_id), open })
        });
        let covered = covered.collect::<Result<Vec<_>, StoreError>>()?;
        let parts = match (self.part_count, self.each_minor) {
            (Some(count), None) => Parts::Count(at.count("part_count", count)?),
            (None, Some(each)) => Parts::Each(at.money("each_minor", each, currency)?),
            _ => return Err(StoreError::corrupt(at.table, "part_count", &at.row, "both or neither")),
        };
        let down = at.money("down_minor", self.down_minor, currency)?;
        let shape = Shape {
            down: down.is_positive().then_some(down),
            parts,
            pace: at.known("pace", Pace::from_name(&self.pace))?,
            first_on: self.first_on,
            autopay: self.autopay,
        };
        let terms = at.value("terms", Terms::of(covered, shape))?;
        let promised = Forbearance {
            grace_days: at.count("grace_days", self.grace_days)?,
            cure_days: at.count("cure_days", self.cure_days)?,
            fees_waived: self.fees_waived,
        };
        let kept = at.hash("terms_hash", self.terms_hash)?;
        let digest =
            at.known("terms_hash", Some(digest(&terms, promised)).filter(|digest| *digest == kept))?;
        Ok(Version {
            number: at.count("number", self.number)?,
            by: at.known("side", Side::from_name(&self.side))?,
            terms,
            promised,
            digest,
            word: at.value("word", LongText::parse_optional(&self.word))?,
            made_at: self.made_at,
            expires_at: self.expires_at,
        })
    }
}

/// All versions of a negotiation, the first first.
pub async fn versions(
    tx: &mut Tx,
    business: BusinessId,
    proposal: ProposalId,
) -> Result<Vec<Version>, StoreError> {
    let rows: Vec<VersionRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM plan_version WHERE proposal_id = $1 AND business_id = $2 ORDER BY number")
        .bind(proposal.uuid()).bind(business.uuid()).fetch_all(connection))?;
    let covered: Vec<VersionInvoiceRow> = on!(tx, connection => sqlx::query_as(
        "SELECT number, invoice_id, open_minor FROM plan_version_invoice WHERE proposal_id = $1 ORDER BY invoice_id")
        .bind(proposal.uuid()).fetch_all(connection))?;
    rows.into_iter().map(|row| row.version(proposal, &covered)).collect()
}

/// Who agreed to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreeing {
    /// The customer: who they proved to be, and the link they came by.
    Customer(ContactId, LinkId),
    /// A member of the business.
    Member(MemberId),
    /// The business's policy.
    Policy,
}

impl Agreeing {
    /// For which side.
    pub const fn side(self) -> Side {
        match self {
            Self::Customer(..) => Side::Customer,
            Self::Member(_) | Self::Policy => Side::Business,
        }
    }
}

/// The evidence that a side agreed to a version, by writing it or by accepting it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// To which version.
    pub number: u32,
    /// Who.
    pub who: Agreeing,
    /// The digest of the terms.
    pub digest: [u8; 32],
    /// All that was shown, word for word.
    pub shown: String,
    /// In which language and formats.
    pub locale: String,
    /// From where. Erased with the person.
    pub address: Option<String>,
    /// With what. Likewise.
    pub user_agent: Option<String>,
    /// When. Business time.
    pub at: Timestamp,
}

/// Keeps the evidence that a side agreed to the newest version.
pub async fn agree(tx: &mut Tx, proposal: &Proposal, agreement: &Agreement) -> Result<(), StoreError> {
    let (contact, link, member) = match agreement.who {
        Agreeing::Customer(contact, link) => (Some(contact.uuid()), Some(link.uuid()), None),
        Agreeing::Member(member) => (None, None, Some(member.uuid())),
        Agreeing::Policy => (None, None, None),
    };
    let text_hash: [u8; 32] = Sha256::digest(&agreement.shown).into();
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO plan_agreement (proposal_id, number, side, business_id, customer_id, contact_id, link_id, member_id,
                terms_hash, shown_text, text_hash, locale, address, user_agent, agreed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        )
        .bind(proposal.id.uuid())
        .bind(i64::from(agreement.number))
        .bind(agreement.who.side().as_str())
        .bind(proposal.business.uuid())
        .bind(proposal.customer.uuid())
        .bind(contact)
        .bind(link)
        .bind(member)
        .bind(&agreement.digest[..])
        .bind(&agreement.shown[..])
        .bind(&text_hash[..])
        .bind(&agreement.locale[..])
        .bind(agreement.address.as_deref())
        .bind(agreement.user_agent.as_deref())
        .bind(agreement.at)
    )
    .map(|_rows| ())
}

row! {
    struct AgreementRow {
        number: i64,
        side: String,
        contact_id: Option<Uuid>,
        link_id: Option<Uuid>,
        member_id: Option<Uuid>,
        terms_hash: Vec<u8>,
        shown_text: String,
        locale: String,
        address: Option<String>,
        user_agent: Option<String>,
        agreed_at: Timestamp,
    }
}

/// Who agreed to which version in which words, in order: whoever wrote it first.
pub async fn agreements(
    tx: &mut Tx,
    business: BusinessId,
    proposal: ProposalId,
) -> Result<Vec<Agreement>, StoreError> {
    let rows: Vec<AgreementRow> = on!(tx, connection => sqlx::query_as(
        "SELECT plan_agreement.* FROM plan_agreement
         JOIN plan_version ON plan_version.proposal_id = plan_agreement.proposal_id
            AND plan_version.number = plan_agreement.number
         WHERE plan_agreement.proposal_id = $1 AND plan_agreement.business_id = $2
         ORDER BY plan_agreement.number, plan_agreement.side <> plan_version.side")
        .bind(proposal.uuid()).bind(business.uuid()).fetch_all(connection))?;
    rows.into_iter()
        .map(|row| {
            let at =
                Reading { table: "plan_agreement", row: format!("{proposal} {} {}", row.number, row.side) };
            let who = match (row.contact_id, row.link_id, row.member_id) {
                (Some(contact), Some(link), None) => {
                    Agreeing::Customer(ContactId::from_uuid(contact), LinkId::from_uuid(link))
                }
                (None, None, Some(member)) => Agreeing::Member(MemberId::from_uuid(member)),
                (None, None, None) => Agreeing::Policy,
                _ => return Err(StoreError::corrupt(at.table, "contact_id", &at.row, "not one who agrees")),
            };
            Ok(Agreement {
                number: at.count("number", row.number)?,
                who,
                digest: at.hash("terms_hash", row.terms_hash)?,
                shown: row.shown_text,
                locale: row.locale,
                address: row.address,
                user_agent: row.user_agent,
                at: row.agreed_at,
            })
        })
        .collect()
}
