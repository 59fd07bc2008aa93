//! Random histories of money beside the simplest model of it there is: coins of one euro that lie somewhere.
//!
//! The ledger sums rows and undoes rows by rows. The model knows neither: it moves coins, one after the other, and counts
//! them. Whatever members, customers and the provider do in whatever order, both say the same after each step.

use std::cmp::Reverse;
use std::fmt::Write as _;

use chrono::Duration;
use domain::payment::Method;
use domain::{CustomerId, InvoiceId, Money, TransferId};
use server::env::PortalScope;
use server::operations::invoices::{self, DraftInput, LineInput};
use server::operations::payments::Started;
use server::operations::payments::by_hand::{self, For, HandError, PaymentInput};
use server::operations::payments::credit::{self, CreditError, PayOutInput};
use server::operations::payments::credit_notes::{self, CreditNoteInput};
use server::testing::simulation::Chance;
use store::conformance;

use crate::shop::{Shop, customer, euros, payer};
use crate::support::number;

/// Steps of one history.
const STEPS: usize = 40;

/// Where a coin lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// With the business, for no purpose yet.
    Free,
    /// It pays an invoice, since this many uses of money.
    On { invoice: usize, since: usize },
    /// Paid out by hand.
    PaidOut,
    /// Back where it came from.
    Returned,
}

/// A payment: its coins, and how it came.
#[derive(Debug)]
struct Payment {
    coins: Vec<Place>,
    came: Came,
}

#[derive(Debug)]
enum Came {
    /// Written down by a member.
    ByHand(TransferId),
    /// Through the provider.
    Card(String),
}

#[derive(Debug)]
struct Invoice {
    id: InvoiceId,
    total: usize,
    /// Days until it is due: what is due first is paid first, and of one day the one issued first.
    net_days: i64,
    given_up: usize,
    credited: usize,
    void: bool,
}

/// The model.
#[derive(Debug, Default)]
struct Coins {
    invoices: Vec<Invoice>,
    payments: Vec<Payment>,
    uses: usize,
}

impl Coins {
    fn paid(&self, invoice: usize) -> usize {
        let on = |place: &&Place| matches!(place, Place::On { invoice: on, .. } if *on == invoice);
        self.payments.iter().flat_map(|payment| &payment.coins).filter(on).count()
    }

    fn open(&self, invoice: usize) -> usize {
        let Invoice { total, given_up, credited, void, .. } = self.invoices[invoice];
        if void { 0 } else { total - given_up - credited - self.paid(invoice) }
    }

    fn free(&self) -> usize {
        self.payments.iter().flat_map(|payment| &payment.coins).filter(|place| **place == Place::Free).count()
    }

    fn is_paid_out(&self, payment: usize) -> bool {
        self.payments[payment].coins.contains(&Place::PaidOut)
    }

    /// The invoices in the order in which they are paid: these first, then what is due first.
    fn in_order(&self, chosen: &[usize]) -> Vec<usize> {
        let mut rest: Vec<usize> =
            (0..self.invoices.len()).filter(|invoice| !chosen.contains(invoice)).collect();
        rest.sort_by_key(|invoice| (self.invoices[*invoice].net_days, *invoice));
        [chosen, &rest].concat()
    }

    /// Lays free coins of a payment on these invoices, on each no more than it takes and at most so many.
    fn lay(&mut self, payment: usize, on: impl IntoIterator<Item = (usize, usize)>) {
        for (invoice, most) in on {
            self.uses += 1;
            let since = self.uses;
            for _ in 0..most.min(self.open(invoice)) {
                let free = self.payments[payment].coins.iter_mut().find(|place| **place == Place::Free);
                let Some(place) = free else { return };
                *place = Place::On { invoice, since };
            }
        }
    }

    fn lay_in_order(&mut self, payment: usize, chosen: &[usize]) {
        let all = self.in_order(chosen);
        self.lay(payment, all.into_iter().map(|invoice| (invoice, usize::MAX)));
    }

    /// Credit: the oldest money first.
    fn use_credit(&mut self, chosen: &[usize]) {
        for payment in 0..self.payments.len() {
            self.lay_in_order(payment, chosen);
        }
    }

    fn come(&mut self, coins: usize, came: Came) -> usize {
        self.payments.push(Payment { coins: vec![Place::Free; coins], came });
        self.payments.len() - 1
    }

