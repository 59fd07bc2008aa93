//! A business's own data, and the secrets it trusts us with.

use domain::payment::Method;
use domain::{FieldProblem, Role};
use secrecy::{ExposeSecret as _, SecretString};
use server::operations::bank_accounts::{self, BankAccountInput};
use server::operations::settings::{self, SettingsError, SettingsInput};
use server::testing::gateway::Fault;
use store::conformance;

use crate::support::{business, business_of, with_role, world};

fn refused(error: &SettingsError) -> &FieldProblem {
    let SettingsError::Fields(errors) = error else { panic!("{error}") };
    &errors.0[0].problem
}

conformance! {
    async fn a_key_is_sealed_shown_by_its_end_and_live_ones_stay_out_of_the_demo(store: TestStore) {
        let mut world = world(&store);
        let owner = business(&world.env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let env = &world.env;

        settings::set_stripe_key(env, &owner, SecretString::from(" sk_test_nordlicht1234 ")).await.unwrap();
        let shown = settings::show(env, &owner).await.unwrap();
        assert_eq!(shown.key_ends_in.as_deref(), Some("1234"));
        let stripe = shown.business.stripe.clone().unwrap();
        assert!(!stripe.livemode);
        assert!(!stripe.key_sealed.windows(4).any(|window| window == b"1234"), "the key stands open in the row");
        let key = settings::stripe_key(env, &shown.business).unwrap().unwrap();
        assert_eq!(key.expose_secret(), "sk_test_nordlicht1234");

        let clerk = with_role(&owner, Role::Manager);
        let error = settings::set_stripe_key(env, &clerk, SecretString::from("sk_test_nordlicht1234")).await.unwrap_err();
        assert!(matches!(error, SettingsError::NotPermitted(_)), "only owners: {error}");

        world.configure(|settings| settings.demo = true);
        let error = settings::set_stripe_key(&world.env, &owner, SecretString::from("sk_live_nordlicht1234")).await.unwrap_err();
        assert_eq!(refused(&error), &FieldProblem::GatewayKeyLive);
    }

    async fn a_key_is_kept_with_the_account_that_it_opens_or_not_at_all(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let provider = world.gateways.account(business_of(&owner));
        let set = async || settings::set_stripe_key(env, &owner, SecretString::from("sk_test_nordlicht1234")).await;
        for (fault, problem) in [
            (Fault::WrongKey, FieldProblem::GatewayKeyRefused),
            (Fault::NotSent, FieldProblem::GatewayUnreachable),
            (Fault::LostAnswer, FieldProblem::GatewayUnreachable),
        ] {
            provider.fail_next("account", fault);
            assert_eq!(refused(&set().await.unwrap_err()), &problem);
        }
        let account = async || settings::show(env, &owner).await.unwrap().business.stripe.map(|stripe| stripe.account);
        assert_eq!(account().await, None, "nothing is saved");
        set().await.unwrap();
        assert!(account().await.flatten().unwrap().starts_with("acct_"));
    }

    async fn two_webhook_secrets_stand_while_one_is_rotated_and_none_is_empty(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let secrets = async || {
            let shown = settings::show(env, &owner).await.unwrap();
            let secrets = settings::webhook_secrets(env, &shown.business).unwrap();
            secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect::<Vec<_>>()
        };
        assert!(secrets().await.is_empty());
        for empty in ["", "   "] {
            let error = settings::set_webhook_secret(env, &owner, SecretString::from(empty)).await.unwrap_err();
            assert_eq!(refused(&error), &FieldProblem::Required);
        }
        let (old, new) = ("whsec_0123456789abcdef", "whsec_fedcba9876543210");
        settings::set_webhook_secret(env, &owner, SecretString::from(old)).await.unwrap();
        settings::set_webhook_secret(env, &owner, SecretString::from(new)).await.unwrap();
        assert_eq!(secrets().await, [new, old]);
        settings::drop_previous_webhook_secret(env, &owner).await.unwrap();
        assert_eq!(secrets().await, [new]);
    }

    async fn settings_name_every_wrong_field_and_notice_somebody_else(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let good = SettingsInput {
            business_name: "Nordlicht".to_owned(),
            reply_to: "hello@nordlicht.example".to_owned(),
            country: "de".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            locale: "de-DE".to_owned(),
            currency: "eur".to_owned(),
            net_days: "30".to_owned(),
            methods: vec!["sepa_debit".to_owned(), "card".to_owned()],
            consumer_methods: vec!["card".to_owned()],
            ..SettingsInput::default()
        };
        let bad = SettingsInput {
            reply_to: "nobody".to_owned(),
            time_zone: "Berlin".to_owned(),
            net_days: "400".to_owned(),
            methods: vec!["card".to_owned(), "barter".to_owned()],
            consumer_methods: Vec::new(),
            ..good.clone()
        };
        let SettingsError::Fields(errors) = settings::update(env, &owner, None, bad).await.unwrap_err() else { panic!() };
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["reply_to", "time_zone", "net_days", "methods", "consumer_methods"]);
        let none = SettingsInput { methods: Vec::new(), ..good.clone() };
        assert_eq!(refused(&settings::update(env, &owner, None, none).await.unwrap_err()), &FieldProblem::Required);

        settings::update(env, &owner, Some(1), good.clone()).await.unwrap();
        let shown = settings::show(env, &owner).await.unwrap();
        assert_eq!((shown.business.name.as_str(), shown.business.net_days.days()), ("Nordlicht", 30));
        assert_eq!(shown.business.taken_methods.from_companies, [Method::Card, Method::SepaDebit]);
        assert_eq!(shown.business.taken_methods.from_consumers, [Method::Card]);
        assert_eq!(shown.business.sender_name.as_str(), "Nordlicht", "the name, unless another is given");
        assert_eq!(shown.webhook_url, format!("http://127.0.0.1:8080/webhooks/stripe/{}", business_of(&owner)));
        let late = settings::update(env, &owner, Some(1), good).await.unwrap_err();
        assert!(matches!(late, SettingsError::Conflict), "{late}");
    }

    async fn a_bank_account_is_checked_kept_by_currency_and_removed(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let euros = BankAccountInput {
            currency: "eur".to_owned(),
            bank_holder: "Nordlicht Studio GmbH".to_owned(),
            bank_number: "de89 3704 0044 0532 0130 00".to_owned(),
            bank_bic: "cobadeff".to_owned(),
            ..BankAccountInput::default()
        };
        let wrong = BankAccountInput {
            bank_number: "DE89 3704 0044 0532 0130 01".to_owned(),
            bank_bic: "COBA".to_owned(),
            ..euros.clone()
        };
        let SettingsError::Fields(errors) = bank_accounts::save(env, &owner, &wrong).await.unwrap_err() else { panic!() };
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["bank_number", "bank_bic"]);
        let twice = BankAccountInput { bank_routing: "37040044".to_owned(), ..euros.clone() };
        assert_eq!(refused(&bank_accounts::save(env, &owner, &twice).await.unwrap_err()), &FieldProblem::NotBesideIban);

        bank_accounts::save(env, &owner, &euros).await.unwrap();
        let dollars = BankAccountInput {
            currency: "USD".to_owned(),
            bank_number: "000123456789".to_owned(),
            bank_routing: "021000021".to_owned(),
            bank_bic: String::new(),
            ..euros.clone()
        };
        bank_accounts::save(env, &owner, &dollars).await.unwrap();
        let other = BankAccountInput { bank_number: "AT611904300234573201".to_owned(), ..euros.clone() };
        bank_accounts::save(env, &owner, &other).await.unwrap();
        let numbers = async || {
            let (accounts, _) = bank_accounts::show(env, &owner).await.unwrap();
            accounts.iter().map(|account| account.number.format()).collect::<Vec<_>>()
        };
        assert_eq!(numbers().await, ["AT61 1904 3002 3457 3201", "000123456789"], "one a currency");

        let clerk = with_role(&owner, Role::Clerk);
        assert!(matches!(bank_accounts::remove(env, &clerk, "EUR").await, Err(SettingsError::NotPermitted(_))));
        for _ in 0..2 {
            bank_accounts::remove(env, &owner, "EUR").await.unwrap();
        }
        assert_eq!(numbers().await, ["000123456789"]);
    }
}
