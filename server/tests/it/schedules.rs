//! Schedules, settings, groups and a customer's own terms: what is shown before a change is what is done after it.

use chrono::Duration;
use domain::follow_up::Settings;
use domain::message::Channel;
use domain::schedule::{Difference, HoldReason, Schedule};
use domain::{FieldErrors, FieldProblem, Role, ScheduleId};
use server::operations::consent::{self, ConsentInput};
use server::operations::customers::{self, ContactInput};
use server::operations::follow_up::preview::{self, Change};
use server::operations::follow_up::schedules::{self, ScheduleError, StepInput};
use server::operations::follow_up::settings::{self, FollowUpError, GroupInput, SettingsInput, TermsInput};
use server::operations::today;
use store::conformance;

use crate::follow_up::{FollowUp, contact, instant};
use crate::support::with_role;

fn step(id: &str, days: i32, channel: Channel, tone: &str) -> StepInput {
    StepInput {
        id: id.to_owned(),
        days: days.unsigned_abs().to_string(),
        when: if days < 0 { "before" } else { "after" }.to_owned(),
        channel: channel.to_string(),
        tone: tone.to_owned(),
        ..StepInput::default()
    }
}

fn mail(id: &str, days: i32, tone: &str) -> StepInput {
    step(id, days, Channel::Email, tone)
}

/// The settings of a new business, as its form shows them.
fn typed() -> SettingsInput {
    SettingsInput::from(&Settings::default())
}

fn contact_input() -> ContactInput {
    contact("jo@marsh.example")
}

fn following(schedule: ScheduleId) -> SettingsInput {
    SettingsInput { schedule: schedule.to_string(), ..typed() }
}

async fn own_schedule(it: &FollowUp, steps: &[StepInput]) -> ScheduleId {
    schedules::create(it.env(), &it.shop.owner, "Slow and kind", steps).await.unwrap()
}

/// `+ heads-up`, `- call`, `> firm`, `  help`.
fn marks(differences: &[Difference]) -> Vec<String> {
    let mark = |difference: &Difference| match difference {
        Difference::Same(word) => format!("  {}", word.step),
        Difference::Added(word) => format!("+ {}", word.step),
        Difference::Dropped(word) => format!("- {}", word.step),
        Difference::Changed { after, .. } => format!("> {}", after.step),
    };
    differences.iter().map(mark).collect()
}

fn fields(error: FollowUpError) -> FieldErrors {
    let FollowUpError::Fields(errors) = error else { panic!("{error}") };
    errors
}

