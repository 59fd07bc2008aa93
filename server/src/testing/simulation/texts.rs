//! Text messages: what their gateway does with them and tells about them, what people answer, and what they say about being
//! texted at all.

use domain::sms::DeliveryStatus;
use domain::{ContactId, MessageId, Phone};
use store::texts::Report;

use super::acts::Act;
use super::people::{self, Texts};
use super::words::Deed;
use super::{Broken, Life, Truth};
use crate::delivery::{HandOver, Texted};
use crate::env::{Env, Principal};
use crate::operations::consent::{self, Change, ConsentInput};
use crate::operations::customers;
use crate::operations::sms::{self, Incoming};
use crate::testing::world::FakeTexter;

/// What somebody does about texts.
#[derive(Debug, Clone, Copy)]
pub(super) enum TextDeed {
    /// They answer that they want no more.
    Stop,
    /// They answer that they want them again.
    Start,
    /// They answer something else.
    Answer,
    /// They tell a member that they agree.
    Agree,
    /// They tell a member that they want no more.
    EndByWord,
    /// They have another number.
    NewNumber,
}

/// What people answer who want no more, and what those answer who want something else.
const STOPS: [&str; 4] = ["STOP", "stop.", "Please stop texting me", "Abmelden"];
const ANSWERS: [&str; 2] = ["I will pay on Friday", "Who is this?"];

/// What a gateway says of a number that takes no texts, of one whose owner told it to stop, and of nothing in particular.
const TROUBLES: [&str; 3] = ["30005", "30003", ""];

/// A member writes down that somebody agreed to be texted.
pub(super) async fn agree(env: &Env, owner: &Principal, contact: ContactId) -> Result<(), Broken> {
    let version = consent::detail(env, owner, contact).await?.contact.version;
    let input = ConsentInput {
        version: version.to_string(),
        consent_source: "contract".to_owned(),
        consent_text: "You may text me about my invoices.".to_owned(),
        consent_date: String::new(),
    };
    consent::give(env, owner, contact, &input).await?;
    Ok(())
}

impl Life {
    /// Puts what people will do about texts into the agenda: one thing for every invoice.
    pub(super) fn plan_text_deeds(&mut self, begins: domain::Timestamp, days: i64, invoices: usize) {
        for _ in 0..invoices {
            let deed = match self.chance.within(0, 99) {
                0..25 => TextDeed::Stop,
                25..40 => TextDeed::Start,
                40..55 => TextDeed::Answer,
                55..80 => TextDeed::Agree,
                80..90 => TextDeed::EndByWord,
                _ => TextDeed::NewNumber,
            };
            let shop = usize::from(self.chance.percent(50));
            let payers: Vec<usize> = (0..self.shops[shop].payers.len()).collect();
            let payer = *self.chance.one(&payers);
            let when = begins + self.chance.days(0, days);
            self.plan(when, Act::Person { shop, payer, deed: Deed::Text(deed) });
        }
    }

    pub(super) async fn text_deed(
        &mut self,
        shop: usize,
        payer: usize,
        deed: TextDeed,
    ) -> Result<(), Broken> {
        let Some(number) = self.shops[shop].payers[payer].number.clone() else { return Ok(()) };
        match deed {
            TextDeed::Stop => {
                let words = *self.chance.one(&STOPS);
                *self.stops.entry(number.to_string()).or_default() += 1;
                self.text_back(&number, words).await?;
                self.number_says(&number, Texts::Ended);
                self.report.stops += 1;
            }
            TextDeed::Start => {
                self.text_back(&number, "Start").await?;
                self.number_says(&number, Texts::Agreed);
            }
            TextDeed::Answer => {
                let words = *self.chance.one(&ANSWERS);
                self.text_back(&number, words).await?;
            }
            TextDeed::Agree => {
                let contact = self.shops[shop].payers[payer].contact;
                agree(self.env(), &self.shops[shop].owner, contact).await?;
                let now = self.now();
                self.shops[shop].payers[payer].texts.becomes(now, Texts::Agreed);
            }
            TextDeed::EndByWord => {
                let contact = self.shops[shop].payers[payer].contact;
                consent::change(self.env(), &self.shops[shop].owner, contact, Change::EndTexts).await?;
                self.number_says(&number, Texts::Ended);
            }
            TextDeed::NewNumber => self.new_number(shop, payer).await?,
        }
        Ok(())
    }

