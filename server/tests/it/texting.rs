//! Text messages and letters: who gets them, what becomes of them, and what an answer does.

use chrono::Duration;
use domain::event::EventKind;
use domain::message::{Channel, MessageKind, MessageState, Purpose};
use domain::schedule::{Said, StepId, Tone};
use domain::sms::DeliveryStatus;
use domain::{ContactId, MessageId, Phone};
use serde_json::json;
use server::delivery::{HandOver, OutgoingText, Texted};
use server::env::{Env, PortalScope, Principal};
use server::operations::consent::{self, Change, ConsentError, ConsentInput};
use server::operations::customers::{self, CustomerInput};
use server::operations::portal::{self, Given, Proof};
use server::operations::sms::{self, Incoming};
use server::operations::timeline;
use store::conformance;
use store::customers::Contact;
use store::messages::{Message, NewMessage, NewPart, Rendered};
use store::testing::TestStore;
use store::texts::Report;

use crate::follow_up::{FollowUp, contact as typed, token};

const NUMBER: &str = "+353861234567";

/// A shop that texts, and a customer's contact who agreed to it, on the morning the heads-up is due.
struct Texting {
    it: FollowUp,
    contact: ContactId,
}

impl Texting {
    async fn begin(store: &TestStore) -> Self {
        let it = FollowUp::begin(store, "Europe/Dublin").await;
        let detail = customers::detail(it.env(), &it.shop.owner, it.shop.customer).await.unwrap();
        let contact = detail.contacts[0].id;
        let with_number =
            customers::ContactInput { contact_phone: NUMBER.to_owned(), ..typed("jo@marsh.example") };
        customers::update_contact(it.env(), &it.shop.owner, contact, 1, with_number).await.unwrap();
        let texting = Self { it, contact };
        texting.agree().await.unwrap();
        texting.turn_on().await;
        texting.it.at("2026-03-10T10:00:00Z");
        texting
    }

    fn env(&self) -> &Env {
        self.it.env()
    }

    async fn agree(&self) -> Result<(), ConsentError> {
        let input = ConsentInput {
            version: self.contact().await.version.to_string(),
            consent_source: "web_form".to_owned(),
            consent_text: "You may text me about my invoices.".to_owned(),
            consent_date: "2026-03-01".to_owned(),
        };
        consent::give(self.env(), &self.it.shop.owner, self.contact, &input).await
    }

    async fn turn_on(&self) {
        let mut tx = self.env().store.begin().await.unwrap();
        let mut settings = store::follow_up::settings(&mut tx, self.it.shop.business).await.unwrap();
        settings.value.sms.enabled = true;
        let now = self.env().business_now();
        let (business, version) = (self.it.shop.business, settings.version);
        let saved = store::follow_up::save_settings(&mut tx, business, &settings.value, version, now).await;
        assert!(saved.unwrap());
        tx.commit().await.unwrap();
    }

    async fn contact(&self) -> Contact {
        let mut tx = self.env().store.read().await.unwrap();
        store::customers::contact(&mut tx, self.it.shop.business, self.contact).await.unwrap().unwrap()
    }