    /// An invoice asks for so many coins less. What was given up of it is not any more, then the coins laid on it last are free.
    fn credit(&mut self, invoice: usize, coins: usize) {
        let settled = coins - coins.min(self.open(invoice));
        self.invoices[invoice].credited += coins;
        let not_given_up = settled.min(self.invoices[invoice].given_up);
        self.invoices[invoice].given_up -= not_given_up;
        for _ in not_given_up..settled {
            let laid = |place: &&mut Place| matches!(place, Place::On { invoice: on, .. } if *on == invoice);
            let on_it = self.payments.iter_mut().flat_map(|payment| &mut payment.coins).filter(laid);
            let last = on_it.max_by_key(|place| if let Place::On { since, .. } = place { *since } else { 0 });
            *last.unwrap() = Place::Free;
        }
        if settled > 0 {
            self.use_credit(&[]);
        }
    }

    /// So many coins go back: the free ones, then those that were laid last.
    fn give_back(&mut self, payment: usize, coins: usize) {
        for _ in 0..coins {
            let here = self.payments[payment].coins.iter_mut().filter(|place| **place != Place::Returned);
            let last = here.min_by_key(|place| match place {
                Place::On { since, .. } => (1, Reverse(*since)),
                _ => (0, Reverse(0)),
            });
            *last.unwrap() = Place::Returned;
        }
    }
}

/// A page at the provider that was opened and not yet paid.
struct Page {
    session: String,
    parts: Vec<(usize, usize)>,
}

/// One customer's history, in the books and in coins.
struct History<'a> {
    shop: &'a Shop,
    chance: Chance,
    coins: Coins,
    page: Option<Page>,
    told: String,
    forms: u32,
}

