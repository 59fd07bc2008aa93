//! A small world: two businesses, a customer with a contact, two issued invoices.

use std::collections::BTreeMap;

use chrono::{Duration, TimeZone, Utc};
use domain::event::{Actor, EventKind};
use domain::ledger::{Entry, Part};
use domain::message::{Channel, MessageKind};
use domain::payment::Method;
use domain::schedule::{Said, StepId, Tone};
use domain::{
    AttemptId, BusinessId, ContactId, Currency, CustomerId, EventId, InvoiceId, LinkId, MemberId, MessageId,
    Money, ReceivableId, Timestamp, TransferId,
};
use serde_json::json;
use store::attempts::NewAttempt;
use store::events::NewEvent;
use store::inbox::{Arrived, InboxKey};
use store::ledger::{Booked, Posting};
use store::links::NewLink;
use store::messages::{NewMessage, NewPart, Queued};
use store::testing::{TestStore, attack, bytes_literal, uuid_literal};
use store::{StoreError, Tx};
use uuid::Uuid;

/// An id that is the same in every run.
pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + number)
}

/// Nine in the morning on 2 March 2026, UTC.
pub fn morning() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

pub fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

pub struct World {
    pub store: TestStore,
    pub business: BusinessId,
    pub other_business: BusinessId,
    /// Its owner.
    pub member: MemberId,
    pub customer: CustomerId,
    pub contact: ContactId,
    pub invoice: InvoiceId,
    /// €1,240.00, due on 3 March.
    pub receivable: ReceivableId,
    /// €86.00, due on 10 March.
    pub second_receivable: ReceivableId,
    next_id: std::sync::atomic::AtomicU64,
}