conformance! {
    async fn what_is_shown_before_a_change_is_what_is_done_after_it(store: TestStore) {
        let it = FollowUp::begin(&store, "America/New_York").await;
        let (env, owner) = (it.env(), &it.shop.owner);
        let steps = [mail("friendly", 2, "friendly"), mail("again", 9, "polite"), mail("last", 30, "final")];
        let own = own_schedule(&it, &steps).await;

        let changed = settings::check(env, owner, &following(own)).await.unwrap();
        let before = preview::of_invoice(env, owner, it.invoice).await.unwrap().1;
        let what_if = preview::what_if(env, owner, &Change::Settings(changed)).await.unwrap();
        assert_eq!((what_if.looked_at, what_if.affected, what_if.bounded), (1, 1, false));
        let expected =
            ["- heads-up", "  friendly", "- help", "+ again", "- firm", "- call", "- final-notice", "+ last", "- hand-off"];
        assert_eq!(marks(&what_if.customers[0].differences), expected);
        assert_eq!((what_if.in_all.messages, what_if.in_all.tasks), ((5, 3), (2, 0)));
        let still = preview::of_invoice(env, owner, it.invoice).await.unwrap().1;
        assert_eq!(still, before, "looking changes nothing");

        settings::save(env, owner, 0, &following(own)).await.unwrap();
        let outlook = preview::of_invoice(env, owner, it.invoice).await.unwrap().1;
        let foreseen: Vec<_> =
            outlook.entries.iter().map(|entry| (entry.at, entry.parts[0].2.to_string())).collect();
        let shown: Vec<_> =
            what_if.customers[0].differences.iter().filter_map(Difference::after).map(|word| word.at).collect();
        assert_eq!(foreseen.iter().map(|(at, _)| *at).collect::<Vec<_>>(), shown, "as it was shown before saving");

        let mut moments: Vec<_> = (0..120).map(|half_days| instant("2026-03-03T12:00:00Z") + Duration::hours(12 * half_days)).collect();
        moments.extend(foreseen.iter().map(|(at, _)| *at));
        moments.sort_unstable();
        for moment in moments {
            it.shop.world.clock.set_machine(moment.max(env.business_now()));
            it.tick().await;
        }
        let said: Vec<_> =
            it.messages().await.iter().map(|message| (message.created_at, message.parts[0].said.step.to_string())).collect();
        assert_eq!(said, foreseen);
    }

    async fn a_changed_schedule_takes_up_again_what_was_all_said(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let (env, owner) = (it.env(), &it.shop.owner);
        let own = own_schedule(&it, &[mail("only", 1, "firm")]).await;
        settings::save(env, owner, 0, &following(own)).await.unwrap();
        it.at("2026-03-16T12:00:00Z");
        it.tick().await;
        assert_eq!(it.said().await, ["only sent"]);
        assert_eq!(it.receivable().await.next_decision_at, None, "every step was said");

        let steps = [mail("early", 0, "friendly"), mail("only", 1, "firm"), mail("more", 14, "firm")];
        let edited = schedules::parse(2, &steps).unwrap();
        let what_if = preview::what_if(env, owner, &Change::Schedule(own, edited)).await.unwrap();
        assert_eq!(marks(&what_if.customers[0].differences), ["+ more"]);
        let counted: Vec<_> = what_if.customers[0].counted.iter().map(|(_, step)| step.to_string()).collect();
        assert_eq!(counted, ["early"], "a step before the last one said is never said");

        schedules::save(env, owner, own, 1, &steps).await.unwrap();
        it.at("2026-03-27T12:00:00Z");
        it.tick().await;
        assert_eq!(it.said().await, ["only sent", "more sent"]);
    }

    async fn of_two_who_save_at_once_the_later_sees_both(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let (env, owner) = (it.env(), &it.shop.owner);
        let own = own_schedule(&it, &[mail("only", 1, "firm")]).await;
        let theirs = [mail("only", 5, "firm")];
        schedules::save(env, owner, own, 1, &theirs).await.unwrap();
        let mine = schedules::save(env, owner, own, 1, &[mail("only", 9, "firm")]).await;
        let Err(ScheduleError::Conflict(found)) = mine else { panic!("{mine:?}") };
        assert_eq!(found.schedule, schedules::parse(2, &theirs).unwrap());

        schedules::save(env, owner, own, 2, &theirs).await.unwrap();
        let found = schedules::show(env, owner, Some(own)).await.unwrap();
        assert_eq!(found.schedule.revision(), 2, "saving what stands there already adds no revision");
        assert!(!found.saved_by.unwrap().as_str().is_empty());
        let again = schedules::create(env, owner, "Slow and kind", &theirs).await;
        let Err(ScheduleError::Fields(errors)) = again else { panic!("{again:?}") };
        assert_eq!(errors.of("name"), Some(&FieldProblem::AlreadyTaken));
        assert_eq!(schedules::show(env, owner, None).await.unwrap().schedule, Schedule::standard());
        let other = settings::save(env, owner, 3, &typed()).await;
        assert!(matches!(other, Err(FollowUpError::Conflict)), "a version that was never read");
    }

    async fn hours_in_which_somebody_could_never_be_written_to_are_refused(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let (env, owner) = (it.env(), &it.shop.owner);
        let early = SettingsInput { opens: "05:00".to_owned(), closes: "07:30".to_owned(), ..typed() };
        settings::check(env, owner, &early).await.unwrap();

        let american = customers::CustomerInput {
            name: "Harlow Books".to_owned(),
            kind: "consumer".to_owned(),
            country: "US".to_owned(),
            locale: "en-US".to_owned(),
            time_zone: "America/Chicago".to_owned(),
            ..customers::CustomerInput::default()
        };
        let american = customers::create(env, owner, american, contact("h@harlow.example")).await.unwrap();
        let errors = fields(settings::save(env, owner, 0, &early).await.unwrap_err());
        assert!(matches!(errors.of("closes"), Some(FieldProblem::NeverOpen { country, .. }) if country.code() == "US"));

        // Where nobody knows the zone, noon in New York is still before eight in Honolulu.
        let morning = SettingsInput { opens: "09:00".to_owned(), closes: "12:00".to_owned(), ..typed() };
        settings::save(env, owner, 0, &morning).await.unwrap();
        let unknown = TermsInput { zone_unknown: true, ..TermsInput::default() };
        let errors = fields(settings::save_terms(env, owner, american, 0, &unknown).await.unwrap_err());
        assert!(matches!(errors.of("zone_unknown"), Some(FieldProblem::NeverOpen { .. })));

        let wrong = SettingsInput {
            opens: "17:00".to_owned(),
            closes: "9".to_owned(),
            open_days: vec![],
            minimum_gap_days: "61".to_owned(),
            schedule: "sch_nothing".to_owned(),
            ..typed()
        };
        let errors = fields(settings::check(env, owner, &wrong).await.unwrap_err());
        let named: Vec<_> = errors.iter().map(|error| error.field.to_string()).collect();
        assert_eq!(named, ["schedule", "closes", "minimum_gap_days"]);
        let (kept, _) = settings::show(env, owner).await.unwrap();
        assert_eq!((kept.version, kept.value.closes.to_string()), (1, "12:00:00".to_owned()));
    }

    async fn texts_are_switched_on_only_where_something_can_send_them_and_shown_before(store: TestStore) {
        let mut it = FollowUp::begin(&store, "Europe/Dublin").await;
        let (owner, customer) = (it.shop.owner.clone(), it.shop.customer);
        let text = own_schedule(&it, &[step("text", 1, Channel::Sms, "friendly")]).await;
        settings::save(it.env(), &owner, 0, &following(text)).await.unwrap();
        let contact = customers::detail(it.env(), &owner, customer).await.unwrap().contacts[0].id;
        let with_number = ContactInput { contact_phone: "+353861234567".to_owned(), ..contact_input() };
        customers::update_contact(it.env(), &owner, contact, 1, with_number).await.unwrap();
        let agreed = ConsentInput {
            version: "2".to_owned(),
            consent_source: "phone".to_owned(),
            consent_text: "Text me.".to_owned(),
            consent_date: String::new(),
        };
        consent::give(it.env(), &owner, contact, &agreed).await.unwrap();
        let on = SettingsInput { sms_enabled: true, ..following(text) };
        let roads = async |it: &FollowUp| {
            let outlook = preview::of_customer(it.env(), &owner, customer).await.unwrap().1;
            outlook.entries.iter().map(|entry| entry.by).collect::<Vec<_>>()
        };
        assert_eq!(roads(&it).await, [Channel::Email], "nobody is texted yet");

        let changed = settings::check(it.env(), &owner, &on).await.unwrap();
        let what_if = preview::what_if(it.env(), &owner, &Change::Settings(changed)).await.unwrap();
        let after: Vec<_> =
            what_if.customers[0].differences.iter().filter_map(|one| one.after()).map(|word| word.by).collect();
        assert_eq!(after, [Channel::Sms], "seen before it is saved");
        settings::save(it.env(), &owner, 1, &on).await.unwrap();
        assert_eq!(roads(&it).await, [Channel::Sms]);

        // The operator takes the gateway away: nothing is planned that cannot leave, and switching on says why not.
        it.shop.world.configure(|settings| settings.sms = None);
        assert_eq!(roads(&it).await, [Channel::Email]);
        let errors = fields(settings::check(it.env(), &owner, &on).await.unwrap_err());
        assert_eq!(errors.of("sms_enabled"), Some(&FieldProblem::NoSmsGateway));
        settings::save(it.env(), &owner, 2, &following(text)).await.unwrap();
    }

    async fn a_customer_goes_before_their_group_and_the_group_before_the_business(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let (env, owner, customer) = (it.env(), &it.shop.owner, it.shop.customer);
        let own = own_schedule(&it, &[mail("only", 1, "firm")]).await;
        let input = GroupInput { name: "Old friends".to_owned(), schedule: own.to_string(), ..GroupInput::default() };
        let group = settings::create_group(env, owner, &input).await.unwrap();
        let steps = async || {
            let outlook = preview::of_customer(env, owner, customer).await.unwrap().1;
            outlook.entries.iter().map(|entry| entry.parts[0].2.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(steps().await[0], "heads-up", "the standard schedule");

        let member = TermsInput { group: group.to_string(), ..TermsInput::default() };
        let terms = settings::check_terms(env, owner, customer, &member).await.unwrap();
        let what_if = preview::what_if(env, owner, &Change::Terms(customer, terms)).await.unwrap();
        assert!(marks(&what_if.customers[0].differences).contains(&"+ only".to_owned()));
        settings::save_terms(env, owner, customer, 0, &member).await.unwrap();
        assert_eq!(steps().await, ["only"]);
        it.tick().await;
        let (reminders, _) = today::today(env, owner).await.unwrap().upcoming.unwrap();
        assert_eq!(reminders, 1, "Today counts the steps of the business's own schedules");

        let approved = GroupInput { approval_from: "firm".to_owned(), ..input };
        let changed = settings::check_group(env, owner, group, &approved).await.unwrap();
        let what_if = preview::what_if(env, owner, &Change::Group(changed)).await.unwrap();
        assert_eq!(what_if.in_all.messages, (1, 0), "nothing is foreseen beyond an approval that is not given");
        settings::save_group(env, owner, group, 1, &approved).await.unwrap();
        it.at("2026-03-16T12:00:00Z");
        it.tick().await;
        assert_eq!(it.said().await, Vec::<String>::new());
        let outlook = preview::of_everything(env, owner, None).await.unwrap();
        assert!(matches!(outlook.held[..], [preview::Held { reason: HoldReason::AwaitingApproval { .. }, .. }]));

        let clerk = with_role(owner, Role::Clerk);
        assert!(matches!(settings::save(env, &clerk, 0, &typed()).await, Err(FollowUpError::NotPermitted(_))));
        assert!(matches!(schedules::archive(env, &clerk, own, true).await, Err(ScheduleError::NotPermitted(_))));
        settings::save_terms(env, &clerk, customer, 1, &TermsInput::default()).await.unwrap();
        assert_eq!(steps().await.first().map(String::as_str), Some("friendly"), "the business's schedule again");
    }
}