impl History<'_> {
    fn size(&mut self, most: i64) -> usize {
        usize::try_from(self.chance.within(1, most)).unwrap()
    }

    fn form(&mut self) -> String {
        self.forms += 1;
        format!("frm_{}_{}", self.shop.customer.uuid().simple(), self.forms)
    }

    fn any(&mut self, of: &[usize]) -> Option<usize> {
        (!of.is_empty()).then(|| *self.chance.one(of))
    }

    fn any_open(&mut self) -> Option<usize> {
        let open: Vec<usize> = (0..self.coins.invoices.len()).filter(|at| self.coins.open(*at) > 0).collect();
        self.any(&open)
    }

    fn any_payment(&mut self, which: impl Fn(&Payment) -> bool) -> Option<usize> {
        let some = |at: &usize| which(&self.coins.payments[*at]);
        let some: Vec<usize> = (0..self.coins.payments.len()).filter(some).collect();
        self.any(&some)
    }

    fn is_on_page(&self, invoice: usize) -> bool {
        self.page.as_ref().is_some_and(|page| page.parts.iter().any(|(on, _)| *on == invoice))
    }

    async fn issue(&mut self) {
        let (total, net_days) = (self.size(9), self.chance.within(0, 40));
        let line = LineInput {
            description: "Field research".to_owned(),
            unit_price: total.to_string(),
            ..LineInput::default()
        };
        let draft = DraftInput {
            customer: self.shop.customer.to_string(),
            currency: "EUR".to_owned(),
            net_days: net_days.to_string(),
            lines: vec![line],
            ..DraftInput::default()
        };
        let (env, owner) = (self.shop.env(), &self.shop.owner);
        let id = invoices::draft(env, owner, draft).await.unwrap();
        invoices::issue(env, owner, id, 1).await.unwrap();
        self.coins.invoices.push(Invoice { id, total, net_days, given_up: 0, credited: 0, void: false });
        self.coins.use_credit(&[self.coins.invoices.len() - 1]);
        write!(self.told, "issue {total} due in {net_days}; ").unwrap();
    }

    async fn receive(&mut self) {
        let coins = self.size(12);
        let chosen = self.any_open();
        let input = PaymentInput {
            form: self.form(),
            amount: coins.to_string(),
            currency: "EUR".to_owned(),
            method: Method::Cash.as_str().to_owned(),
            despite_more: true,
            ..PaymentInput::default()
        };
        let from =
            chosen.map_or(For::Customer(self.shop.customer), |at| For::Invoice(self.coins.invoices[at].id));
        let id = by_hand::record_payment(self.shop.env(), &self.shop.owner, from, &input).await.unwrap();
        let payment = self.coins.come(coins, Came::ByHand(id));
        self.coins.lay_in_order(payment, chosen.as_slice());
        write!(self.told, "receive {coins} for {chosen:?}; ").unwrap();
    }

    async fn take_back(&mut self) {
        let Some(payment) = self.any_payment(|payment| matches!(payment.came, Came::ByHand(_))) else {
            return;
        };
        let Came::ByHand(id) = self.coins.payments[payment].came else { return };
        let gone = self.coins.payments[payment]
            .coins
            .iter()
            .any(|place| matches!(place, Place::PaidOut | Place::Returned));
        let outcome = by_hand::take_back(self.shop.env(), &self.shop.owner, id, "").await;
        write!(self.told, "take back {payment}; ").unwrap();
        match outcome {
            Ok(_) => assert!(!gone, "what is gone was taken back: {}", self.told),
            Err(HandError::Gone) => assert!(gone, "what is here was not taken back: {}", self.told),
            Err(other) => panic!("{other}: {}", self.told),
        }
        if !gone {
            let coins = self.coins.payments[payment].coins.len();
            self.coins.give_back(payment, coins);
        }
    }

    /// The customer opens a page for one or two invoices, for all of each, for less or for more.
    async fn open_page(&mut self) {
        let (one, other) = (self.any_open(), self.any_open());
        let mut chosen: Vec<usize> = one.into_iter().chain(other).collect();
        chosen.dedup();
        if chosen.is_empty() || self.page.is_some() {
            return;
        }
        // More than is open is asked about, and becomes credit.
        let mut wanted = Vec::new();
        for at in self.coins.in_order(&[]).into_iter().filter(|at| chosen.contains(at)) {
            let open = self.coins.open(at);
            let share =
                if self.chance.percent(50) { open } else { self.size(i64::try_from(open).unwrap() + 2) };
            wanted.push((at, share, share.to_string()));
        }
        let shares: Vec<_> =
            wanted.iter().map(|(at, _, typed)| (self.coins.invoices[*at].id, Some(&typed[..]))).collect();
        let Started { url, .. } = self.shop.pay_parts(&shares, Method::Card, true).await.unwrap();
        let page = self.shop.provider().open_checkouts();
        let session = page.iter().find(|page| page.url.as_deref() == Some(&url)).unwrap().id.clone();
        let parts: Vec<_> = wanted.iter().map(|(at, share, _)| (*at, *share)).collect();
        write!(self.told, "open a page for {parts:?}; ").unwrap();
        self.page = Some(Page { session, parts });
    }

    /// The customer pays on the page, whatever happened to the invoices meanwhile.
    async fn pay(&mut self) {
        let Some(page) = self.page.take() else { return };
        let intent = self.shop.provider().pay(&page.session);
        self.shop.hear().await;
        let coins = page.parts.iter().map(|(_, part)| part).sum();
        let payment = self.coins.come(coins, Came::Card(intent));
        let before = self.coins.free();
        let laid = before - coins;
        self.coins.lay(payment, page.parts);
        if self.coins.free() > laid {
            self.coins.use_credit(&[]);
        }
        write!(self.told, "pay {coins}; ").unwrap();
    }

    async fn refund(&mut self) {
        let Some(payment) = self.any_payment(|payment| matches!(payment.came, Came::Card(_))) else { return };
        let Came::Card(intent) = &self.coins.payments[payment].came else { return };
        let intent = intent.clone();
        let here =
            self.coins.payments[payment].coins.iter().filter(|place| **place != Place::Returned).count();
        if here == 0 || self.coins.is_paid_out(payment) {
            return;
        }
        let coins = self.size(i64::try_from(here).unwrap());
        self.shop.provider().give_back(&intent, euros(i64::try_from(coins).unwrap()));
        self.shop.hear().await;
        self.coins.give_back(payment, coins);
        write!(self.told, "refund {coins} of {payment}; ").unwrap();
    }

    async fn pay_out(&mut self) {
        let coins = self.size(6);
        let input = PayOutInput {
            form: self.form(),
            amount: coins.to_string(),
            currency: "EUR".to_owned(),
            ..PayOutInput::default()
        };
        let outcome = credit::pay_out(self.shop.env(), &self.shop.owner, self.shop.customer, &input).await;
        write!(self.told, "pay out {coins}; ").unwrap();
        if self.coins.free() < coins {
            assert!(matches!(outcome, Err(CreditError::Fields(_))), "{outcome:?}: {}", self.told);
            return;
        }
        outcome.unwrap();
        let free = self.coins.payments.iter_mut().flat_map(|payment| &mut payment.coins);
        for place in free.filter(|place| **place == Place::Free).take(coins) {
            *place = Place::PaidOut;
        }
    }

    async fn apply(&mut self) {
        let Some(invoice) = self.any_open() else { return };
        let ids = [self.coins.invoices[invoice].id];
        credit::apply(self.shop.env(), &self.shop.owner, self.shop.customer, &ids).await.unwrap();
        for payment in 0..self.coins.payments.len() {
            self.coins.lay(payment, [(invoice, usize::MAX)]);
        }
        write!(self.told, "apply credit to {invoice}; ").unwrap();
    }

    async fn write_off(&mut self) {
        let Some(invoice) = self.any_open() else { return };
        let id = self.coins.invoices[invoice].id;
        self.shop.give_up(&self.shop.owner, id, "Too little").await.unwrap();
        self.coins.invoices[invoice].given_up += self.coins.open(invoice);
        write!(self.told, "write off {invoice}; ").unwrap();
    }

    async fn credit(&mut self) {
        let left = |invoice: &Invoice| if invoice.void { 0 } else { invoice.total - invoice.credited };
        let some: Vec<usize> =
            (0..self.coins.invoices.len()).filter(|at| left(&self.coins.invoices[*at]) > 0).collect();
        let Some(invoice) = self.any(&some) else { return };
        let coins = self.size(i64::try_from(left(&self.coins.invoices[invoice])).unwrap());
        let input = CreditNoteInput {
            form: self.form(),
            amount: coins.to_string(),
            reason: "Too dear".to_owned(),
            ..CreditNoteInput::default()
        };
        let id = self.coins.invoices[invoice].id;
        credit_notes::issue(self.shop.env(), &self.shop.owner, id, &input).await.unwrap();
        self.coins.credit(invoice, coins);
        write!(self.told, "credit {coins} of {invoice}; ").unwrap();
    }

    async fn void(&mut self) {
        let Some(invoice) = self.any_open() else { return };
        let Invoice { id, given_up, credited, .. } = self.coins.invoices[invoice];
        let version = invoices::read(self.shop.env(), &self.shop.owner, id).await.unwrap().version;
        let outcome = invoices::void(self.shop.env(), &self.shop.owner, id, version, "").await;
        write!(self.told, "void {invoice}; ").unwrap();
        let may =
            self.coins.paid(invoice) == 0 && given_up == 0 && credited == 0 && !self.is_on_page(invoice);
        assert_eq!(outcome.is_ok(), may, "{outcome:?}: {}", self.told);
        self.coins.invoices[invoice].void = may;
    }

    async fn step(&mut self) {
        match self.chance.within(0, 99) {
            0..20 => self.issue().await,
            20..25 => self.credit().await,
            25..34 => self.receive().await,
            34..41 => self.take_back().await,
            41..58 => self.open_page().await,
            58..73 => self.pay().await,
            73..86 => self.refund().await,
            86..90 => self.pay_out().await,
            90..94 => self.apply().await,
            94..97 => self.write_off().await,
            _ => self.void().await,
        }
        self.shop.world.clock.advance(Duration::seconds(1));
    }

    async fn assert_same(&self) {
        let cents = |coins: usize| i64::try_from(coins).unwrap() * 100;
        for (at, invoice) in self.coins.invoices.iter().enumerate() {
            let balance = self.shop.balance(invoice.id).await;
            let said = [balance.open, balance.paid, balance.written_off, balance.credited].map(Money::minor);
            let counted =
                [self.coins.open(at), self.coins.paid(at), invoice.given_up, invoice.credited].map(cents);
            assert_eq!(said, counted, "open, paid, given up and credited of invoice {at}: {}", self.told);
        }
        let free = cents(self.coins.free());
        assert_eq!(self.shop.credit_cents().await, free, "credit: {}", self.told);
        let open: i64 = (0..self.coins.invoices.len()).map(|at| cents(self.coins.open(at))).sum();
        let statement = self.shop.statement().await;
        assert_eq!(statement.closing.minor(), open - free, "the statement: {}", self.told);
        assert_eq!(statement.open_amount().unwrap().minor(), open, "what it says is open: {}", self.told);
    }
}

conformance! {
    async fn the_ledger_says_what_coins_would(store: TestStore) {
        let mut shop = Shop::open(&store).await;
        let histories = number("PROPTEST_CASES").unwrap_or(64) / 16;
        for seed in 0..histories {
            let customer: CustomerId = customer(shop.env(), &shop.owner, &format!("Marsh & Reed {seed}")).await;
            shop.customer = customer;
            shop.payer = payer(shop.env(), shop.business, customer, PortalScope::Customer);
            let mut history = History {
                shop: &shop,
                chance: Chance::new(seed),
                coins: Coins::default(),
                page: None,
                told: format!("seed {seed}: "),
                forms: 0,
            };
            for _ in 0..STEPS {
                history.step().await;
                history.assert_same().await;
            }
        }
        shop.assert_sound().await;
    }
}
