//! Eight processes of the real program share one database, and are killed with SIGKILL in the middle of their work, again and
//! again, until nothing is due.
//!
//! Whom and when a seed decides: most often the one whose mail has just arrived, before it can have recorded that it did, else
//! anyone, a moment after the start. Another takes the place of each. What the dead had claimed is healed once their leases have
//! run out, which is brought about when all others have gone home. PostgreSQL is meant for this; SQLite is meant for one process
//! and has to be as safe with eight.
//!
//! `WORKER_KILLS` says how many are killed. More of them also means more customers and more days.

#![cfg(feature = "crash-points")]

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Child;
use std::time::{Duration, Instant};

use domain::message::MessageState;
use sandbox::{SmtpFault, SmtpPhase, SmtpTrouble};
use server::env::Entropy as _;
use server::testing::world::SeededEntropy;
use store::conformance;

use crate::program::{PATIENCE, Program, a_moment, alone, ask_to_stop, ended, leases_run_out, sender};
use crate::support::{business, customer, issued, number};

const PROCESSES: usize = 8;

/// When something is due for a word, about invoices that are due on 17 March, and what: business days and hours in Berlin.
const DAYS: [(&str, &str); 4] = [
    ("2026-03-18T10:00:00Z", "friendly"),
    ("2026-03-24T10:00:00Z", "help"),
    ("2026-03-31T10:00:00Z", "firm"),
    ("2026-04-16T10:00:00Z", "final-notice"),
];

/// Mails whose fate the relay makes uncertain, besides those of the killed.
const LOST_REPLIES: usize = 1;

/// Without a mail for so long, nobody alive has one to send.
const STILL: Duration = Duration::from_secs(4);

/// Eight processes, by number.
struct Fleet<'a> {
    program: &'a Program,
    processes: Vec<Child>,
}

impl<'a> Fleet<'a> {
    fn start(program: &'a Program) -> Self {
        let start = |number| program.command("serve", number).spawn().unwrap();
        Self { program, processes: (0..PROCESSES).map(start).collect() }
    }

    /// Kills one, and starts another in its place.
    fn replace(&mut self, number: usize) {
        let process = &mut self.processes[number];
        assert_eq!(process.try_wait().unwrap(), None, "it died by itself:\n{}", self.program.tail(number));
        process.kill().unwrap();
        process.wait().unwrap();
        *process = self.program.command("serve", number).spawn().unwrap();
    }

    /// Each finishes what it is at and goes.
    async fn go_home(mut self) {
        self.processes.iter().for_each(ask_to_stop);
        for number in 0..PROCESSES {
            let status = ended(&mut self.processes[number]).await;
            // One that had only just begun does not listen yet, and dies of the signal.
            let gone = status.is_some_and(|status| status.success() || status.signal() == Some(15));
            assert!(gone, "{status:?}:\n{}", self.program.tail(number));
        }
    }
}

impl Drop for Fleet<'_> {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The same draws for the same seed.
struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, count: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_be_bytes(bytes) % u64::try_from(count).unwrap()).unwrap()
    }
}

