//! The words a business writes itself: checked, used, tried out, given back.

use domain::follow_up::Settings;
use domain::message::{Channel, MessageKind};
use domain::schedule::{StepId, Tone};
use domain::wording::{Case, Objection, Trouble};
use domain::{FieldProblem, Language, Role};
use server::env::{Env, Principal};
use server::operations::templates::{self, About, TemplateError};
use store::conformance;
use store::templates::{TemplateKey, Words};

use crate::support::{business, business_of, with_role, world};

fn key(name: &str, channel: Channel) -> TemplateKey {
    TemplateKey { name: StepId::parse(name).unwrap(), channel, language: Language::English }
}

fn words(body: &str) -> Words {
    Words { subject: "About {{ number }}".to_owned(), body: body.to_owned() }
}

/// Words that may go out.
fn good() -> Words {
    words("The matter {{ was_due }}.\r\n\r\n{{ invoices }}\r\n\r\n[See it]")
}

async fn troubles(env: &Env, who: &Principal, key: TemplateKey, words: &Words) -> Vec<Trouble> {
    let shown = templates::show(env, who, key.clone()).await.unwrap();
    let troubles = templates::remarks(words, &shown).into_iter().map(|remark| remark.trouble).collect();
    let saved = templates::save(env, who, key, None, words.clone()).await;
    match saved {
        Ok(()) => assert_eq!(troubles, [], "what is saved is in order"),
        Err(TemplateError::Fields(_)) => assert_ne!(troubles, [], "what is refused has a reason"),
        Err(error) => panic!("{error}"),
    }
    troubles
}

async fn in_use(env: &Env, who: &Principal, name: &str, tone: Tone) -> String {
    let mut tx = env.store.read().await.unwrap();
    let name = StepId::parse(name).unwrap();
    let business = business_of(who);
    let found =
        templates::find(&mut tx, business, &name, Channel::Email, Language::English, tone).await.unwrap();
    found.unwrap().body
}

