//! Recurring invoices: written on their dates, once, and asked about where a person should look.

use chrono::Duration;
use domain::event::EventKind;
use domain::invoice::{InvoiceState, Standing};
use domain::recurring::RecurringState;
use domain::schedule::ParkedReason;
use domain::task::TaskKind;
use domain::time::{civil_date, parse_date};
use domain::{CustomerId, Date, FieldProblem, InvoiceId, Locale, RecurringId, Role, ShortText, Timestamp};
use futures_util::future::join_all;
use server::env::{Env, Principal};
use server::operations::customers::{self, ContactInput, CustomerInput};
use server::operations::follow_up::quarantine;
use server::operations::invoices;
use server::operations::recurring::{self, Change, Detail, RecurringError, RecurringInput, Written};
use server::operations::{setup, timeline, today, verify};
use server::testing::world::World;
use server::workers;
use store::conformance;
use store::recurring::Outcome;
use store::testing::TestStore;
use store::testing::cut::{Cut, Ran};

use crate::support::{
    self, business, business_of, customer_input, days_go_by, monthly_input, new_business, with_role, world,
};

fn date(text: &str) -> Date {
    parse_date(text).unwrap()
}

fn dates(texts: &[&str]) -> Vec<Date> {
    texts.iter().map(|text| date(text)).collect()
}

/// A business with a customer, on 3 March 2026.
struct Studio {
    world: World,
    owner: Principal,
    customer: CustomerId,
}

impl Studio {
    async fn open(store: &TestStore) -> Self {
        let world = world(store);
        let owner = business(&world.env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, _) =
            support::customer(&world.env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        Self { world, owner, customer }
    }

    fn env(&self) -> &Env {
        &self.world.env
    }

    fn at(&self, moment: &str) {
        let moment: Timestamp = moment.parse().unwrap();
        self.world.clock.advance(moment - self.env().machine_now());
    }

    /// A retainer that is written every month from this day on, about the month that begins.
    async fn monthly(&self, first_on: &str) -> RecurringId {
        self.set_up(|input| first_on.clone_into(&mut input.first_on)).await
    }

    async fn set_up(&self, change: impl FnOnce(&mut RecurringInput)) -> RecurringId {
        let mut input = monthly_input(self.customer, "2026-04-01");
        change(&mut input);
        recurring::create(self.env(), &self.owner, &input).await.unwrap()
    }

    async fn tick(&self) -> Written {
        workers::recurring::run_once(self.env()).await.unwrap()
    }

    async fn see(&self, id: RecurringId) -> Detail {
        recurring::detail(self.env(), &self.owner, id).await.unwrap()
    }

    async fn state(&self, id: RecurringId) -> RecurringState {
        self.see(id).await.listed.recurring.state
    }

    /// The dates that were dealt with, oldest first, each with the day on which its invoice was issued.
    async fn dealt(&self, id: RecurringId) -> Vec<String> {
        let mut told = Vec::new();
        for dealt in self.see(id).await.dealt.iter().rev() {
            told.push(match dealt.outcome {
                Outcome::Issued(invoice) => {
                    let sheet = invoices::detail(self.env(), &self.owner, invoice).await.unwrap().sheet;
                    format!("{} issued on {}", dealt.on, sheet.issued_on.unwrap())
                }
                Outcome::Drafted(Some(_)) => format!("{} drafted", dealt.on),
                Outcome::Drafted(None) => format!("{} thrown away", dealt.on),
                Outcome::Skipped => format!("{} skipped", dealt.on),
            });
        }
        told
    }

    /// The invoices that were written, oldest first.
    async fn written(&self, id: RecurringId) -> Vec<InvoiceId> {
        let dealt = self.see(id).await.dealt;
        dealt.iter().rev().filter_map(|dealt| dealt.outcome.invoice()).collect()
    }

    async fn tasks(&self) -> Vec<TaskKind> {
        let found = today::today(self.env(), &self.owner).await.unwrap();
        found.tasks.iter().map(|waiting| waiting.task.kind).collect()
    }

    async fn assert_sound(&self) {
        for checked in verify::verify(self.env(), &Principal::Operator).await.unwrap() {
            assert_eq!(checked.problems, [], "{}", checked.name);
        }
    }
}

conformance! {
    async fn a_retainer_is_issued_on_its_dates_and_followed_up(store: TestStore) {
        let it = Studio::open(&store).await;
        let id = it.monthly("2026-03-31").await;
        assert_eq!(it.tick().await, Written::default(), "nothing before its date");
        let coming: Vec<Date> = it.see(id).await.coming.iter().map(|coming| coming.on).take(3).collect();
        assert_eq!(coming, dates(&["2026-03-31", "2026-04-30", "2026-05-31"]));

        // Midnight in Berlin.
        it.at("2026-03-30T21:59:59Z");
        assert_eq!(it.tick().await.issued, 0);
        it.at("2026-03-30T22:00:00Z");
        assert_eq!(it.tick().await.issued, 1);
        assert_eq!(it.tick().await, Written::default(), "once");
        it.at("2026-04-30T07:00:00Z");
        assert_eq!(it.tick().await.issued, 1);
        assert_eq!(it.dealt(id).await, ["2026-03-31 issued on 2026-03-31", "2026-04-30 issued on 2026-04-30"]);

        let written = it.written(id).await;
        let sheet = invoices::detail(it.env(), &it.owner, written[0]).await.unwrap().sheet;
        assert_eq!(sheet.number.as_ref().unwrap().as_str(), "2026-001");
        assert_eq!(sheet.title.as_ref().unwrap().as_str(), "Retainer, March 2026");
        assert_eq!(sheet.lines[0].description.as_str(), "Care of the website, 31 Mar 2026 – 29 Apr 2026");
        let period = sheet.lines[0].period.unwrap();
        assert_eq!((period.from, period.to), (date("2026-03-31"), date("2026-04-29")));
        assert_eq!((sheet.due_on, sheet.totals.total.to_plain()), (Some(date("2026-04-14")), "1190.00".to_owned()));

        // What follows is what follows on an invoice by hand.
        workers::planner::run_once(it.env()).await.unwrap();
        workers::outbox::run_once(it.env()).await.unwrap();
        assert_eq!(it.world.mailer.mails().len(), 1, "the first invoice is overdue");
        let kinds: Vec<_> =
            timeline::of_invoice(it.env(), &it.owner, written[1]).await.unwrap().iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, [EventKind::InvoiceIssued, EventKind::InvoiceDrafted]);
        assert_eq!(recurring::of_invoice(it.env(), &it.owner, written[1]).await.unwrap(), Some(id));
        it.assert_sound().await;
    }

