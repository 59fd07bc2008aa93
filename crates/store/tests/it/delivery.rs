//! Texts: who agreed to them, what gateways report about them, what they cost. And opting out, on every channel.

use std::collections::BTreeSet;

use chrono::Duration;
use domain::message::{Channel, MessageKind, Purpose};
use domain::sms::{ConsentSource, DeliveryStatus};
use domain::{MessageId, Phone, ShortText};
use serde_json::json;
use store::consent::{self, Consent};
use store::messages::{NewMessage, Rendered, Settled};
use store::texts::{self, Report};
use store::{Tx, conformance, customers, messages};

use crate::world::{World, morning};

const NUMBER: &str = "+4915112345678";

fn number() -> Phone {
    Phone::parse(NUMBER).unwrap()
}

/// Jo has a number and agreed to be texted.
async fn agrees(tx: &mut Tx, world: &World) {
    let mut contact = customers::contact(tx, world.business, world.contact).await.unwrap().unwrap();
    contact.phone = Some(number());
    contact.texting.consent =
        Some(Consent { at: morning(), source: ConsentSource::WebForm, text: "You may text me.".to_owned() });
    assert!(customers::update_contact(tx, &contact, morning()).await.unwrap());
}

/// A text that was handed over, named by the gateway or not.
async fn text(tx: &mut Tx, world: &World, segments: u32) -> MessageId {
    let id = MessageId::from_uuid(world.fresh());
    let internet_message_id = format!("<{id}@x>");
    let new = NewMessage {
        id,
        business: world.business,
        customer: Some(world.customer),
        invoice: None,
        contact: Some(world.contact),
        kind: MessageKind::Reminder,
        channel: Channel::Sms,
        dedup_key: None,
        internet_message_id: &internet_message_id,
        to_name: "Jo",
        to_address: NUMBER,
        locale: "en-GB",
        tone: None,
        data: &json!({}),
        parts: &[],
        created_at: morning(),
        next_try_at: morning(),
    };
    messages::queue(tx, &new).await.unwrap();
    let lease = Duration::minutes(2);
    messages::claim(tx, "w", Purpose::Chasing, morning(), lease, 10).await.unwrap();
    let rendered = Rendered {
        to_name: "Jo",
        to_address: NUMBER,
        locale: "en-GB",
        tone: None,
        subject: "",
        body_text: "Invoice 2026-1 is due",
        body_html: None,
        segments: Some(segments),
    };
    assert!(messages::hand_over(tx, id, "w", &rendered, morning(), morning(), lease).await.unwrap());
    id
}

async fn sent(tx: &mut Tx, message: MessageId) {
    assert!(messages::settle(tx, message, "w", Settled::Sent { reply: "queued" }, morning()).await.unwrap());
}

fn report(status: DeliveryStatus) -> Report {
    Report { status, provider_ref: "SM1".to_owned(), detail: String::new(), received_at: morning() }
}

const CONSENT: &str =
    "UPDATE contact SET phone = '+4930123456', sms_consent_at = {now}, sms_consent_source = 'phone',
    sms_consent_text = 'yes' WHERE id = {21}";
const TEXT: &str = "INSERT INTO message (id, business_id, kind, purpose, channel, state, internet_message_id, to_name,
        to_address, locale, data, created_at, next_try_at)
    VALUES ({61}, {1}, 'reminder', 'chasing', 'sms', 'queued', '<61@x>', 'Jo', '+4930123456', 'en-GB', '{{}}', {now}, {now})";
const MAIL: &str = "INSERT INTO message (id, business_id, kind, purpose, channel, state, internet_message_id, to_name,
        to_address, locale, data, created_at, next_try_at)
    VALUES ({62}, {1}, 'reminder', 'chasing', 'email', 'queued', '<62@x>', 'Jo', 'jo@k.example', 'en-GB', '{{}}', {now}, {now})";
const CLAIMED: &str = "UPDATE message SET state = 'claimed', claimed_by = 'w', claimed_until = {later}";
const HANDING_OVER: &str =
    "UPDATE message SET state = 'handing_over', subject = '', body_text = 'b', segments = 1,
    handed_over_at = {now}, handed_over_at_machine = {now}";
const SENT: &str =
    "UPDATE message SET state = 'sent', claimed_by = NULL, claimed_until = NULL, finished_at = {now}";
const REPORT: &str =
    "INSERT INTO delivery_report (message_id, business_id, status, provider_ref, received_at)
    VALUES ({61}, {1}, 'delivered', 'SM1', {now})";