    /// Whoever has this number said so. What nobody had agreed to can neither be ended nor taken up again.
    fn number_says(&mut self, number: &Phone, wish: Texts) {
        let now = self.now();
        let payers = self.shops.iter_mut().flat_map(|shop| &mut shop.payers);
        for payer in payers.filter(|payer| payer.number.as_ref() == Some(number)) {
            if !matches!(payer.texts.last(), None | Some(Texts::Unasked)) {
                payer.texts.becomes(now, wish);
            }
        }
    }

    /// The gateway hands an answer on, now and then twice.
    async fn text_back(&mut self, number: &Phone, words: &str) -> Result<(), Broken> {
        self.answers += 1;
        let text = Incoming {
            provider_ref: format!("SMin{}", self.answers),
            from: number.clone(),
            body: words.to_owned(),
        };
        let times = if self.chance.percent(15) { 2 } else { 1 };
        for _ in 0..times {
            sms::incoming(self.env(), &Principal::System, &text).await?;
        }
        Ok(())
    }

    async fn new_number(&mut self, shop: usize, payer: usize) -> Result<(), Broken> {
        self.addresses += 1;
        let number = people::number(1000 + self.addresses)?;
        let (contact, owner) = (self.shops[shop].payers[payer].contact, self.shops[shop].owner.clone());
        let found = consent::detail(self.env(), &owner, contact).await?.contact;
        let typed = customers::ContactInput {
            contact_name: found.name.to_string(),
            contact_email: found.email.map(|address| address.to_string()).unwrap_or_default(),
            contact_phone: number.to_string(),
            ..customers::ContactInput::default()
        };
        customers::update_contact(self.env(), &owner, contact, found.version, typed).await?;
        let now = self.now();
        let payer = &mut self.shops[shop].payers[payer];
        payer.number = Some(number);
        payer.texts.becomes(now, Texts::Unasked);
        Ok(())
    }

    /// The gateway is as reliable as gateways are.
    pub(super) fn gateway_trouble(&mut self) {
        if self.calm || !self.chance.percent(25) {
            return;
        }
        let refused =
            |reply: &str, address_is_bad| HandOver::Refused { reply: reply.to_owned(), address_is_bad };
        self.world.texter.answer_next(match self.chance.within(0, 9) {
            0..=3 => Texted::from(HandOver::Retry { reason: "429 too many requests".to_owned() }),
            4..=7 => Texted::from(HandOver::Uncertain { reason: "answer: timed out".to_owned() }),
            8 => Texted::from(refused("400 21614 not a mobile number", true)),
            _ => Texted { opted_out: true, ..Texted::from(refused("400 21610 unsubscribed", false)) },
        });
    }

    /// No text arrives twice; what became of each is reported, in whatever order, or never.
    pub(super) fn collect_texts(&mut self) -> Result<(), Broken> {
        for text in self.world.texter.texts_after(self.texts_seen) {
            let name = FakeTexter::name_of(self.texts_seen);
            self.texts_seen += 1;
            self.report.texts += 1;
            let id = text.status_callback.rsplit('/').next().and_then(|id| id.parse::<MessageId>().ok());
            let message = id.ok_or_else(|| Broken::new("a text that nothing can be reported about"))?;
            if !self.arrived.insert(message.to_string()) {
                return Err(Broken::truth(Truth::Again, format!("{message} arrived twice")));
            }
            let (sent, delivered) = (DeliveryStatus::Sent, DeliveryStatus::Delivered);
            let told: &[DeliveryStatus] = match self.chance.within(0, 99) {
                0..60 => &[sent, delivered],
                60..70 => &[delivered, sent, delivered],
                70..80 => &[sent, DeliveryStatus::Undelivered],
                80..85 => &[DeliveryStatus::Failed],
                _ => &[],
            };
            for status in told {
                let detail =
                    if status.is_lost() { (*self.chance.one(&TROUBLES)).to_owned() } else { String::new() };
                let later = self.chance.minutes(0, 90);
                let told = Told { message, name: name.clone(), status: *status, detail };
                self.plan_in(later, Act::Report(told));
            }
        }
        Ok(())
    }

    /// The gateway reports about a text, once: if nobody is there, nobody hears it.
    pub(super) async fn hear_of_text(&mut self, told: Told) -> Result<(), Broken> {
        if self.is_down() {
            return Ok(());
        }
        let report = Report {
            status: told.status,
            provider_ref: told.name,
            detail: told.detail,
            received_at: self.now(),
        };
        sms::report(self.env(), &Principal::System, told.message, &report).await?;
        Ok(())
    }
}

/// What the gateway has to tell about a text.
#[derive(Debug, Clone)]
pub(super) struct Told {
    message: MessageId,
    name: String,
    status: DeliveryStatus,
    detail: String,
}