/// Waits for the moment to strike, and says whom: none when there is nothing left to do for anyone alive.
async fn victim(program: &Program, dice: &Dice) -> Option<usize> {
    let anyone = (dice.below(4) == 0).then(|| dice.below(PROCESSES));
    let at = Duration::from_millis(u64::try_from(dice.below(1500)).unwrap());
    let mails = program.sandbox.mails().len() + 1 + dice.below(6);
    let begun = Instant::now();
    let (mut last, mut since) = (0, begun);
    loop {
        let arrived = program.sandbox.mails();
        match anyone {
            Some(number) if begun.elapsed() > at => return (!program.is_settled().await).then_some(number),
            None if arrived.len() >= mails => return arrived.last().map(sender),
            _ => {}
        }
        if arrived.len() != last {
            (last, since) = (arrived.len(), Instant::now());
        }
        // What is still claimed then is claimed by the dead.
        if since.elapsed() > STILL && program.is_at_rest().await {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Lets eight work, and kills up to `kills` of them. How many it were.
async fn shift(program: &Program, dice: &Dice, kills: usize) -> usize {
    let mut fleet = Fleet::start(program);
    let mut killed = 0;
    while killed < kills {
        let Some(number) = victim(program, dice).await else { break };
        fleet.replace(number);
        killed += 1;
    }
    let begun = Instant::now();
    while !program.is_at_rest().await {
        assert!(begun.elapsed() < PATIENCE, "they do nothing:\n{}", program.tail(0));
        a_moment().await;
    }
    fleet.go_home().await;
    killed
}

/// Customers with an invoice each, every third with two, to be spoken of in one mail. How many invoices there are.
async fn customers(program: &Program, count: usize) -> usize {
    let world = program.world();
    let owner = business(&world.env, "Watt & Wiese", "owner@watt.example").await;
    let mut invoices = 0;
    for number in 0..count {
        let email = format!("lena{number}@morgenrot.example");
        let (id, _) = customer(&world.env, &owner, &format!("Morgenrot {number}"), &email).await;
        for _ in 0..if number % 3 == 0 { 2 } else { 1 } {
            issued(&world.env, &owner, id).await;
            invoices += 1;
        }
    }
    invoices
}

/// Everything is said once over the wire or visibly uncertain, and the books hold. `steps` were due about each of `invoices`.
async fn check(program: &Program, invoices: usize, steps: &[(&str, &str)], killed: usize) {
    let mut arrived: BTreeMap<String, usize> = BTreeMap::new();
    for mail in program.sandbox.mails() {
        let id = mail.parsed().message_id.unwrap();
        *arrived.entry(id.trim_matches(['<', '>']).to_owned()).or_default() += 1;
    }
    let twice: Vec<_> = arrived.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "the same mail arrived more than once: {twice:?}");

    let messages = program.messages().await;
    let mut said = BTreeSet::new();
    let mut about: BTreeMap<&str, usize> = BTreeMap::new();
    let mut uncertain = 0;
    for message in &messages {
        let (id, state) = (message.internet_message_id.trim_matches(['<', '>']), message.state);
        let has_arrived = arrived.remove(id).is_some();
        match state {
            MessageState::Sent => assert!(has_arrived, "{id} never arrived"),
            MessageState::Uncertain => uncertain += 1,
            _ => panic!("{id} is {state}"),
        }
        for part in &message.parts {
            assert_eq!(part.cancelled, None);
            let step = part.said.step.as_str();
            let again = !said.insert((part.receivable, step, message.contact, message.channel));
            assert!(!again, "{id} says {step} once more");
            *about.entry(step).or_default() += 1;
        }
    }
    assert_eq!(arrived, BTreeMap::new(), "arrived, and is not on record");
    let wanted: BTreeMap<&str, usize> = steps.iter().map(|(_, step)| (*step, invoices)).collect();
    assert_eq!(about, wanted, "each step is said about each invoice");

    // A process hands one message over at a time, so no more than one is lost with it.
    assert!(uncertain <= killed + LOST_REPLIES, "{uncertain} uncertain after {killed} kills");
    assert_eq!(program.tasks("message_uncertain").await, uncertain, "each is shown to a person");
    program.verify();
}

conformance! {
    async fn eight_processes_are_killed_in_their_work_and_everything_is_said_once(store: TestStore) {
        let kills = number("WORKER_KILLS").map_or(6, |kills| usize::try_from(kills).unwrap());
        let days = &DAYS[..if kills > 20 { 4 } else { 2 }];
        let _alone = alone().await;
        let program = Program::over(store).await;
        // Not more than may be said in an hour, all days together: the hour is the machine's.
        let invoices = customers(&program, kills.clamp(60, 110)).await;
        for (trouble, times) in [
            (SmtpTrouble::Reply { code: 451, text: "4.3.0 Later".to_owned() }, 2),
            (SmtpTrouble::LoseConnection, 1),
        ] {
            program.sandbox.script_smtp(SmtpFault { phase: SmtpPhase::Dot, trouble, times, recipient: None });
        }

        let dice = Dice(SeededEntropy::new(8));
        let mut killed = 0;
        for (number, (moment, step)) in days.iter().enumerate() {
            program.it_is(moment).await;
            let wanted = kills * (number + 1) / days.len();
            let mut shifts = 0;
            while !program.is_settled().await {
                shifts += 1;
                assert!(shifts <= kills + 4, "{step} is never done with");
                killed += shift(&program, &dice, wanted.saturating_sub(killed)).await;
                leases_run_out(&program.store).await;
            }
        }
        check(&program, invoices, days, killed).await;
        assert!(killed * 2 >= kills, "only {killed} of {kills} were killed");
    }
}