const ATTACKS: &[(&str, &[&str])] = &[
    ("contact_consent_of_number", &[CONSENT, "UPDATE contact SET phone = '+4930999999' WHERE id = {21}"]),
    ("contact_sms_consent", &[CONSENT, "UPDATE contact SET sms_consent_text = NULL WHERE id = {21}"]),
    (
        "contact_sms_consent",
        &["UPDATE contact SET sms_consent_at = {now}, sms_consent_source = 'phone',
        sms_consent_text = 'yes' WHERE id = {21}"],
    ),
    (
        "contact_sms_consent_source",
        &["UPDATE contact SET phone = '+4930123456', sms_consent_at = {now},
        sms_consent_source = 'assumed', sms_consent_text = 'yes' WHERE id = {21}"],
    ),
    ("contact_sms_suppressed", &["UPDATE contact SET sms_suppressed_at = {now} WHERE id = {21}"]),
    (
        "message_segments",
        &[
            MAIL,
            CLAIMED,
            "UPDATE message SET state = 'handing_over', subject = 's', body_text = 'b',
        segments = 1, handed_over_at = {now}, handed_over_at_machine = {now}",
        ],
    ),
    ("message_delivered", &[TEXT, "UPDATE message SET delivered_at = {now}"]),
    (
        "message_delivered",
        &[
            TEXT,
            CLAIMED,
            HANDING_OVER,
            SENT,
            "UPDATE message SET delivered_at = {now}",
            "UPDATE message SET state = 'failed', outcome = 'late'",
        ],
    ),
    ("message_evidence_frozen", &[TEXT, CLAIMED, HANDING_OVER, SENT, "UPDATE message SET segments = 9"]),
    (
        "message_evidence_frozen",
        &[
            TEXT,
            CLAIMED,
            HANDING_OVER,
            "UPDATE message SET provider_ref = 'SM1'",
            "UPDATE message SET provider_ref = 'SM2'",
        ],
    ),
    (
        "message_evidence_frozen",
        &[
            TEXT,
            CLAIMED,
            HANDING_OVER,
            SENT,
            "UPDATE message SET delivered_at = {now}",
            "UPDATE message SET delivered_at = {later}",
        ],
    ),
    (
        "message_provider_ref_key",
        &[
            TEXT,
            MAIL,
            "UPDATE message SET provider_ref = 'SM1' WHERE id = {61}",
            "UPDATE message SET provider_ref = 'SM1' WHERE id = {62}",
        ],
    ),
    ("delivery_report_append_only", &[TEXT, REPORT, "UPDATE delivery_report SET status = 'failed'"]),
    ("delivery_report_append_only", &[TEXT, REPORT, "DELETE FROM delivery_report"]),
    ("delivery_report_pkey", &[TEXT, REPORT, REPORT]),
    (
        "delivery_report_status",
        &[
            TEXT,
            "INSERT INTO delivery_report (message_id, business_id, status, provider_ref,
        received_at) VALUES ({61}, {1}, 'probably', 'SM1', {now})",
        ],
    ),
    (
        "foreign_key",
        &[
            TEXT,
            "INSERT INTO delivery_report (message_id, business_id, status, provider_ref, received_at)
        VALUES ({61}, {2}, 'delivered', 'SM1', {now})",
        ],
    ),
    (
        "incoming_text_pkey",
        &[
            "INSERT INTO incoming_text (provider_ref, received_at) VALUES ('SM9', {now})",
            "INSERT INTO incoming_text (provider_ref, received_at) VALUES ('SM9', {later})",
        ],
    ),
];

conformance! {
    async fn the_schema_refuses_evidence_that_cannot_be(store: TestStore) {
        World::of(store).await.holds_against(ATTACKS).await;
    }

    async fn a_new_number_takes_new_consent(store: TestStore) {
        let world = World::of(store).await;
        let again = "UPDATE contact SET phone = '+4930999999', sms_consent_at = {later} WHERE id = {21}";
        let none = "UPDATE contact SET phone = '+4930999999', sms_consent_at = NULL, sms_consent_source = NULL,
            sms_consent_text = NULL WHERE id = {21}";
        for lawful in [again, none] {
            assert_eq!(world.refuses(&[CONSENT, lawful]).await, None);
        }
    }

    async fn only_who_agreed_and_did_not_end_it_is_texted(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let found = |contact: Option<store::customers::Contact>| contact.unwrap().textable().cloned();
        assert_eq!(found(customers::contact(&mut tx, world.business, world.contact).await.unwrap()), None);
        agrees(&mut tx, &world).await;
        assert_eq!(found(customers::contact(&mut tx, world.business, world.contact).await.unwrap()), Some(number()));

        assert_eq!(consent::end_texts(&mut tx, &number(), morning()).await.unwrap().len(), 1);
        assert_eq!(consent::end_texts(&mut tx, &number(), morning()).await.unwrap(), [], "once");
        assert_eq!(found(customers::contact(&mut tx, world.business, world.contact).await.unwrap()), None);

        let resumed = consent::resume_texts(&mut tx, &number(), "START", morning()).await.unwrap();
        assert_eq!(resumed.len(), 1);
        let consented = resumed[0].texting.consent.clone().unwrap();
        assert_eq!((consented.source, &consented.text[..]), (ConsentSource::TextMessage, "START"));
        assert_eq!(consent::resume_texts(&mut tx, &number(), "START", morning()).await.unwrap(), []);

        let reason = ShortText::parse("no such number").unwrap();
        let suppress = async |tx: &mut Tx, number: &Phone| {
            consent::suppress_number(tx, world.business, world.contact, number, &reason, morning()).await.unwrap()
        };
        let former = Phone::parse("+4915187654321").unwrap();
        assert!(!suppress(&mut tx, &former).await, "what is said of a former number says nothing of this one");
        assert!(suppress(&mut tx, &number()).await);
        assert!(!suppress(&mut tx, &number()).await, "once");
        assert_eq!(found(customers::contact(&mut tx, world.business, world.contact).await.unwrap()), None);
        assert_eq!(consent::by_phone(&mut tx, &number()).await.unwrap().len(), 1);
    }

    async fn who_never_agreed_cannot_take_texts_up_again(store: TestStore) {
        let world = World::of(store).await;
        world.does("UPDATE contact SET phone = '+4915112345678' WHERE id = {22}").await;
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(consent::end_texts(&mut tx, &number(), morning()).await.unwrap().len(), 1);
        assert_eq!(consent::resume_texts(&mut tx, &number(), "START", morning()).await.unwrap(), []);
    }

    async fn mail_is_ended_and_taken_up_once_each(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let (business, contact) = (world.business, world.contact);
        assert!(!consent::resume_mail(&mut tx, business, contact, morning()).await.unwrap());
        assert!(consent::end_mail(&mut tx, business, contact, morning()).await.unwrap());
        assert!(!consent::end_mail(&mut tx, business, contact, morning()).await.unwrap());
        assert_eq!(customers::contact(&mut tx, business, contact).await.unwrap().unwrap().mailable(), None);
        assert!(!consent::resume_mail(&mut tx, world.other_business, contact, morning()).await.unwrap());
        assert!(consent::resume_mail(&mut tx, business, contact, morning()).await.unwrap());
    }

    async fn reports_are_kept_once_a_status_and_what_arrived_stays_arrived(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let message = text(&mut tx, &world, 2).await;
        assert_eq!(texts::business_of(&mut tx, message).await.unwrap(), Some(world.business));

        // The report is faster than the record of the hand-over.
        assert!(texts::keep_report(&mut tx, world.business, message, &report(DeliveryStatus::Delivered)).await.unwrap());
        assert!(!texts::keep_report(&mut tx, world.business, message, &report(DeliveryStatus::Delivered)).await.unwrap());
        assert!(!texts::mark_delivered(&mut tx, world.business, message, morning()).await.unwrap());
        assert!(texts::name(&mut tx, message, "SM1").await.unwrap());
        assert!(!texts::name(&mut tx, message, "SM2").await.unwrap());
        sent(&mut tx, message).await;
        assert!(texts::mark_delivered(&mut tx, world.business, message, morning()).await.unwrap());
        assert!(!texts::mark_delivered(&mut tx, world.business, message, morning()).await.unwrap());

        assert!(texts::keep_report(&mut tx, world.business, message, &report(DeliveryStatus::Failed)).await.unwrap());
        assert!(!messages::learn(&mut tx, world.business, message, false, "failed", morning()).await.unwrap());
        assert_eq!(texts::reports(&mut tx, message).await.unwrap().len(), 2);
        let found = messages::find(&mut tx, world.business, message).await.unwrap().unwrap();
        assert_eq!((found.provider_ref.as_deref(), found.segments), (Some("SM1"), Some(2)));
        assert_eq!(found.delivered_at, Some(morning()));
    }

    async fn texts_are_paid_for_by_segments(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let (business, other) = (world.business, world.other_business);
        assert_eq!(texts::segments_since(&mut tx, business, morning()).await.unwrap(), 0);
        assert_eq!(texts::last_to(&mut tx, &number()).await.unwrap(), None);
        text(&mut tx, &world, 2).await;
        let last = text(&mut tx, &world, 1).await;
        assert_eq!(texts::segments_since(&mut tx, business, morning()).await.unwrap(), 3);
        assert_eq!(texts::segments_since(&mut tx, business, morning() + Duration::seconds(1)).await.unwrap(), 0);
        assert_eq!(texts::segments_since(&mut tx, other, morning()).await.unwrap(), 0);
        assert_eq!(texts::last_to(&mut tx, &number()).await.unwrap(), Some((business, last)));
    }

    async fn a_text_that_comes_twice_counts_once(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        assert!(texts::receive(&mut tx, "SM9", morning()).await.unwrap());
        assert!(!texts::receive(&mut tx, "SM9", morning()).await.unwrap());
    }
}

/// A guard nobody attacks is a guard nobody knows to hold.
#[test]
fn every_guard_of_delivery_is_attacked() {
    let attacked: BTreeSet<&str> = ATTACKS.iter().map(|(guard, _)| *guard).collect();
    for sql in [
        include_str!("../../migrations/sqlite/0007_delivery.sql"),
        include_str!("../../migrations/postgres/0007_delivery.sql"),
    ] {
        let guards = sql.split("'guard: ").skip(1).filter_map(|rest| rest.split('\'').next());
        let missed: Vec<&str> = guards.filter(|guard| !attacked.contains(guard)).collect();
        assert_eq!(missed, Vec::<&str>::new());
    }
}
