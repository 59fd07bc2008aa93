//! Credit notes, and what they take off an invoice.

use domain::event::EventKind;
use domain::invoice::{TaxOfRate, TaxRate, Totals};
use domain::ledger as rules;
use domain::{CreditNoteId, Label, ShortText};
use store::credit_notes::{self, CreditNote};
use store::{Tx, conformance, ledger};

use crate::world::{World, euros, morning};

fn note(world: &World, number: &str) -> CreditNote {
    let id = CreditNoteId::from_uuid(world.fresh());
    let rate = TaxRate::from_basis_points(1900).unwrap();
    let (net, tax) = (euros(10_000), euros(1_900));
    CreditNote {
        id,
        business: world.business,
        customer: world.customer,
        invoice: world.invoice,
        receivable: world.receivable,
        number: Label::parse(number).unwrap(),
        totals: Totals { net, tax, total: euros(11_900), tax_by_rate: vec![TaxOfRate { rate, net, tax }] },
        issued_on: morning().date_naive(),
        reason: ShortText::parse("One day less").unwrap(),
        form: format!("form_{}", id.uuid().simple()),
        issued_by: world.member,
        created_at: morning(),
    }
}

async fn issue(world: &World, tx: &mut Tx, note: &CreditNote) {
    let event = world.tell(tx, EventKind::CreditNoteIssued);
    credit_notes::issue(tx, note, event).await.unwrap();
}

conformance! {
    async fn it_is_found_by_everything_it_is_known_by(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let (one, other) = (note(&world, "CN-1"), note(&world, "CN-2"));
        issue(&world, &mut tx, &one).await;
        issue(&world, &mut tx, &other).await;
        let business = world.business;
        assert_eq!(credit_notes::find(&mut tx, business, one.id).await.unwrap(), Some(one.clone()));
        assert_eq!(credit_notes::find(&mut tx, world.other_business, one.id).await.unwrap(), None);
        assert_eq!(credit_notes::by_form(&mut tx, business, &other.form).await.unwrap(), Some(other.clone()));
        assert_eq!(credit_notes::by_form(&mut tx, world.other_business, &other.form).await.unwrap(), None);
        assert_eq!(credit_notes::of_invoice(&mut tx, business, world.invoice).await.unwrap(), [one, other]);
        tx.commit().await.unwrap();
    }

    async fn its_rows_take_it_off_what_is_open(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let (net, tax) = (euros(104_202), euros(19_798));
        let totals = Totals { net, tax, total: euros(124_000), tax_by_rate: Vec::new() };
        for entry in rules::issue(world.receivable, &totals) {
            world.book(&mut tx, &entry).await;
        }
        let note = note(&world, "CN-1");
        for entry in rules::credit_note(note.id, world.receivable, &note.totals) {
            world.book(&mut tx, &entry).await;
        }
        let found = ledger::balance(&mut tx, world.business, world.receivable).await.unwrap().unwrap().balance;
        assert_eq!((found.total, found.credited, found.open), (euros(124_000), euros(11_900), euros(112_100)));
        tx.commit().await.unwrap();
    }
}
