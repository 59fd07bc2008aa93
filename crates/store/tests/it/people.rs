//! Businesses, members, sessions, invitations, counted tries and refused forms.

use chrono::Duration;
use domain::invoice::NetDays;
use domain::payment::{Method, TakenMethods};
use domain::{
    BusinessId, Country, Currency, DraftId, EmailAddress, InvitationId, Locale, MemberId, Name, Role,
    SessionId, Zone,
};
use store::drafts::{self, FormDraft};
use store::identity::{self, Business, Invitation, Member, Session, StripeAccount, WebhookSecrets};
use store::testing::attack;
use store::{StoreError, conformance};
use uuid::Uuid;

use crate::world::morning;

fn business(number: u128) -> Business {
    Business {
        id: BusinessId::from_uuid(Uuid::from_u128(number)),
        name: Name::parse("Nordlicht Studio").unwrap(),
        time_zone: Zone::parse("Europe/Berlin").unwrap(),
        country: Country::from_code("DE").unwrap(),
        locale: Locale::find("en-GB").unwrap(),
        currency: Currency::EUR,
        sender_name: Name::parse("Nordlicht").unwrap(),
        reply_to: EmailAddress::parse("hello@nordlicht.example").unwrap(),
        phone: None,
        address: None,
        tax_number: None,
        net_days: NetDays::FORTNIGHT,
        terms: None,
        taken_methods: TakenMethods {
            from_companies: vec![Method::SepaDebit, Method::Card],
            from_consumers: vec![Method::Card],
        },
        bank_accounts: Vec::new(),
        stripe: None,
        webhook_secrets: WebhookSecrets::default(),
        version: 1,
        created_at: morning(),
    }
}

fn member(number: u128, business: BusinessId, email: &str) -> Member {
    Member {
        id: MemberId::from_uuid(Uuid::from_u128(number)),
        business,
        email: EmailAddress::parse(email).unwrap(),
        name: Name::parse("Ada Brandt").unwrap(),
        role: Role::Owner,
        password_hash: None,
        disabled_at: None,
        last_signed_in_at: None,
        version: 1,
        created_at: morning(),
    }
}

