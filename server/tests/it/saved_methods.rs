//! Ways to pay that customers keep for later.

use chrono::Duration;
use domain::SavedMethodId;
use domain::event::EventKind;
use domain::payment::Method;
use domain::saved::EndReason;
use domain::{Currency, Locale, Role};
use futures_util::future::join_all;
use server::env::{PortalScope, Principal};
use server::gateway::ProviderEvent;
use server::operations::payments::Account;
use server::operations::payments::saved::{self, Consent, Outcome, SavedError};
use server::operations::portal::{self, Given, Proof};
use server::operations::timeline;
use server::testing::gateway::Fault;
use server::workers;
use sha2::{Digest as _, Sha256};
use store::conformance;
use store::saved_methods::{self as rows, SavedMethod};
use store::testing::TestStore;

use crate::code::code_in;
use crate::inbox::orders;
use crate::portal::linked;
use crate::shop::{self, Shop};
use crate::support::{browser, with_role};

const WORDS: &str = "I allow it to be kept.";

/// Somebody agrees to these words.
pub fn consent(words: &str) -> Consent {
    Consent { text: words.to_owned(), locale: Locale::find("en-GB").unwrap(), browser: browser() }
}

/// Whoever holds this link gets the code, and enters it.
pub async fn prove(shop: &Shop, holder: &Principal) {
    let env = shop.env();
    portal::prove(env, holder, Given::default()).await.unwrap();
    workers::outbox::run_once(env).await.unwrap();
    let mails = shop.world.mailer.mails();
    let code = code_in(&crate::follow_up::parsed(mails.last().unwrap()).text.unwrap());
    let given = Given { code: Some(&code), send_by: None };
    assert!(matches!(portal::prove(env, holder, given).await.unwrap(), Proof::Proven));
}

/// A session over everything of the shop's customer.
async fn session(shop: &Shop) -> Principal {
    let token = linked(shop.env(), &shop.owner, shop.customer, None, PortalScope::Customer).await;
    let entered = portal::exchange(shop.env(), &token, None, None, browser()).await.unwrap();
    Principal::Portal(entered.access)
}

/// A shop with a customer whose session is proven.
pub struct Keeper {
    pub shop: Shop,
    pub holder: Principal,
}

impl Keeper {
    /// Somebody with a session over everything of the customer, who has proven nothing yet.
    pub async fn enters(store: &TestStore) -> Self {
        let shop = Shop::open(store).await;
        Self { holder: session(&shop).await, shop }
    }

    /// From here on it is another customer of the same shop, whose session is proven too.
    pub async fn is_another(&mut self, name: &str) {
        self.shop.move_on_to(name, "company", "DE").await;
        self.holder = session(&self.shop).await;
        self.prove().await;
    }

    pub async fn begins(store: &TestStore) -> Self {
        let keeper = Self::enters(store).await;
        keeper.prove().await;
        keeper
    }

    pub async fn prove(&self) {
        prove(&self.shop, &self.holder).await;
    }

    async fn begin(&self, method: Method) -> Result<String, SavedError> {
        let consent = consent(WORDS);
        saved::begin(self.shop.env(), &self.holder, self.shop.customer, method, &consent).await
    }

    /// The customer goes to the provider's page, and gives a method there.
    pub async fn gives(&self, method: Method) -> (String, Option<String>) {
        let url = self.begin(method).await.unwrap();
        self.shop.provider().give_method(url.rsplit('/').next().unwrap())
    }

    /// One that is kept, as everybody knows.
    pub async fn keeps(&self, method: Method) -> SavedMethod {
        self.gives(method).await;
        self.shop.hear().await;
        self.kept().await.pop().unwrap()
    }

    pub async fn kept(&self) -> Vec<SavedMethod> {
        saved::kept(self.shop.env(), &self.holder, self.shop.customer).await.unwrap().methods
    }

    pub async fn row(&self, reference: &str) -> Option<SavedMethod> {
        let mut tx = self.shop.env().store.read().await.unwrap();
        rows::by_reference(&mut tx, self.shop.business, reference).await.unwrap()
    }