impl World {
    pub async fn of(store: TestStore) -> Self {
        let world = Self {
            store,
            business: BusinessId::from_uuid(id(1)),
            other_business: BusinessId::from_uuid(id(2)),
            member: MemberId::from_uuid(id(5)),
            customer: CustomerId::from_uuid(id(11)),
            contact: ContactId::from_uuid(id(21)),
            invoice: InvoiceId::from_uuid(id(31)),
            receivable: ReceivableId::from_uuid(id(41)),
            second_receivable: ReceivableId::from_uuid(id(42)),
            next_id: std::sync::atomic::AtomicU64::new(1000),
        };
        world
            .does(
                "INSERT INTO business (id, name, time_zone, country, locale, currency, sender_name, reply_to, created_at,
                    updated_at)
                 VALUES ({1}, 'Nordlicht Studio', 'Europe/Berlin', 'DE', 'en-GB', 'EUR', 'Nordlicht', 'a@b.example', {now}, {now}),
                        ({2}, 'Other', 'Europe/Berlin', 'DE', 'en-GB', 'EUR', 'Other', 'o@b.example', {now}, {now});
                 INSERT INTO member (id, business_id, email, name, role, created_at, updated_at)
                 VALUES ({5}, {1}, 'owner@b.example', 'Owner', 'owner', {now}, {now});
                 INSERT INTO customer (id, business_id, number, name, kind, country, locale, time_zone, created_at, updated_at)
                 VALUES ({11}, {1}, 'C-1', 'Kunde', 'company', 'DE', 'en-GB', 'Europe/Berlin', {now}, {now}),
                        ({12}, {1}, 'C-2', 'Andere', 'company', 'DE', 'en-GB', 'Europe/Berlin', {now}, {now}),
                        ({13}, {2}, 'C-1', 'Fremde', 'company', 'DE', 'en-GB', 'Europe/Berlin', {now}, {now});
                 INSERT INTO contact (id, business_id, customer_id, name, email, receives_invoices, created_at, updated_at)
                 VALUES ({21}, {1}, {11}, 'Jo', 'jo@k.example', TRUE, {now}, {now}),
                        ({22}, {1}, {11}, 'Al', 'al@k.example', TRUE, {now}, {now});
                 INSERT INTO invoice (id, business_id, customer_id, state, title, currency, net_days, accepted_methods,
                    net_minor, tax_minor, total_minor, created_at, updated_at)
                 VALUES ({31}, {1}, {11}, 'draft', 'Kitchen', 'EUR', 14, 'card', 104202, 19798, 124000, {now}, {now}),
                        ({32}, {1}, {11}, 'draft', 'Garden', 'EUR', 14, 'card', 8600, 0, 8600, {now}, {now}),
                        ({33}, {1}, {11}, 'draft', 'Roof', 'EUR', 14, 'card', 0, 0, 0, {now}, {now}),
                        ({34}, {1}, {11}, 'draft', 'Old', 'EUR', 14, 'card', 100, 0, 100, {now}, {now});
                 INSERT INTO invoice_line (id, business_id, invoice_id, position, description, quantity_thousandths, unit,
                    unit_price_minor, tax_rate_basis_points, net_minor)
                 VALUES ({51}, {1}, {31}, 1, 'Work', 1000, 'piece', 104202, 1900, 104202),
                        ({52}, {1}, {32}, 1, 'Work', 1000, 'piece', 8600, 0, 8600),
                        ({53}, {1}, {33}, 1, 'Work', 1000, 'piece', 100, 0, 100),
                        ({54}, {1}, {34}, 1, 'Work', 1000, 'piece', 100, 0, 100);
                 UPDATE invoice SET state = 'issued', number = '2026-1', issue_date = '2026-02-17', due_date = '2026-03-03',
                    issued_at = {now}, seller = '{{}}', buyer = '{{}}' WHERE id = {31};
                 UPDATE invoice SET state = 'issued', number = '2026-2', issue_date = '2026-02-24', due_date = '2026-03-10',
                    issued_at = {now}, seller = '{{}}', buyer = '{{}}' WHERE id = {32};
                 UPDATE invoice SET state = 'issued', number = '2026-0', issue_date = '2026-02-24', due_date = '2026-03-10',
                    issued_at = {now}, seller = '{{}}', buyer = '{{}}' WHERE id = {34};
                 UPDATE invoice SET state = 'void', voided_at = {now}, void_reason = 'mistake' WHERE id = {34};
                 INSERT INTO receivable (id, business_id, customer_id, invoice_id, kind, currency, amount_minor, due_date,
                    next_decision_at, created_at)
                 VALUES ({41}, {1}, {11}, {31}, 'invoice', 'EUR', 124000, '2026-03-03', {now}, {now}),
                        ({42}, {1}, {11}, {32}, 'invoice', 'EUR', 8600, '2026-03-10', {later}, {now})",
            )
            .await;
        world
    }

    /// A UUID nobody has yet.
    pub fn fresh(&self) -> Uuid {
        id(u128::from(self.next_id.fetch_add(1, std::sync::atomic::Ordering::SeqCst)))
    }

    /// Fills in `{41}` (the id of that number), `{now}`, `{later}`, `{hash:7}` (32 bytes of 7), `{short}` (one too few), `{empty}` for this database.
    pub fn sql(&self, template: &str) -> String {
        let mut sql = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            sql.push_str(before);
            if let Some(literal) = after.strip_prefix('{') {
                sql.push('{');
                rest = literal;
                continue;
            }
            let (name, after) = after.split_once('}').unwrap();
            match name {
                "now" => sql.push_str("'2026-03-02T09:00:00+00:00'"),
                "empty" => sql.push_str(&bytes_literal(self.store.dialect(), &[])),
                "short" => sql.push_str(&bytes_literal(self.store.dialect(), &[1; 31])),
                "later" => sql.push_str("'2026-03-02T10:00:00+00:00'"),
                _ => sql.push_str(&match name.strip_prefix("hash:") {
                    Some(byte) => bytes_literal(self.store.dialect(), &[byte.parse().unwrap(); 32]),
                    None => uuid_literal(self.store.dialect(), id(name.parse().unwrap())),
                }),
            }
            rest = after;
        }
        sql.push_str(rest);
        sql.replace("}}", "}")
    }

    /// Does and commits.
    pub async fn does(&self, template: &str) -> u64 {
        let mut tx = self.store.begin().await.unwrap();
        let rows = attack(&mut tx, &self.sql(template)).await.unwrap();
        tx.commit().await.unwrap();
        rows
    }

    /// Tries, and leaves no trace: who refused, if anybody did. Statements before the last one prepare the attack.
    pub async fn refuses(&self, statements: &[&str]) -> Option<String> {
        let mut tx = self.store.begin().await.unwrap();
        let (last, before) = statements.split_last().unwrap();
        for statement in before {
            attack(&mut tx, &self.sql(statement))
                .await
                .unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
        match attack(&mut tx, &self.sql(last)).await {
            Ok(_) => None,
            Err(StoreError::Conflict { guard }) => Some(guard),
            Err(error) => panic!("{last}: {error:?}"),
        }
    }

    /// Every attack must be refused by the guard it is named after.
    pub async fn holds_against(&self, attacks: &[(&str, &[&str])]) {
        let found = self.outcomes(attacks).await;
        let wanted: BTreeMap<String, Option<String>> =
            attacks.iter().map(|(guard, attack)| (attack.join(" ; "), Some((*guard).to_owned()))).collect();
        similar(&found, &wanted);
    }

    async fn outcomes(&self, attacks: &[(&str, &[&str])]) -> BTreeMap<String, Option<String>> {
        let mut found = BTreeMap::new();
        for (_, attack) in attacks {
            found.insert(attack.join(" ; "), self.refuses(attack).await);
        }
        found
    }

    /// Records an event, as every change does.
    pub fn tell(&self, tx: &mut Tx, kind: EventKind) -> EventId {
        let event = EventId::from_uuid(self.fresh());
        tx.record(NewEvent {
            id: event,
            business: self.business,
            at: morning(),
            kind,
            actor: Actor::System,
            subject: self.business.into(),
            customer: Some(self.customer),
            invoice: Some(self.invoice),
            data: json!({ "n": 1 }),
            person: None,
        });
        event
    }

    /// An attempt in state `creating`, on one receivable.
    pub async fn attempt(
        &self,
        tx: &mut Tx,
        receivable: ReceivableId,
        amount: Money,
    ) -> Result<AttemptId, StoreError> {
        let attempt = AttemptId::from_uuid(self.fresh());
        let event = self.tell(tx, EventKind::AttemptCreated);
        store::attempts::create(
            tx,
            &NewAttempt {
                id: attempt,
                business: self.business,
                customer: self.customer,
                amount,
                excess: Money::zero(amount.currency()),
                parts: &[Part { receivable, amount }],
                method: Method::Card,
                debit: None,
                saved: None,
                provider: domain::ledger::Provider::Stripe,
                provider_account: "acct_1",
                idempotency_key: &attempt.to_string(),
                event,
                created_at: morning(),
                key_made_at: morning(),
                sync_at: morning() + Duration::minutes(1),
            },
        )
        .await?;
        Ok(attempt)
    }

    /// Queues a first reminder to the contact about a receivable, as the planner does.
    pub async fn reminder(&self, receivable: ReceivableId) -> (MessageId, Queued) {
        let message = MessageId::from_uuid(self.fresh());
        let mut tx = self.store.begin().await.unwrap();
        store::ledger::take_turn(&mut tx, self.business, self.customer).await.unwrap();
        let queued = self.reminder_of(&mut tx, message, &[part(receivable)]).await.unwrap();
        tx.commit().await.unwrap();
        (message, queued)
    }

    /// Queues a reminder with these parts.
    pub async fn reminder_of(
        &self,
        tx: &mut Tx,
        message: MessageId,
        parts: &[NewPart],
    ) -> Result<Queued, StoreError> {
        store::messages::queue(
            tx,
            &NewMessage {
                id: message,
                business: self.business,
                customer: Some(self.customer),
                invoice: None,
                contact: Some(self.contact),
                kind: MessageKind::Reminder,
                channel: Channel::Email,
                dedup_key: None,
                internet_message_id: &format!("<{message}@dunlin.example>"),
                to_name: "Jo",
                to_address: "jo@k.example",
                locale: "en-GB",
                tone: Some(Tone::Friendly),
                data: &json!({}),
                parts,
                created_at: morning(),
                next_try_at: morning(),
            },
        )
        .await
    }

    /// Books a row, telling of it.
    pub async fn book(&self, tx: &mut Tx, entry: &Entry) -> (TransferId, Booked) {
        self.try_book(tx, entry).await.unwrap()
    }

    /// Books a row if the schema lets it.
    pub async fn try_book(&self, tx: &mut Tx, entry: &Entry) -> Result<(TransferId, Booked), StoreError> {
        let id = TransferId::from_uuid(self.fresh());
        let event = self.tell(tx, EventKind::PaymentBooked);
        let (happened_at, booked_at) = (morning(), morning());
        let posting = Posting { id, business: self.business, entry, event, happened_at, booked_at };
        Ok((id, store::ledger::post(tx, &posting).await?))
    }

    /// A webhook that has arrived.
    pub async fn arrives(&self, event_id: &str) -> store::inbox::Kept {
        let mut tx = self.store.begin().await.unwrap();
        let key = inbox_key(event_id);
        let arrived = Arrived {
            key: &key,
            business: self.business,
            event_type: "checkout.session.completed",
            livemode: false,
            payload: b"{}",
            received_at: morning(),
        };
        let kept = store::inbox::keep(&mut tx, &arrived).await.unwrap();
        tx.commit().await.unwrap();
        kept
    }

    /// A link over everything of the customer, good for 90 days.
    pub async fn link(&self, byte: u8) -> LinkId {
        let id = LinkId::from_uuid(self.fresh());
        let mut tx = self.store.begin().await.unwrap();
        let link = NewLink {
            token_hash: &[byte; 32],
            id,
            business: self.business,
            customer: self.customer,
            invoice: None,
            contact: Some(self.contact),
            message: None,
            created_at: morning(),
            expires_at: morning() + Duration::days(90),
        };
        store::links::keep(&mut tx, &link).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}

/// The first step, about a receivable.
pub fn part(receivable: ReceivableId) -> NewPart {
    NewPart {
        receivable,
        said: Said {
            step: StepId::parse("friendly-1").unwrap(),
            offset_days: 1,
            tone: None,
            internal: false,
        },
        schedule_revision: 1,
    }
}

pub fn inbox_key(event_id: &str) -> InboxKey {
    InboxKey { provider: "stripe".to_owned(), account: "acct_1".to_owned(), event_id: event_id.to_owned() }
}

fn similar(found: &BTreeMap<String, Option<String>>, wanted: &BTreeMap<String, Option<String>>) {
    let wrong: Vec<String> = found
        .iter()
        .filter(|(attack, outcome)| wanted.get(*attack) != Some(*outcome))
        .map(|(attack, outcome)| format!("{attack}\n    refused by {outcome:?}, not {:?}", wanted[attack]))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