conformance! {
    async fn a_business_comes_back_as_it_was_written(store: TestStore) {
        let mut tx = store.begin().await.unwrap();
        let mut written = business(1);
        identity::insert_business(&mut tx, &written).await.unwrap();
        assert_eq!(identity::business(&mut tx, written.id).await.unwrap(), Some(written.clone()));

        let stripe = StripeAccount { key_sealed: vec![1, 2, 3], livemode: false, account: Some("acct_1".to_owned()) };
        identity::set_stripe_account(&mut tx, written.id, &stripe, morning()).await.unwrap();
        let secrets = WebhookSecrets { current: Some(vec![4]), previous: None };
        identity::set_webhook_secrets(&mut tx, written.id, &secrets, morning()).await.unwrap();
        written.stripe = Some(stripe);
        written.webhook_secrets = secrets;
        written.net_days = NetDays::new(30).unwrap();
        assert!(identity::update_business(&mut tx, &written, morning()).await.unwrap());
        assert!(!identity::update_business(&mut tx, &written, morning()).await.unwrap(), "somebody else was first");
        written.version = 2;
        assert_eq!(identity::businesses(&mut tx).await.unwrap(), [written]);
    }

    async fn an_impossible_row_is_named(store: TestStore) {
        let mut tx = store.begin().await.unwrap();
        let written = business(1);
        identity::insert_business(&mut tx, &written).await.unwrap();
        attack(&mut tx, "UPDATE business SET time_zone = 'Europe/Atlantis'").await.unwrap();
        let error = identity::business(&mut tx, written.id).await.unwrap_err();
        let StoreError::Corrupt { table, column, row, .. } = error else { panic!("{error}") };
        assert_eq!((table, column, row), ("business", "time_zone", written.id.to_string()));
    }

    async fn an_address_belongs_to_one_member_however_it_is_spelled(store: TestStore) {
        let mut tx = store.begin().await.unwrap();
        let (one, two) = (business(1), business(2));
        identity::insert_business(&mut tx, &one).await.unwrap();
        identity::insert_business(&mut tx, &two).await.unwrap();
        let ada = member(11, one.id, "Ada@nordlicht.example");
        identity::insert_member(&mut tx, &ada).await.unwrap();
        let found = identity::member_by_email(&mut tx, &EmailAddress::parse("ADA@Nordlicht.example").unwrap()).await.unwrap();
        assert_eq!(found, Some(ada.clone()));
        assert_eq!(identity::member(&mut tx, two.id, ada.id).await.unwrap(), None, "nobody of another business");
        assert_eq!(identity::owners(&mut tx, one.id).await.unwrap(), 1);

        let copy = member(12, two.id, "ada@nordlicht.example");
        let refused = identity::insert_member(&mut tx, &copy).await.unwrap_err();
        assert_eq!(refused.guard(), Some("member_email_key"));
    }

    async fn a_session_is_found_by_its_hash_until_it_is_revoked(store: TestStore) {
        let mut tx = store.begin().await.unwrap();
        let one = business(1);
        identity::insert_business(&mut tx, &one).await.unwrap();
        let ada = member(11, one.id, "ada@nordlicht.example");
        identity::insert_member(&mut tx, &ada).await.unwrap();
        let session = |number: u8| Session {
            id: SessionId::from_uuid(Uuid::from_u128(u128::from(number))),
            token_hash: [number; 32],
            business: one.id,
            member: ada.id,
            created_at: morning(),
            last_seen_at: morning(),
            expires_at: morning() + Duration::days(14),
            address: Some("192.0.2.7".to_owned()),
            user_agent: None,
        };
        for number in 1..=3 {
            identity::insert_session(&mut tx, &session(number)).await.unwrap();
        }
        assert_eq!(identity::session_by_hash(&mut tx, &[1; 32]).await.unwrap(), Some(session(1)));
        let later = morning() + Duration::hours(1);
        identity::touch_session(&mut tx, session(1).id, later).await.unwrap();
        identity::touch_session(&mut tx, session(1).id, morning()).await.unwrap();
        let seen = identity::session_by_hash(&mut tx, &[1; 32]).await.unwrap().unwrap();
        assert_eq!(seen.last_seen_at, later, "never goes back");
        identity::revoke_session(&mut tx, session(1).id, later).await.unwrap();
        assert_eq!(identity::session_by_hash(&mut tx, &[1; 32]).await.unwrap(), None);
        assert_eq!(identity::revoke_sessions(&mut tx, ada.id, later).await.unwrap(), 2);
        assert_eq!(identity::purge_sessions(&mut tx, later).await.unwrap(), 0);
        assert_eq!(identity::purge_sessions(&mut tx, later + Duration::seconds(1)).await.unwrap(), 3);
    }

    async fn an_invitation_is_accepted_once(store: TestStore) {
        let mut tx = store.begin().await.unwrap();
        let one = business(1);
        identity::insert_business(&mut tx, &one).await.unwrap();
        let ada = member(11, one.id, "ada@nordlicht.example");
        identity::insert_member(&mut tx, &ada).await.unwrap();
        let invitation = Invitation {
            id: InvitationId::from_uuid(Uuid::from_u128(21)),
            business: one.id,
            email: EmailAddress::parse("jonas@nordlicht.example").unwrap(),
            name: Name::parse("Jonas").unwrap(),
            role: Role::Clerk,
            invited_by: ada.id,
            created_at: morning(),
            expires_at: morning() + Duration::days(7),
            accepted_at: None,
            revoked_at: None,
        };
        identity::insert_invitation(&mut tx, &invitation).await.unwrap();
        assert!(identity::set_invitation_token(&mut tx, invitation.id, &[5; 32], morning()).await.unwrap());
        assert_eq!(identity::invitation_by_hash(&mut tx, &[5; 32]).await.unwrap(), Some(invitation.clone()));
        let late = morning() + Duration::days(7);
        assert!(!identity::accept_invitation(&mut tx, invitation.id, ada.id, late).await.unwrap());
        assert!(identity::accept_invitation(&mut tx, invitation.id, ada.id, morning()).await.unwrap());
        assert!(!identity::accept_invitation(&mut tx, invitation.id, ada.id, morning()).await.unwrap());
        assert!(!identity::set_invitation_token(&mut tx, invitation.id, &[6; 32], morning()).await.unwrap());

        let forever = Invitation { id: InvitationId::from_uuid(Uuid::from_u128(22)), expires_at: late + Duration::seconds(1), ..invitation };
        let refused = identity::insert_invitation(&mut tx, &forever).await.unwrap_err();
        assert_eq!(refused.guard(), Some("invitation_lifetime"));
    }

    async fn tries_at_the_same_moment_are_all_counted(store: TestStore) {
        let take = async || {
            store.transact(async |tx| identity::count_try(tx, "sign-in:1", morning()).await).await.unwrap()
        };
        let counted = tokio::join!(take(), take(), take(), take(), take(), take(), take(), take());
        let mut counted = [counted.0, counted.1, counted.2, counted.3, counted.4, counted.5, counted.6, counted.7];
        counted.sort_unstable();
        assert_eq!(counted, [1, 2, 3, 4, 5, 6, 7, 8]);

        let mut tx = store.begin().await.unwrap();
        let next_window = morning() + Duration::minutes(15);
        assert_eq!(identity::count_try(&mut tx, "sign-in:1", next_window).await.unwrap(), 1);
        assert_eq!(identity::count_try(&mut tx, "sign-in:2", next_window).await.unwrap(), 1);
        identity::forget_tries(&mut tx, "sign-in:1").await.unwrap();
        assert_eq!(identity::count_try(&mut tx, "sign-in:1", next_window).await.unwrap(), 1);
        assert_eq!(identity::purge_tries(&mut tx, next_window + Duration::seconds(1)).await.unwrap(), 2);
    }

    async fn a_refused_form_comes_back_to_its_own_browser_for_a_quarter_of_an_hour(store: TestStore) {
        let mut tx = store.begin().await.unwrap();
        let draft = FormDraft {
            id: DraftId::from_uuid(Uuid::from_u128(31)),
            form: "invoice".to_owned(),
            fields: r#"[["title","Küche"]]"#.to_owned(),
            errors: "[]".to_owned(),
            created_at: morning(),
            expires_at: morning() + Duration::minutes(15),
        };
        drafts::keep(&mut tx, &[1; 32], &draft).await.unwrap();
        let mut find = async |browser: [u8; 32], form: &str, minutes: i64| {
            let now = morning() + Duration::minutes(minutes);
            drafts::find(&mut tx, &browser, draft.id, form, now).await.unwrap()
        };
        assert_eq!(find([1; 32], "invoice", 14).await, Some(draft.clone()));
        assert_eq!(find([2; 32], "invoice", 14).await, None, "another browser");
        assert_eq!(find([1; 32], "customer", 14).await, None, "another form");
        assert_eq!(find([1; 32], "invoice", 15).await, None, "too late");
        assert_eq!(drafts::purge(&mut tx, draft.expires_at).await.unwrap(), 1);

        let longer = FormDraft { expires_at: draft.expires_at + Duration::seconds(1), ..draft };
        let refused = drafts::keep(&mut tx, &[1; 32], &longer).await.unwrap_err();
        assert_eq!(refused.guard(), Some("form_draft_lifetime"));
    }
}