    pub async fn remove(&self, by: &Principal, method: SavedMethodId) -> Result<(), SavedError> {
        saved::remove(self.shop.env(), by, self.shop.customer, method).await
    }

    pub async fn told(&self, kind: EventKind) -> usize {
        let entries =
            timeline::of_customer(self.shop.env(), &self.shop.owner, self.shop.customer).await.unwrap();
        entries.iter().filter(|entry| entry.kind == kind).count()
    }
}

conformance! {
    async fn what_was_agreed_to_is_on_record_before_the_provider_is_asked(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        keeper.shop.provider().fail_next("create_setup", Fault::LostRequest);
        assert!(matches!(keeper.begin(Method::Card).await, Err(SavedError::Unavailable)));
        assert_eq!(keeper.told(EventKind::MethodAgreed).await, 1);
        let (reference, _) = keeper.gives(Method::Card).await;
        keeper.shop.hear().await;
        let saved = keeper.row(&reference).await.unwrap();
        let mut tx = keeper.shop.env().store.read().await.unwrap();
        let agreed = rows::setup(&mut tx, keeper.shop.business, saved.setup).await.unwrap().unwrap();
        assert_eq!((agreed.consent_text.as_str(), agreed.locale.as_str()), (WORDS, "en-GB"));
        assert_eq!(agreed.consent_hash, <[u8; 32]>::from(Sha256::digest(WORDS)));
        assert_eq!((agreed.address.as_deref(), agreed.user_agent.as_deref()), (Some("192.0.2.7"), Some("Story/1")));
        assert_eq!((agreed.method, agreed.currency), (Method::Card, Currency::EUR));
        assert_eq!((saved.label.as_str(), saved.last_digits.as_str()), ("visa", "4242"));
        assert_eq!(saved.expires.unwrap().printed(), "12/34");
        drop(tx);
        keeper.shop.assert_sound().await;
    }

    async fn nothing_is_kept_or_removed_without_the_code(store: TestStore) {
        let keeper = Keeper::enters(&store).await;
        assert!(matches!(keeper.begin(Method::Card).await, Err(SavedError::NotProven)));
        assert_eq!(keeper.shop.provider().calls("create_setup"), 0);
        keeper.prove().await;
        let saved = keeper.keeps(Method::Card).await;
        let token = linked(keeper.shop.env(), &keeper.shop.owner, keeper.shop.customer, None, PortalScope::Customer).await;
        let other = portal::exchange(keeper.shop.env(), &token, None, None, browser()).await.unwrap();
        let other = Principal::Portal(other.access);
        assert!(matches!(keeper.remove(&other, saved.id).await, Err(SavedError::NotProven)), "another session");
        assert_eq!(keeper.kept().await.len(), 1);
    }

    async fn it_is_kept_once_in_every_order_of_the_news_each_told_twice(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        for (nth, order) in orders(3).into_iter().enumerate() {
            let before = keeper.shop.provider().told().len();
            let (reference, mandate) = keeper.gives(Method::SepaDebit).await;
            keeper.shop.provider().let_method_go(&reference);
            let news: Vec<ProviderEvent> = keeper.shop.provider().told().split_off(before);
            assert_eq!(news.len(), 3);
            for place in order {
                for _ in 0..2 {
                    keeper.shop.deliver(&news[place]).await.unwrap();
                    keeper.shop.work().await;
                }
            }
            let saved = keeper.row(&reference).await.unwrap();
            assert_eq!(saved.ended.unwrap().1, EndReason::Provider);
            assert_eq!(saved.mandate, mandate);
            assert_eq!(keeper.told(EventKind::MethodSaved).await, nth + 1);
            assert_eq!(keeper.told(EventKind::MethodEnded).await, nth + 1);
        }
        assert_eq!(keeper.kept().await, []);
        keeper.shop.assert_sound().await;
    }

    async fn a_mandate_that_ends_takes_its_method_along(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let saved = keeper.keeps(Method::SepaDebit).await;
        assert_eq!(keeper.kept().await.len(), 1);
        keeper.shop.provider().end_mandate(saved.mandate.as_deref().unwrap());
        keeper.shop.hear().await;
        assert_eq!(keeper.kept().await, []);
        assert_eq!(keeper.row(&saved.reference).await.unwrap().ended.unwrap().1, EndReason::Mandate);
        // It was over before anybody heard that it was given, and that is heard first.
        let before = keeper.shop.provider().told().len();
        let (reference, mandate) = keeper.gives(Method::SepaDebit).await;
        keeper.shop.provider().end_mandate(&mandate.unwrap());
        for event in keeper.shop.provider().told().split_off(before).iter().rev() {
            keeper.shop.deliver(event).await.unwrap();
            keeper.shop.work().await;
        }
        assert_eq!(keeper.row(&reference).await.unwrap().ended.unwrap().1, EndReason::Mandate);
    }

    async fn webhooks_never_arrive_and_the_sweep_alone_brings_it_and_takes_it(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        workers::sweep::run_once(keeper.shop.env()).await.unwrap();
        let (reference, _) = keeper.gives(Method::Card).await;
        let sweep = async || {
            keeper.shop.world.clock.advance(Duration::minutes(6));
            workers::sweep::run_once(keeper.shop.env()).await.unwrap();
            keeper.shop.work().await;
        };
        sweep().await;
        assert_eq!(keeper.kept().await.len(), 1);
        keeper.shop.provider().let_method_go(&reference);
        sweep().await;
        assert_eq!(keeper.kept().await, []);
    }

    async fn the_way_back_asks_and_races_with_the_webhook(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let url = keeper.begin(Method::Card).await.unwrap();
        let setup = keeper.shop.provider().setup_of(url.rsplit('/').next().unwrap()).unwrap();
        let env = keeper.shop.env();
        let back = || saved::returned(env, &keeper.holder, keeper.shop.customer, setup);
        assert_eq!(back().await.unwrap(), Outcome::NotSaved);
        keeper.shop.provider().give_method(url.rsplit('/').next().unwrap());
        keeper.shop.provider().fail_next("checkout", Fault::NotSent);
        assert_eq!(back().await.unwrap(), Outcome::Checking);

        let intent = keeper.shop.provider().told().iter().find(|event| event.kind == "setup_intent.succeeded")
            .unwrap().object_id.clone();
        let account = Account::open(env, keeper.shop.business).await.unwrap();
        let asked = join_all((0..16).map(|_| saved::setup(env, &account, &intent))).await;
        assert!(asked.iter().all(Result::is_ok), "{asked:?}");
        assert_eq!(back().await.unwrap(), Outcome::Saved);
        assert_eq!((keeper.kept().await.len(), keeper.told(EventKind::MethodSaved).await), (1, 1));
        let stranger = shop::payer(env, keeper.shop.business, env.new_id(), PortalScope::Customer);
        assert!(matches!(
            saved::returned(env, &stranger, keeper.shop.customer, setup).await, Err(SavedError::NotFound)));

        // Let go before its holder is back.
        keeper.shop.provider().let_method_go(&keeper.kept().await[0].reference);
        keeper.shop.hear().await;
        assert_eq!(back().await.unwrap(), Outcome::NotSaved);
    }

    async fn an_account_that_its_holder_has_yet_to_confirm_is_not_called_unsaved(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let url = keeper.begin(Method::SepaDebit).await.unwrap();
        let page = url.rsplit('/').next().unwrap();
        keeper.shop.provider().give_unconfirmed(page);
        let setup = keeper.shop.provider().setup_of(page).unwrap();
        let back = saved::returned(keeper.shop.env(), &keeper.holder, keeper.shop.customer, setup).await;
        assert_eq!(back.unwrap(), Outcome::Checking);
        assert_eq!(keeper.kept().await, []);
    }

    async fn a_refusal_to_let_go_is_believed_only_once_it_is_gone(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let saved = keeper.keeps(Method::Card).await;
        // A key that may not, for example: whatever it is, the method can still be charged.
        keeper.shop.provider().fail_next("detach_method", Fault::Refuse("more_permissions_required"));
        keeper.remove(&keeper.holder, saved.id).await.unwrap();
        assert_eq!(keeper.shop.provider().kept_methods(), [&saved.reference[..]]);
        keeper.shop.world.clock.advance(Duration::minutes(2));
        assert_eq!(saved::let_go_again(keeper.shop.env()).await.unwrap(), 1);
        assert_eq!(keeper.shop.provider().kept_methods(), Vec::<String>::new());
        keeper.shop.world.clock.advance(Duration::hours(12));
        assert_eq!(saved::let_go_again(keeper.shop.env()).await.unwrap(), 0, "asked no more");
    }

    async fn removing_lets_it_go_at_the_provider_whatever_happens_to_the_answer(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        for (fault, left) in [(None, 0), (Some(Fault::LostAnswer), 0), (Some(Fault::LostRequest), 1)] {
            let saved = keeper.keeps(Method::Card).await;
            if let Some(fault) = fault {
                keeper.shop.provider().fail_next("detach_method", fault);
            }
            keeper.remove(&keeper.holder, saved.id).await.unwrap();
            assert_eq!(keeper.kept().await, [], "gone at once");
            assert_eq!(keeper.shop.provider().kept_methods().len(), left);
            keeper.shop.world.clock.advance(Duration::minutes(2));
            workers::sweep::run_once(keeper.shop.env()).await.unwrap();
            assert_eq!(keeper.shop.provider().kept_methods(), Vec::<String>::new());
            keeper.shop.world.clock.advance(Duration::hours(12));
            assert_eq!(saved::let_go_again(keeper.shop.env()).await.unwrap(), 0, "asked no more");
            keeper.remove(&keeper.holder, saved.id).await.unwrap();
            keeper.shop.hear().await;
            assert_eq!(keeper.row(&saved.reference).await.unwrap().ended.unwrap().1, EndReason::Customer);
        }
        assert_eq!(keeper.told(EventKind::MethodEnded).await, 3);
        keeper.shop.assert_sound().await;
    }

    async fn a_member_removes_one_and_nobody_reaches_anothers(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let saved = keeper.keeps(Method::Card).await;
        let (env, owner) = (keeper.shop.env(), &keeper.shop.owner);
        let (_, rival) = shop::business(env, "Rival Studio", "owner@rival.example").await;
        let viewer = with_role(owner, Role::Viewer);
        assert!(matches!(keeper.remove(&viewer, saved.id).await, Err(SavedError::NotPermitted(_))));
        assert!(matches!(keeper.remove(&rival, saved.id).await, Err(SavedError::NotFound)));
        let other = shop::customer(env, owner, "Somebody else").await;
        assert!(matches!(saved::remove(env, owner, other, saved.id).await, Err(SavedError::NotFound)));
        let narrow = shop::payer(env, keeper.shop.business, keeper.shop.customer,
            PortalScope::Invoice(keeper.shop.invoice(10).await));
        assert!(matches!(saved::kept(env, &narrow, keeper.shop.customer).await, Err(SavedError::NotFound)));
        assert_eq!(saved::of_customer(env, owner, keeper.shop.customer).await.unwrap().len(), 1);
        keeper.remove(owner, saved.id).await.unwrap();
        assert_eq!(keeper.row(&saved.reference).await.unwrap().ended.unwrap().1, EndReason::Member);
        assert_eq!(keeper.shop.provider().kept_methods(), Vec::<String>::new());
    }

    async fn what_the_business_does_not_take_is_not_kept(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let offered = saved::kept(keeper.shop.env(), &keeper.holder, keeper.shop.customer).await.unwrap().offered;
        assert_eq!(offered, [Method::Card, Method::SepaDebit], "an Irish company has no account in pounds or dollars");
        for method in [Method::BacsDebit, Method::UsBankAccount, Method::Manual, Method::BankTransfer] {
            assert!(matches!(keeper.begin(method).await, Err(SavedError::NotOffered)), "{method}");
        }
    }
}