    /// Queues the heads-up on a channel, as the planner would.
    async fn queue(&self, channel: Channel) -> MessageId {
        let id: MessageId = self.env().new_id();
        let said = Said {
            step: StepId::parse("heads-up").unwrap(),
            offset_days: -3,
            tone: Some(Tone::Friendly),
            internal: false,
        };
        let part = NewPart { receivable: self.it.receivable().await.id, said, schedule_revision: 1 };
        let mut tx = self.env().store.begin().await.unwrap();
        let new = NewMessage {
            id,
            business: self.it.shop.business,
            customer: Some(self.it.shop.customer),
            invoice: Some(self.it.invoice),
            contact: Some(self.contact),
            kind: MessageKind::Reminder,
            channel,
            dedup_key: None,
            internet_message_id: &format!("<{id}@x>"),
            to_name: "Jo Reed",
            to_address: if channel == Channel::Sms { NUMBER } else { "" },
            locale: "en-GB",
            tone: Some(Tone::Friendly),
            data: &json!({}),
            parts: &[part],
            created_at: self.env().business_now(),
            next_try_at: self.env().machine_now(),
        };
        store::messages::queue(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A text that left.
    async fn text(&self) -> Message {
        let id = self.queue(Channel::Sms).await;
        self.it.deliver().await;
        self.message(id).await
    }

    async fn message(&self, id: MessageId) -> Message {
        let mut tx = self.env().store.read().await.unwrap();
        store::messages::find(&mut tx, self.it.shop.business, id).await.unwrap().unwrap()
    }

    fn texts(&self) -> Vec<OutgoingText> {
        self.it.shop.world.texter.texts()
    }

    async fn report(&self, message: &Message, status: DeliveryStatus, provider_ref: &str) {
        let report = Report {
            status,
            provider_ref: provider_ref.to_owned(),
            detail: String::new(),
            received_at: self.env().business_now(),
        };
        sms::report(self.env(), &Principal::System, message.id, &report).await.unwrap();
    }

    async fn says(&self, name: &str, words: &str) {
        let text = Incoming {
            provider_ref: name.to_owned(),
            from: Phone::parse(NUMBER).unwrap(),
            body: words.to_owned(),
        };
        sms::incoming(self.env(), &Principal::System, &text).await.unwrap();
    }

    /// The kinds of events about texts on the customer's timeline, newest first.
    async fn told(&self) -> Vec<EventKind> {
        let entries =
            timeline::of_customer(self.env(), &self.it.shop.owner, self.it.shop.customer).await.unwrap();
        let about_texts = [
            EventKind::ConsentGiven,
            EventKind::ContactOptedOut,
            EventKind::ContactOptedIn,
            EventKind::ContactSuppressed,
            EventKind::AnswerReceived,
            EventKind::MessageSent,
            EventKind::MessageDelivered,
            EventKind::MessageFailed,
            EventKind::MessageUncertain,
        ];
        entries.into_iter().map(|entry| entry.kind).filter(|kind| about_texts.contains(kind)).collect()
    }
}

fn uncertain() -> HandOver {
    HandOver::Uncertain { reason: "answer: timed out".to_owned() }
}

fn named(name: &str) -> String {
    format!("SM{name:0>32}")
}

conformance! {
    async fn a_code_goes_as_a_text_where_that_is_consented_to(store: TestStore) {
        let it = Texting::begin(&store).await;
        let access = it.it.shop.payer.portal().unwrap().clone();
        let token = crate::portal::linked(
            it.env(), &it.it.shop.owner, access.customer, Some(it.contact), PortalScope::Customer).await;
        let entered = portal::exchange(it.env(), &token, None, None, crate::support::browser()).await.unwrap();
        let holder = Principal::Portal(entered.access);
        let by_text = Given { code: None, send_by: Some(Channel::Sms) };
        let Proof::Wanted(asked) = portal::prove(it.env(), &holder, by_text).await.unwrap() else { panic!("proven") };
        assert_eq!(asked.sent_to.as_deref(), Some("+35•••67"));
        assert_eq!(asked.ways, [Channel::Email, Channel::Sms]);
        it.it.deliver().await;
        let texts = it.texts();
        let [text] = &texts[..] else { panic!("{texts:?}") };
        assert!(text.body.len() <= 160 && text.body.is_ascii(), "one segment: {}", text.body);
        let code = crate::code::code_in(&text.body);
        let kept = it.it.customer_messages().await;
        assert!(!kept[0].body_text.as_deref().unwrap().contains(&code));
        let given = Given { code: Some(&code), send_by: None };
        assert!(matches!(portal::prove(it.env(), &holder, given).await.unwrap(), Proof::Proven));
    }

    /// The text leaves with its link and the way to stop; the body that is kept has no link, its segments are counted.
    async fn a_text_leaves_once_with_a_link_that_is_not_kept(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let message = texting.text().await;
        assert_eq!((message.state, message.channel), (MessageState::Sent, Channel::Sms));
        assert_eq!((message.segments, message.provider_ref), (Some(1), Some(named("1"))));
        let texts = texting.texts();
        assert_eq!(texts.len(), 1);
        let OutgoingText { to, body, status_callback } = &texts[0];
        assert_eq!(to, NUMBER);
        assert!(body.contains("/l/") && body.contains("STOP") && body.starts_with("Fieldnote Studio: "), "{body}");
        assert!(!body.contains("100.00"), "no amount on a screen that others see: {body}");
        assert_eq!(*status_callback, format!("http://127.0.0.1:8080/webhooks/sms/status/{}", message.id));
        let kept = message.body_text.unwrap();
        assert!(kept.contains("[link lnk_") && !kept.contains("/l/"), "{kept}");
        texting.it.deliver().await;
        assert_eq!(texting.texts().len(), 1);
    }

    async fn without_consent_nothing_leaves(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let message = texting.queue(Channel::Sms).await;
        consent::change(texting.env(), &texting.it.shop.owner, texting.contact, Change::EndTexts).await.unwrap();
        texting.it.deliver().await;
        assert_eq!(texting.texts(), []);
        assert_eq!(texting.message(message).await.state, MessageState::Cancelled);
    }

    /// Reports may come twice, in any order, and before the hand-over they are about was recorded.
    async fn reports_are_right_in_every_order(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let message = texting.text().await;
        texting.report(&message, DeliveryStatus::Delivered, &named("1")).await;
        texting.report(&message, DeliveryStatus::Sent, &named("1")).await;
        texting.report(&message, DeliveryStatus::Delivered, &named("1")).await;
        // A contradiction changes nothing: it is on the phone.
        texting.report(&message, DeliveryStatus::Failed, &named("1")).await;
        let message = texting.message(message.id).await;
        assert_eq!(message.state, MessageState::Sent);
        assert!(message.delivered_at.is_some());
        assert_eq!(texting.told().await[..2], [EventKind::MessageDelivered, EventKind::MessageSent]);
        assert_eq!(texting.it.tasks().await, Vec::<String>::new());
    }

    async fn a_text_that_does_not_arrive_is_a_persons(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let message = texting.text().await;
        texting.report(&message, DeliveryStatus::Sent, &named("1")).await;
        texting.report(&message, DeliveryStatus::Undelivered, &named("1")).await;
        texting.report(&message, DeliveryStatus::Undelivered, &named("1")).await;
        assert_eq!(texting.message(message.id).await.state, MessageState::Failed);
        assert_eq!(texting.it.tasks().await, ["message_failed"]);
    }

    /// The connection was lost after the request: nobody knows, nothing is sent again, and the gateway's report tells.
    async fn a_report_settles_what_nobody_knew(store: TestStore) {
        let texting = Texting::begin(&store).await;
        texting.it.shop.world.texter.answer_next(uncertain());
        let message = texting.text().await;
        assert_eq!(message.state, MessageState::Uncertain);
        assert_eq!(texting.it.tasks().await, ["message_uncertain"]);
        texting.it.later(Duration::hours(1));
        texting.it.deliver().await;
        assert_eq!(texting.texts().len(), 1, "never sent again by itself");

        texting.report(&message, DeliveryStatus::Sent, "SMlost").await;
        texting.report(&message, DeliveryStatus::Delivered, "SMlost").await;
        let message = texting.message(message.id).await;
        assert_eq!((message.state, message.provider_ref.as_deref()), (MessageState::Sent, Some("SMlost")));
        assert_eq!(texting.it.tasks().await, Vec::<String>::new(), "nobody has to find out any more");
    }

    /// The worker died between the gateway and the record; the report was there before anybody noticed.
    async fn a_report_before_the_record_settles_what_a_dead_worker_left(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let id = texting.queue(Channel::Sms).await;
        let (now, lease) = (texting.env().business_now(), Duration::minutes(5));
        let mut tx = texting.env().store.begin().await.unwrap();
        store::messages::claim(&mut tx, "dies", Purpose::Chasing, now, lease, 1).await.unwrap();
        let rendered = Rendered {
            to_name: "Jo Reed",
            to_address: NUMBER,
            locale: "en-GB",
            tone: Some(Tone::Friendly),
            subject: "",
            body_text: "Fieldnote Studio: …",
            body_html: None,
            segments: Some(1),
        };
        assert!(store::messages::hand_over(&mut tx, id, "dies", &rendered, now, now, lease).await.unwrap());
        tx.commit().await.unwrap();
        let message = texting.message(id).await;
        texting.report(&message, DeliveryStatus::Delivered, "SMlost").await;
        assert_eq!(texting.message(id).await.state, MessageState::HandingOver);

        texting.it.later(Duration::minutes(6));
        texting.it.deliver().await;
        let message = texting.message(id).await;
        assert_eq!((message.state, message.provider_ref.as_deref()), (MessageState::Sent, Some("SMlost")));
        assert!(message.delivered_at.is_some());
        assert_eq!(texting.it.tasks().await, Vec::<String>::new(), "nobody has to find out any more");
    }

    async fn a_gateway_that_says_later_is_asked_later_and_never_twice(store: TestStore) {
        let texting = Texting::begin(&store).await;
        texting.it.shop.world.texter.answer_next(HandOver::Retry { reason: "429".to_owned() });
        let message = texting.text().await;
        assert_eq!((message.state, texting.texts().len()), (MessageState::Queued, 0));
        texting.it.later(Duration::minutes(2));
        texting.it.deliver().await;
        assert_eq!(texting.texts().len(), 1);
    }

    async fn a_dead_number_is_texted_no_more(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let refused = HandOver::Refused { reply: "400 21614".to_owned(), address_is_bad: true };
        texting.it.shop.world.texter.answer_next(refused);
        let message = texting.text().await;
        assert_eq!(message.state, MessageState::Failed);
        assert_eq!(texting.contact().await.textable(), None);
        assert!(texting.told().await.contains(&EventKind::ContactSuppressed));
    }

    /// The report is about a number that they had: what it says says nothing about the one they have now.
    async fn a_late_report_about_a_former_number_does_not_close_the_new_one(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let message = texting.text().await;
        let moved = customers::ContactInput { contact_phone: "+353861111111".to_owned(), ..typed("jo@marsh.example") };
        let version = texting.contact().await.version;
        customers::update_contact(texting.env(), &texting.it.shop.owner, texting.contact, version, moved).await.unwrap();
        texting.agree().await.unwrap();
        let report = Report {
            status: DeliveryStatus::Undelivered,
            provider_ref: named("1"),
            detail: "30005".to_owned(),
            received_at: texting.env().business_now(),
        };
        sms::report(texting.env(), &Principal::System, message.id, &report).await.unwrap();
        assert_eq!(texting.message(message.id).await.state, MessageState::Failed);
        assert!(texting.contact().await.textable().is_some());
    }

    async fn the_gateways_own_list_of_stops_counts(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let outcome = HandOver::Refused { reply: "400 21610".to_owned(), address_is_bad: false };
        texting.it.shop.world.texter.answer_next(Texted { outcome, provider_ref: None, opted_out: true });
        texting.text().await;
        assert!(texting.contact().await.texting.opted_out_at.is_some());
    }

    /// "Stop", in whatever words, ends texts at once; one confirmation follows, and it is the last.
    async fn a_stop_counts_at_once_and_is_confirmed_once(store: TestStore) {
        let texting = Texting::begin(&store).await;
        texting.text().await;
        texting.says("SMin1", "Please stop texting me").await;
        assert_eq!(texting.contact().await.textable(), None);
        texting.says("SMin1", "Please stop texting me").await;
        texting.says("SMin2", "STOP").await;

        texting.it.deliver().await;
        texting.it.deliver().await;
        let texts = texting.texts();
        assert_eq!(texts.len(), 2, "the text, and the last word: {texts:?}");
        assert!(texts[1].body.contains("no more text messages"), "{}", texts[1].body);
        let stops = texting.told().await.iter().filter(|kind| **kind == EventKind::ContactOptedOut).count();
        assert_eq!(stops, 1);
        assert_eq!(texting.it.tasks().await, Vec::<String>::new(), "nobody has to do anything");
    }

    async fn a_start_gives_back_what_a_stop_took_and_nothing_else(store: TestStore) {
        let texting = Texting::begin(&store).await;
        texting.text().await;
        texting.says("SMin1", "START").await;
        assert_eq!(texting.told().await[0], EventKind::MessageSent, "there was nothing to give back");
        texting.says("SMin2", "stop").await;
        texting.says("SMin3", "Start").await;
        let consented = texting.contact().await.texting.consent.unwrap();
        assert_eq!((consented.source.as_str(), consented.text.as_str()), ("text_message", "Start"));
        assert!(texting.contact().await.textable().is_some());
    }

    async fn whatever_else_is_answered_goes_to_a_person(store: TestStore) {
        let texting = Texting::begin(&store).await;
        texting.text().await;
        texting.says("SMin1", "I paid on Friday\u{7}, please check").await;
        texting.says("SMin1", "I paid on Friday, please check").await;
        assert_eq!(texting.it.tasks().await, ["answer_customer"]);
        let entries = timeline::of_invoice(texting.env(), &texting.it.shop.owner, texting.it.invoice).await.unwrap();
        let answer = entries.iter().find(|entry| entry.kind == EventKind::AnswerReceived).unwrap();
        assert_eq!(answer.personal.note.as_deref(), Some("I paid on Friday , please check"));
        assert!(texting.contact().await.textable().is_some());
    }

    async fn a_number_nobody_knows_is_nobodys(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let stranger = Incoming {
            provider_ref: "SMin9".to_owned(),
            from: Phone::parse("+4915199999999").unwrap(),
            body: "Who is this?".to_owned(),
        };
        sms::incoming(texting.env(), &Principal::System, &stranger).await.unwrap();
        assert_eq!(texting.it.tasks().await, Vec::<String>::new());
    }

    /// Consent is for a number: a new one has none, and what is typed must be whole.
    async fn consent_is_kept_with_its_words_and_goes_with_the_number(store: TestStore) {
        let texting = Texting::begin(&store).await;
        assert_eq!(texting.told().await, [EventKind::ConsentGiven]);
        let version = texting.contact().await.version;
        let moved = customers::ContactInput { contact_phone: "+353861111111".to_owned(), ..typed("jo@marsh.example") };
        customers::update_contact(texting.env(), &texting.it.shop.owner, texting.contact, version, moved).await.unwrap();
        assert_eq!(texting.contact().await.textable(), None);

        let input = ConsentInput {
            version: texting.contact().await.version.to_string(),
            consent_source: "text_message".to_owned(),
            consent_text: String::new(),
            consent_date: "2026-03-20".to_owned(),
        };
        let refused = consent::give(texting.env(), &texting.it.shop.owner, texting.contact, &input).await;
        let Err(ConsentError::Fields(errors)) = refused else { panic!("{refused:?}") };
        let fields: Vec<_> = errors.iter().map(|error| error.field.to_string()).collect();
        assert_eq!(fields, ["consent_source", "consent_text", "consent_date"]);
    }

    async fn the_months_texts_end_where_the_business_says(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let settings = |monthly_segments| domain::follow_up::SmsSettings { enabled: true, amounts: false, monthly_segments };
        let may = async |monthly_segments| {
            let mut tx = texting.env().store.read().await.unwrap();
            let business = store::identity::business(&mut tx, texting.it.shop.business).await.unwrap().unwrap();
            let now = texting.env().business_now();
            let used = sms::segments_used(texting.env(), &mut tx, &business, now).await.unwrap();
            sms::may_text(used, settings(monthly_segments))
        };
        assert!(may(2).await && !may(1).await);
        texting.text().await;
        assert!(may(3).await && !may(2).await, "one segment is paid for");
        texting.it.at("2026-04-01T00:30:00+01:00");
        assert!(may(2).await, "a new month in Dublin");
        assert!(!sms::may_text(None, settings(1000)), "without a gateway nothing is");
    }

    /// A letter is given to a person: sent when the task stands, in one transaction.
    async fn a_letter_is_written_and_given_to_a_person(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let detail = customers::detail(texting.env(), &texting.it.shop.owner, texting.it.shop.customer).await.unwrap();
        let address = CustomerInput {
            name: "Marsh & Reed".to_owned(),
            kind: "company".to_owned(),
            address: "4 Marsh Lane\r\nDublin 4".to_owned(),
            country: "IE".to_owned(),
            locale: "en-GB".to_owned(),
            time_zone: "Europe/Dublin".to_owned(),
            ..CustomerInput::default()
        };
        let id = texting.it.shop.customer;
        customers::update(texting.env(), &texting.it.shop.owner, id, detail.customer.version, address).await.unwrap();
        let letter = texting.queue(Channel::Letter).await;
        texting.it.deliver().await;
        let letter = texting.message(letter).await;
        assert_eq!((letter.state, letter.outcome.as_deref()), (MessageState::Sent, Some("given to a person to post")));
        let text = letter.body_text.unwrap();
        assert!(text.contains("4 Marsh Lane") && text.contains("100.00") && !text.contains("/l/"), "{text}");
        assert!(letter.body_html.unwrap().contains("Marsh &amp; Reed"));
        assert_eq!(texting.it.tasks().await, ["post_letter"]);
        assert_eq!((texting.texts().len(), texting.it.mails().len()), (0, 0));
    }

    /// The mail that asks for money carries a way out; ending mail through it leaves no silence behind.
    async fn a_mail_that_asks_for_money_carries_a_way_out(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let message = texting.queue(Channel::Email).await;
        texting.it.deliver().await;
        let mail = texting.it.mails().pop().unwrap();
        let header = |name: &str| mail.headers.iter().find(|(own, _)| own == name).unwrap().1.clone();
        let way_out = header("List-Unsubscribe").trim_matches(['<', '>', ' ']).to_owned();
        assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        let token_of_link = token(&mail);
        let own = way_out.strip_prefix("http://127.0.0.1:8080/u/").unwrap();
        assert_ne!(token_of_link, own, "the way out opens no invoice");
        assert!(mail.text.as_deref().unwrap().contains(&way_out), "a link for whose program shows no button");
        let kept = texting.message(message).await.body_text.unwrap();
        assert!(kept.contains(consent::WAY_OUT_PLACEHOLDER) && !kept.contains(own), "{kept}");

        assert!(consent::own(texting.env(), own).await.unwrap().mailed);
        for _ in 0..2 {
            assert!(!consent::choose(texting.env(), own, Change::EndMail).await.unwrap().mailed);
        }
        let told = texting.told().await;
        assert_eq!(told.iter().filter(|kind| **kind == EventKind::ContactOptedOut).count(), 1);
        assert!(texting.it.receivable().await.next_decision_at.is_some_and(|at| at <= texting.env().business_now()));
        assert!(consent::choose(texting.env(), own, Change::ResumeMail).await.unwrap().mailed);
    }

    async fn a_way_out_cannot_be_made_up(store: TestStore) {
        let texting = Texting::begin(&store).await;
        let way_out = consent::way_out(texting.env(), texting.contact);
        let own = way_out.rsplit('/').next().unwrap().to_owned();
        let other = consent::way_out(texting.env(), texting.env().new_id());
        let other = other.rsplit('/').next().unwrap();
        // The name of one with the hash of another.
        let spliced = format!("{}{}", &own[..21], &other[21..]);
        for made_up in ["", "A", &"A".repeat(43), &spliced, &own[..42], &format!("{own}A"), other] {
            let outcome = consent::own(texting.env(), made_up).await;
            assert!(matches!(outcome, Err(ConsentError::NotFound)), "{made_up}: {outcome:?}");
        }
    }
}