    async fn eight_workers_at_one_instant_write_each_date_once(store: TestStore) {
        let it = Studio::open(&store).await;
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(it.monthly("2026-04-01").await);
        }
        for day in ["2026-04-01T08:00:00Z", "2026-05-01T08:00:00Z"] {
            it.at(day);
            let ran = join_all((0..8).map(|_| it.tick())).await;
            assert_eq!(ran.iter().map(|written| written.issued).sum::<usize>(), 5);
            assert_eq!(ran.iter().map(|written| written.failed + written.put_off + written.missed).sum::<usize>(), 0);
        }
        for id in ids {
            assert_eq!(it.dealt(id).await, ["2026-04-01 issued on 2026-04-01", "2026-05-01 issued on 2026-05-01"]);
        }
        let listed = invoices::list(it.env(), &it.owner, invoices::Query::default()).await.unwrap();
        assert_eq!(listed.rows.len(), 10, "no draft is left over");
        it.assert_sound().await;
    }

    async fn a_crash_anywhere_leaves_all_of_an_invoice_or_nothing(store: TestStore) {
        let it = Studio::open(&store).await;
        let id = it.set_up(|input| {
            "week".clone_into(&mut input.cycle);
            "2026-03-09".clone_into(&mut input.first_on);
            "Care, {period}".clone_into(&mut input.draft.title);
        }).await;
        let (mut deaths, mut weeks) = (0, 0);
        for point in 1.. {
            days_go_by(&it.world, 7);
            weeks += 1;
            let ran = Cut::at(point, false, it.tick()).await;
            let through = matches!(ran, Ran::Through(_));
            drop(ran);
            if through {
                break;
            }
            deaths += 1;
            it.tick().await;
            assert_eq!(it.dealt(id).await.len(), weeks, "at point {point}");
        }
        assert!(deaths >= 2, "before and after the commit at least, not {deaths}");
        assert_eq!(it.written(id).await.len(), weeks);
        let all = invoices::list(it.env(), &it.owner, invoices::Query::default()).await.unwrap().rows;
        assert!(all.iter().all(|row| matches!(row.summary.state, InvoiceState::Issued(_))), "no half of one");
        assert_eq!(all.len(), weeks);
        it.assert_sound().await;
    }

    async fn clocks_that_change_write_no_date_twice_and_none_never(store: TestStore) {
        // On Friday 24 April 2026 there is no midnight in Cairo; on 30 October its last hour comes twice. In Apia it is the
        // next day already.
        let it = Studio::open(&store).await;
        let mut studios = Vec::new();
        for zone in ["Africa/Cairo", "Pacific/Apia", "America/Santiago"] {
            let email = format!("owner@{}.example", zone.replace('/', "-").to_lowercase());
            let mut new = new_business("Studio", &email);
            zone.clone_into(&mut new.time_zone);
            let (business, member) = setup::add_business(it.env(), &Principal::Operator, new).await.unwrap();
            let owner = Principal::Member { business, member, role: Role::Owner };
            let (customer, _) = support::customer(it.env(), &owner, "Customer", "jo@customer.example").await;
            let mut input = monthly_input(customer, "2026-03-06");
            "week".clone_into(&mut input.cycle);
            let id = recurring::create(it.env(), &owner, &input).await.unwrap();
            studios.push((domain::Zone::parse(zone).unwrap(), owner, id));
        }
        for _ in 0..(36 * 7 * 8) {
            it.world.clock.advance(Duration::hours(3));
            it.tick().await;
        }
        for (zone, owner, id) in studios {
            let detail = recurring::detail(it.env(), &owner, id).await.unwrap();
            let today = civil_date(it.env().business_now(), zone);
            let expected: Vec<Date> = detail.listed.recurring.series.from(date("2026-03-06"))
                .map(|found| found.on)
                .take_while(|on| *on <= today)
                .collect();
            assert!(expected.len() > 35);
            let mut issued = Vec::new();
            for dealt in detail.dealt.iter().rev() {
                let Outcome::Issued(invoice) = dealt.outcome else { panic!("{dealt:?}") };
                let sheet = invoices::detail(it.env(), &owner, invoice).await.unwrap().sheet;
                assert_eq!(sheet.issued_on, Some(dealt.on), "{zone}");
                issued.push(dealt.on);
            }
            assert_eq!(issued, expected, "{zone}");
        }
    }

    async fn after_an_outage_one_late_invoice_is_written_and_more_are_asked_about(store: TestStore) {
        let it = Studio::open(&store).await;
        let id = it.monthly("2026-04-01").await;
        it.at("2026-04-04T08:00:00Z");
        assert_eq!(it.tick().await.issued, 1);
        let sheet = invoices::detail(it.env(), &it.owner, it.written(id).await[0]).await.unwrap().sheet;
        assert_eq!(sheet.issued_on, Some(date("2026-04-04")), "never dated back");
        assert_eq!(sheet.due_on, Some(date("2026-04-18")), "with all the days to pay");
        assert_eq!(sheet.title.unwrap().as_str(), "Retainer, April 2026");
        assert_eq!(sheet.lines[0].period.unwrap().from, date("2026-04-01"), "about its own days");

        it.at("2026-07-02T08:00:00Z");
        let ran = it.tick().await;
        assert_eq!((ran.issued, ran.missed), (0, 1));
        assert_eq!(it.tick().await, Written::default(), "asked once");
        assert_eq!((it.state(id).await, it.tasks().await), (RecurringState::Missed, vec![TaskKind::RecurringMissed]));
        let asked: Vec<Date> = it.see(id).await.missed.iter().map(|missed| missed.on).collect();
        assert_eq!(asked, dates(&["2026-05-01", "2026-06-01", "2026-07-01"]));
        let task = today::today(it.env(), &it.owner).await.unwrap().tasks[0].task.id;
        let ticked = today::resolve_task(it.env(), &it.owner, task).await;
        assert!(matches!(ticked, Err(today::TodayError::NotByTicking)));

        // A date that was not asked about cannot be chosen, and a page from before cannot decide about what it did not show.
        let other = recurring::decide(it.env(), &it.owner, id, date("2026-07-01"), &dates(&["2026-08-01"])).await;
        assert!(matches!(other, Err(RecurringError::Fields(_))), "{other:?}");
        let chosen = dates(&["2026-06-01"]);
        assert_eq!(recurring::decide(it.env(), &it.owner, id, date("2026-06-01"), &chosen).await.unwrap(), 1);
        assert_eq!(it.tasks().await, []);
        assert_eq!(it.tick().await.issued, 1, "the one that is left is a day late");
        assert_eq!(it.dealt(id).await, [
            "2026-04-01 issued on 2026-04-04",
            "2026-05-01 skipped",
            "2026-06-01 issued on 2026-07-02",
            "2026-07-01 issued on 2026-07-02",
        ]);
        let again = recurring::decide(it.env(), &it.owner, id, date("2026-06-01"), &chosen).await;
        assert!(matches!(again, Err(RecurringError::Fields(_) | RecurringError::Conflict(_))), "decided once: {again:?}");
        it.assert_sound().await;
    }

    async fn one_that_comes_weeks_late_is_asked_about_too(store: TestStore) {
        let it = Studio::open(&store).await;
        let id = it.set_up(|input| "year".clone_into(&mut input.cycle)).await;
        it.at("2026-04-20T08:00:00Z");
        assert_eq!(it.tick().await.missed, 1);
        assert_eq!(it.see(id).await.missed.len(), 1);
        assert_eq!(recurring::decide(it.env(), &it.owner, id, date("2026-04-01"), &[]).await.unwrap(), 0);
        assert_eq!(it.dealt(id).await, ["2026-04-01 skipped"]);
        assert_eq!(it.see(id).await.listed.next_on, Some(date("2027-04-01")));
    }

    async fn after_a_restored_backup_what_is_due_is_asked_about(store: TestStore) {
        let it = Studio::open(&store).await;
        let (due, later) = (it.monthly("2026-04-01").await, it.monthly("2026-04-05").await);
        it.at("2026-04-02T08:00:00Z");
        quarantine::park_everything(it.env(), &Principal::Operator, ParkedReason::Restore).await.unwrap();
        assert_eq!(it.tick().await, Written::default());
        assert_eq!((it.state(due).await, it.state(later).await), (RecurringState::Missed, RecurringState::Running));
        assert_eq!(it.tasks().await, [TaskKind::RecurringMissed]);
    }

    async fn dates_that_pass_during_a_pause_are_left_out(store: TestStore) {
        let it = Studio::open(&store).await;
        let id = it.monthly("2026-04-01").await;
        let change = async |change| recurring::change(it.env(), &it.owner, id, change).await;
        change(Change::Pause).await.unwrap();
        assert!(matches!(change(Change::Pause).await, Err(RecurringError::Conflict(_))));
        it.at("2026-06-01T08:00:00Z");
        assert_eq!(it.tick().await, Written::default());
        change(Change::Resume).await.unwrap();
        assert_eq!(it.tick().await.issued, 1, "today's");
        assert_eq!(it.dealt(id).await, ["2026-04-01 skipped", "2026-05-01 skipped", "2026-06-01 issued on 2026-06-01"]);

        change(Change::End).await.unwrap();
        it.at("2026-09-01T08:00:00Z");
        assert_eq!(it.tick().await, Written::default());
        assert!(matches!(change(Change::Resume).await, Err(RecurringError::Conflict(_))), "ended for good");
        let kinds: Vec<_> = timeline::of_customer(it.env(), &it.owner, it.customer).await.unwrap().iter()
            .filter(|entry| entry.kind.as_str().starts_with("recurring."))
            .map(|entry| entry.kind.as_str()).collect();
        assert_eq!(kinds, ["recurring.ended", "recurring.resumed", "recurring.paused", "recurring.created"]);
    }

    async fn a_change_counts_for_what_comes(store: TestStore) {
        let it = Studio::open(&store).await;
        let id = it.monthly("2026-04-01").await;
        it.at("2026-04-01T08:00:00Z");
        it.tick().await;
        let mut input = monthly_input(it.customer, "2026-04-01");
        "1500".clone_into(&mut input.draft.lines[0].unit_price);
        "week".clone_into(&mut input.cycle);
        recurring::update(it.env(), &it.owner, id, 1, &input).await.unwrap();
        let theirs = recurring::update(it.env(), &it.owner, id, 1, &input).await;
        assert!(matches!(theirs, Err(RecurringError::Conflict(_))), "two who edit at once");
        assert_eq!(it.tick().await, Written::default(), "the date that was dealt with does not come again");
        it.at("2026-04-08T08:00:00Z");
        assert_eq!(it.tick().await.issued, 1);
        let mut totals = Vec::new();
        for invoice in it.written(id).await {
            totals.push(invoices::detail(it.env(), &it.owner, invoice).await.unwrap().sheet.totals.total.to_plain());
        }
        assert_eq!(totals, ["1190.00", "1785.00"]);

        // A first date in the past is one that was agreed before, or a slip.
        "2026-04-02".clone_into(&mut input.first_on);
        let Err(RecurringError::Fields(errors)) = recurring::update(it.env(), &it.owner, id, 2, &input).await else {
            panic!("changed")
        };
        assert_eq!(errors.of("first_on"), Some(&FieldProblem::DateBefore { earliest: date("2026-04-08") }));

        // Three days after the month has ended somebody wants it written at months' ends: the end that went by is not written.
        let other = it.monthly("2026-04-15").await;
        it.at("2026-04-15T08:00:00Z");
        it.tick().await;
        it.at("2026-05-03T08:00:00Z");
        it.tick().await;
        let mut at_ends = monthly_input(it.customer, "2026-04-15");
        at_ends.month_end = true;
        recurring::update(it.env(), &it.owner, other, 1, &at_ends).await.unwrap();
        it.tick().await;
        assert_eq!(it.written(other).await.len(), 1);
        it.at("2026-05-31T08:00:00Z");
        it.tick().await;
        assert_eq!(it.written(other).await.len(), 2);
    }

    async fn a_draft_waits_for_a_person_and_its_date_never_comes_again(store: TestStore) {
        let it = Studio::open(&store).await;
        let id = it.set_up(|input| input.as_draft = true).await;
        it.at("2026-04-01T08:00:00Z");
        assert_eq!(it.tick().await.drafted, 1);
        assert_eq!(it.tasks().await, [TaskKind::ReviewDraft]);
        let draft = it.written(id).await[0];
        let detail = invoices::detail(it.env(), &it.owner, draft).await.unwrap();
        assert_eq!(detail.sheet.standing, Standing::Draft);
        invoices::issue(it.env(), &it.owner, draft, detail.version).await.unwrap();
        assert_eq!(it.tasks().await, []);

        it.at("2026-05-01T08:00:00Z");
        assert_eq!(it.tick().await.drafted, 1);
        invoices::discard(it.env(), &it.owner, it.written(id).await[1], 1).await.unwrap();
        assert_eq!((it.tasks().await, it.tick().await), (vec![], Written::default()));
        assert_eq!(it.dealt(id).await, ["2026-04-01 drafted", "2026-05-01 thrown away"]);
    }

    async fn what_cannot_be_written_is_asked_about_and_blocks_nobody(store: TestStore) {
        let it = Studio::open(&store).await;
        // It just fits in English, and not in German.
        let longest = "1 Sept 2026 – 30 Sept 2026".chars().count();
        let long = format!("{} {{period}}", "x".repeat(ShortText::MAX_CHARS - longest - 1));
        let id = it.set_up(|input| long.clone_into(&mut input.draft.lines[0].description)).await;
        let other = it.monthly("2026-04-01").await;
        let found = customers::detail(it.env(), &it.owner, it.customer).await.unwrap().customer;
        let german = CustomerInput { locale: Locale::DE_DE.to_string(), ..customer_input("Bäckerei Morgenrot") };
        customers::update(it.env(), &it.owner, it.customer, found.version, german).await.unwrap();

        it.at("2026-04-01T08:00:00Z");
        let ran = it.tick().await;
        assert_eq!((ran.issued, ran.failed), (1, 1), "the other is written");
        assert_eq!(it.tick().await, Written::default(), "no loop");
        assert_eq!((it.state(id).await, it.tasks().await), (RecurringState::Failed, vec![TaskKind::RecurringFailed]));
        assert_eq!(it.written(other).await.len(), 1);

        recurring::change(it.env(), &it.owner, id, Change::TryAgain).await.unwrap();
        assert_eq!(it.tasks().await, []);
        assert_eq!(it.tick().await.failed, 1, "it still cannot be");
        assert_eq!(it.tasks().await, [TaskKind::RecurringFailed], "and is asked about again");

        recurring::update(it.env(), &it.owner, id, 1, &monthly_input(it.customer, "2026-04-01")).await.unwrap();
        assert_eq!((it.tasks().await, it.tick().await.issued), (vec![], 1));
        assert_eq!(it.dealt(id).await, ["2026-04-01 issued on 2026-04-01"]);
        it.assert_sound().await;
    }

    async fn a_row_that_makes_no_sense_is_put_off_and_then_asked_about(store: TestStore) {
        let it = Studio::open(&store).await;
        it.monthly("2026-04-01").await;
        let sound = it.monthly("2026-04-01").await;
        let mut tx = it.env().store.begin().await.unwrap();
        store::testing::attack(&mut tx, "UPDATE recurring SET lines = '[{' WHERE id = (SELECT id FROM recurring ORDER BY id LIMIT 1)")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        it.at("2026-04-01T08:00:00Z");
        let ran = it.tick().await;
        assert_eq!((ran.issued, ran.put_off), (1, 1));
        assert_eq!(it.written(sound).await.len(), 1);
        for _ in 0..5 {
            assert_eq!(it.tasks().await, []);
            it.world.clock.advance(Duration::hours(1));
            it.tick().await;
        }
        assert_eq!(it.tasks().await, [TaskKind::RecurringFailed]);
        it.world.clock.advance(Duration::hours(7));
        assert_eq!(it.tick().await, Written::default(), "no loop");
    }

    async fn a_customer_without_an_address_is_searched_for_never_forgotten(store: TestStore) {
        let it = Studio::open(&store).await;
        let nobody = ContactInput { contact_name: "Jo".to_owned(), ..ContactInput::default() };
        let input = CustomerInput { address: String::new(), ..customer_input("Without an address") };
        let customer = customers::create(it.env(), &it.owner, input, nobody).await.unwrap();
        let id = it.set_up(|input| input.draft.customer = customer.to_string()).await;
        it.at("2026-04-01T08:00:00Z");
        assert_eq!(it.tick().await.issued, 1);
        it.at("2026-04-20T08:00:00Z");
        workers::planner::run_once(it.env()).await.unwrap();
        assert_eq!(it.tasks().await, [TaskKind::FindContact]);
        assert_eq!(it.written(id).await.len(), 1);
    }

    async fn every_wrong_field_is_named_and_nothing_is_set_up(store: TestStore) {
        let it = Studio::open(&store).await;
        let refused = async |change: fn(&mut RecurringInput)| {
            let mut input = monthly_input(it.customer, "2026-04-01");
            change(&mut input);
            let outcome = recurring::create(it.env(), &it.owner, &input).await;
            let Err(RecurringError::Fields(errors)) = outcome else { panic!("{outcome:?}") };
            errors.iter().map(|error| format!("{}: {:?}", error.field, error.problem)).collect::<Vec<_>>()
        };
        let all = refused(|input| {
            "day".clone_into(&mut input.cycle);
            "0".clone_into(&mut input.every);
            "tomorrow".clone_into(&mut input.first_on);
            "2026-03-01".clone_into(&mut input.last_on);
            "1e9".clone_into(&mut input.count);
            "all".clone_into(&mut input.covers);
            input.draft.currency.clear();
        }).await;
        let named: Vec<&str> = all.iter().filter_map(|error| error.split(':').next()).collect();
        assert_eq!(named, ["currency", "cycle", "every", "first_on", "count", "covers"]);
        assert_eq!(
            refused(|input| "2026-03-02".clone_into(&mut input.first_on)).await,
            ["first_on: DateBefore { earliest: 2026-03-03 }"]
        );
        assert_eq!(
            refused(|input| "2026-03-31".clone_into(&mut input.last_on)).await,
            ["last_on: DateBefore { earliest: 2026-04-01 }"]
        );
        let both = refused(|input| {
            "2026-12-31".clone_into(&mut input.last_on);
            "3".clone_into(&mut input.count);
        });
        assert_eq!(both.await, ["count: NotBesideLastDate"]);
        assert_eq!(refused(|input| input.draft.lines.clear()).await, ["lines: Required"]);
        assert_eq!(
            refused(|input| "0".clone_into(&mut input.draft.lines[0].unit_price)).await,
            ["lines: NotPositive"]
        );
        assert_eq!(
            refused(|input| "{tomorrow}".clone_into(&mut input.draft.title)).await,
            ["title: PlaceholderUnknown"]
        );
        let without = refused(|input| "nothing".clone_into(&mut input.covers)).await;
        assert_eq!(without, ["title: PlaceholderWithoutPeriod", "lines.0.description: PlaceholderWithoutPeriod"]);
        assert_eq!(recurring::list(it.env(), &it.owner, None, None).await.unwrap(), (Vec::new(), None));
    }

    async fn a_form_sent_twice_sets_up_one(store: TestStore) {
        let it = Studio::open(&store).await;
        let input = monthly_input(it.customer, "2026-04-01");
        let (one, two) = tokio::join!(
            recurring::create(it.env(), &it.owner, &input),
            recurring::create(it.env(), &it.owner, &input)
        );
        assert_eq!(one.unwrap(), two.unwrap());
        assert_eq!(recurring::list(it.env(), &it.owner, None, None).await.unwrap().0.len(), 1);
        let other = RecurringInput { every: "2".to_owned(), ..input };
        let Err(RecurringError::Fields(errors)) = recurring::create(it.env(), &it.owner, &other).await else { panic!() };
        assert_eq!(errors.of("entry"), Some(&FieldProblem::SentBefore));
    }

    async fn another_business_and_lesser_roles_get_nothing(store: TestStore) {
        let it = Studio::open(&store).await;
        let id = it.monthly("2026-04-01").await;
        let other = business(it.env(), "Harbour & Pine", "fiona@harbour.example").await;
        assert!(business_of(&other) != business_of(&it.owner));
        let input = monthly_input(it.customer, "2026-04-01");
        assert!(matches!(recurring::detail(it.env(), &other, id).await, Err(RecurringError::NotFound)));
        assert!(matches!(recurring::change(it.env(), &other, id, Change::End).await, Err(RecurringError::NotFound)));
        assert!(matches!(recurring::update(it.env(), &other, id, 1, &input).await, Err(RecurringError::NotFound)));
        assert!(matches!(
            recurring::decide(it.env(), &other, id, date("2026-04-01"), &[]).await,
            Err(RecurringError::NotFound)
        ));
        // An id of somebody else's customer in a form is no choice.
        let Err(RecurringError::Fields(errors)) = recurring::create(it.env(), &other, &input).await else { panic!() };
        assert_eq!(errors.of("customer"), Some(&FieldProblem::ChoiceUnknown));
        assert_eq!(recurring::list(it.env(), &other, None, None).await.unwrap(), (Vec::new(), None));

        let viewer = with_role(&it.owner, Role::Viewer);
        assert!(recurring::detail(it.env(), &viewer, id).await.is_ok());
        for nobody in [viewer, Principal::Anonymous, Principal::System] {
            let refused = recurring::change(it.env(), &nobody, id, Change::End).await;
            assert!(matches!(refused, Err(RecurringError::NotPermitted(_))), "{refused:?}");
            let refused = recurring::create(it.env(), &nobody, &input).await;
            assert!(matches!(refused, Err(RecurringError::NotPermitted(_))), "{refused:?}");
        }
        let by_hand = recurring::write_due(it.env(), &it.owner).await;
        assert!(matches!(by_hand, Err(RecurringError::NotPermitted(_))), "workers only");
    }
}