conformance! {
    async fn a_step_says_the_businesss_own_words_until_they_are_given_back(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let other = business(env, "Elsewhere", "eve@elsewhere.example").await;
        let built_in = in_use(env, &owner, "firm", Tone::Firm).await;

        templates::save(env, &owner, key("firm", Channel::Email), Some(0), good()).await.unwrap();
        assert!(in_use(env, &owner, "firm", Tone::Firm).await.starts_with("The matter {{ was_due }}.\n\n"));
        // A step whose name has no text speaks with the one of its tone.
        assert!(in_use(env, &owner, "third-letter", Tone::Firm).await.starts_with("The matter"));
        assert!(!in_use(env, &owner, "third-letter", Tone::Final).await.starts_with("The matter"));
        assert_eq!(in_use(env, &other, "firm", Tone::Firm).await, built_in, "another business's are its own");

        let late = templates::save(env, &owner, key("firm", Channel::Email), Some(0), good()).await;
        assert!(matches!(late, Err(TemplateError::Conflict)), "{late:?}");
        let shown = templates::show(env, &owner, key("firm", Channel::Email)).await.unwrap();
        assert_eq!(shown.own.unwrap().0.unwrap().as_str(), "Ada Brandt");

        templates::give_back(env, &owner, key("firm", Channel::Email)).await.unwrap();
        assert_eq!(in_use(env, &owner, "firm", Tone::Firm).await, built_in);
        templates::give_back(env, &owner, key("firm", Channel::Email)).await.unwrap();
        assert_eq!(templates::show(env, &owner, key("firm", Channel::Email)).await.unwrap().version, 2);
    }

    async fn what_must_not_go_out_is_not_saved(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let email = || key("friendly", Channel::Email);
        let with = |sentence: &str| words(&format!("{sentence}\n\n{{{{ invoices }}}}\n\n[See it]"));
        let troubles = async |words: Words| troubles(env, &owner, email(), &words).await;

        assert_eq!(troubles(with("Your debt is due.")).await, [Trouble::Objection(Objection::Debt)]);
        // A condition hides nothing.
        let hidden = with("{% if several %}{% if phone %}See you in court.{% endif %}{% endif %} Hello.");
        assert!(matches!(troubles(hidden).await[..], [Trouble::Objection(Objection::NotEnabled(_))]));
        // Nor does a word put together from parts.
        let split = with("de{% if phone %}{% endif %}bt");
        assert_eq!(troubles(split).await, [Trouble::Objection(Objection::Debt)]);
        assert!(matches!(troubles(with("{{ salary }}")).await[..], [Trouble::Misprint(_)]));
        assert_eq!(troubles(words("Hello.\n\n[See it]")).await, [Trouble::NoInvoices]);
        assert_eq!(troubles(words("Hello.\n\n{{ invoices }}")).await, [Trouble::NoButton]);
        let only_several = words("Hello.\n\n{% if several %}\n{{ invoices }}\n{% endif %}\n\n[See it]");
        assert_eq!(troubles(only_several).await, [Trouble::NoInvoices]);
        assert_eq!(
            troubles(words("See {{ invoices }} now.\n\n{{ invoices }}\n\n[See it]")).await,
            [Trouble::BlockInSentence]
        );
        assert_eq!(troubles(with(&"word ".repeat(121))).await, [Trouble::TooManyWords { max: 120 }]);
        assert_eq!(troubles(with("{% if overdue %}Hello.{% endif %}")).await, [Trouble::Empty]);
        assert_eq!(troubles(good()).await, []);

        let sms = |body: &str| Words { subject: String::new(), body: body.to_owned() };
        let text = || key("friendly", Channel::Sms);
        assert_eq!(self::troubles(env, &owner, text(), &sms("Please look.")).await, [Trouble::NoLink]);
        assert_eq!(
            self::troubles(env, &owner, text(), &sms("{{ total }}: {{ link }}")).await,
            [Trouble::AmountNotAllowed]
        );
        let long = sms(&format!("{} {{{{ link }}}}", "words ".repeat(40)));
        assert_eq!(
            self::troubles(env, &owner, text(), &long).await,
            [Trouble::TooManySegments { segments: 3, max: 2 }]
        );
        assert_eq!(self::troubles(env, &owner, text(), &sms("Please look: {{ link }}")).await, []);
    }

    async fn what_a_business_enabled_may_be_announced_in_a_final_text(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let threat = words("We may take legal action.\n\n{{ invoices }}\n\n[See it]");
        let refused = templates::save(env, &owner, key("final-notice", Channel::Email), None, threat.clone()).await;
        let Err(TemplateError::Fields(errors)) = refused else { panic!("{refused:?}") };
        assert_eq!(errors.of("body"), Some(&FieldProblem::TextRefused { places: 1 }));

        let consequences = [domain::follow_up::Consequence::LegalAction].into();
        let settings = Settings { consequences, ..Settings::default() };
        let (id, now) = (business_of(&owner), env.business_now());
        let mut tx = env.store.begin().await.unwrap();
        assert!(store::follow_up::save_settings(&mut tx, id, &settings, 0, now).await.unwrap());
        tx.commit().await.unwrap();
        templates::save(env, &owner, key("final-notice", Channel::Email), None, threat.clone()).await.unwrap();
        let early = templates::save(env, &owner, key("friendly", Channel::Email), None, threat).await;
        assert!(matches!(early, Err(TemplateError::Fields(_))), "{early:?}");
    }

    async fn a_text_is_shown_before_it_is_saved_and_tried_out_on_oneself(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let shown = templates::show(env, &owner, key("help", Channel::Email)).await.unwrap();
        let about = About::Sample(Case::Several);
        let preview = templates::preview(env, &owner, &shown, &good(), about).await.unwrap().unwrap();
        assert_eq!(preview.subject.as_deref(), Some("About 2026-014"));
        assert!(preview.text.contains("Hello Jane Miller") && preview.text.contains("2026-019"), "{}", preview.text);
        let broken = words("{% if several %}");
        assert_eq!(templates::preview(env, &owner, &shown, &broken, about).await.unwrap(), None);
        for channel in [Channel::Sms, Channel::Letter, Channel::Call] {
            let shown = templates::show(env, &owner, key("help", channel)).await.unwrap();
            let preview = templates::preview(env, &owner, &shown, &shown.words, about).await.unwrap().unwrap();
            assert_eq!(preview.html.is_some(), channel == Channel::Letter);
            assert_eq!(preview.segments.is_some(), channel == Channel::Sms);
        }

        templates::try_out(env, &owner, key("help", Channel::Email), good()).await.unwrap();
        server::operations::outbox::hand_over_waiting(env, &Principal::System, "test").await.unwrap();
        let mail = world.mailer.mails();
        let [mail] = mail.as_slice() else { panic!("{} mails", mail.len()) };
        assert_eq!(mail.to, "ada@nordlicht.example");
        let raw = String::from_utf8(mail.raw.clone()).unwrap();
        assert!(raw.contains("Subject: Test: About 2026-014"), "{raw}");
        let mut tx = env.store.read().await.unwrap();
        let kinds: Vec<String> = store::testing::look(&mut tx, "SELECT kind FROM message").await.unwrap();
        assert_eq!(kinds, [MessageKind::Test.as_str()]);
    }

    async fn only_who_may_change_the_settings_changes_texts(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let text = || key("help", Channel::Email);
        for (role, may) in [(Role::Manager, true), (Role::Clerk, false), (Role::Viewer, false)] {
            let who = with_role(&owner, role);
            assert!(templates::list(env, &who).await.is_ok());
            let refused = |outcome: Result<(), TemplateError>| {
                matches!(outcome, Err(TemplateError::NotPermitted(_)))
            };
            assert_eq!(refused(templates::save(env, &who, text(), None, good()).await), !may);
            assert_eq!(refused(templates::give_back(env, &who, text()).await), !may);
            assert_eq!(refused(templates::try_out(env, &who, text(), good()).await), !may);
        }
        let nothing = templates::show(env, &owner, key("no-such-step", Channel::Email)).await;
        assert!(matches!(nothing, Err(TemplateError::NotFound)), "{nothing:?}");
    }
}
