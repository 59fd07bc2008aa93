//! Credit notes: nothing is taken back beyond what stands on the invoice, and the last one leaves nothing.

use domain::credit_note::{credit, effect, left_of};
use domain::invoice::{TaxOfRate, TaxRate, Totals};
use domain::{Currency, Money};
use proptest::prelude::*;

fn eur(cents: i64) -> Money {
    Money::new(cents, Currency::EUR).unwrap()
}

fn invoice(rates: &[(u32, i64, i64)]) -> Totals {
    let sum = |of: fn(&(u32, i64, i64)) -> i64| eur(rates.iter().map(of).sum());
    let (net, tax) = (sum(|rate| rate.1), sum(|rate| rate.2));
    let of_rate = |&(rate, net, tax): &(u32, i64, i64)| TaxOfRate {
        rate: TaxRate::from_basis_points(rate).unwrap(),
        net: eur(net),
        tax: eur(tax),
    };
    let total = net.checked_add(tax).unwrap();
    Totals { net, tax, total, tax_by_rate: rates.iter().map(of_rate).collect() }
}

#[test]
fn a_part_takes_net_and_tax_back_in_proportion() {
    let of = invoice(&[(700, 10_000, 700), (1900, 20_000, 3_800)]);
    let note = credit(&of, eur(3_450)).unwrap();
    assert_eq!((note.net, note.tax, note.total), (eur(3_000), eur(450), eur(3_450)));
    let rates: Vec<_> = note.tax_by_rate.iter().map(|part| (part.net.minor(), part.tax.minor())).collect();
    assert_eq!(rates, [(1_000, 70), (2_000, 380)]);
}

#[test]
fn an_invoice_without_tax_is_credited_without_tax() {
    let of = Totals { tax_by_rate: Vec::new(), ..invoice(&[(0, 500, 0)]) };
    let note = credit(&of, eur(200)).unwrap();
    assert_eq!((note.net, note.tax, note.tax_by_rate.len()), (eur(200), eur(0), 0));
    assert_eq!(left_of(&of, &[note]).unwrap().net, eur(300));
}

#[test]
fn what_was_paid_already_is_freed() {
    let meets = |amount, open| {
        let effect = effect(eur(amount), eur(open)).unwrap();
        (effect.off_open.minor(), effect.freed.minor())
    };
    assert_eq!(meets(100, 100), (100, 0));
    assert_eq!(meets(100, 40), (40, 60));
    assert_eq!(meets(100, 0), (0, 100));
}

proptest! {
    #[test]
    fn however_it_is_cut_no_sum_goes_below_nothing_and_the_rest_takes_all(
        nets in prop::collection::vec(1_i64..100_000, 1..4), cuts in prop::collection::vec(1_i64..40_000, 0..8),
    ) {
        let rates: Vec<_> = nets.iter().zip([0_u32, 700, 1900]).map(|(net, rate)| (rate, *net, net * i64::from(rate) / 10_000)).collect();
        let of = invoice(&rates);
        let mut notes: Vec<Totals> = Vec::new();
        for cut in cuts {
            let left = left_of(&of, &notes).unwrap();
            if cut >= left.total.minor() { break; }
            notes.push(credit(&left, eur(cut)).unwrap());
        }
        let left = left_of(&of, &notes).unwrap();
        for part in &left.tax_by_rate {
            prop_assert!(!part.net.is_negative() && !part.tax.is_negative());
        }
        for note in &notes {
            prop_assert_eq!(note.net.checked_add(note.tax).unwrap(), note.total);
        }
        let last = credit(&left, left.total).unwrap();
        let after = left_of(&left, &[last]).unwrap();
        prop_assert!(after.net.is_zero() && after.tax.is_zero() && after.total.is_zero());
        prop_assert!(after.tax_by_rate.iter().all(|part| part.net.is_zero() && part.tax.is_zero()));
    }
}
