//! Several invoices at once, and more than is open, in every state.

use app::form::Form;
use app::frame::Frame;
use app::portal::more_than_open::{self, MoreThanOpenPage};
use app::portal::pay::{OwnAccount, PayTrouble, Reference};
use app::portal::pay_several::{self, PaySeveralPage, Payable};
use app::portal::transfer::{self, TransferPage};
use domain::payment::Method;
use domain::{Currency, FieldErrors, FieldProblem};

use super::{Shown, money, show};
use crate::fixtures::{Stage, TODAY, eur, id, sheet};

/// An invoice of these numbers that can be paid.
pub fn payable(number: u128, name: &str, stage: Stage) -> Payable {
    let sheet = sheet(stage);
    Payable {
        id: id(number),
        number: name.to_owned(),
        title: sheet.title.map(domain::ShortText::into_string),
        due_on: sheet.due_on.unwrap(),
        standing: sheet.standing,
        offered: sheet.balance.payable(),
        only_by: Vec::new(),
    }
}

/// Two invoices, one of which takes no debit.
pub fn several() -> PaySeveralPage {
    let no_debit = vec![Method::Card, Method::Manual];
    PaySeveralPage {
        customer: id(3),
        business: sheet(Stage::Overdue).business,
        today: TODAY,
        currency: Currency::EUR,
        payable: vec![
            payable(1, "2026-014", Stage::Overdue),
            Payable { only_by: no_debit, title: None, ..payable(21, "2026-021", Stage::PartlyPaid) },
        ],
        methods: vec![Method::SepaDebit, Method::Card, Method::Manual],
        saved: Vec::new(),
        entry: "drf_1".to_owned(),
        first_is_agreed: true,
        consent: Some(super::of_portal::consent_box()),
        form: Form::new(),
        trouble: None,
    }
}

/// Everything that others wrote is this.
pub fn hostile(evil: &str) -> PaySeveralPage {
    let first =
        Payable { number: evil.to_owned(), title: Some(evil.to_owned()), ..payable(1, evil, Stage::Overdue) };
    let typed =
        [("currency".to_owned(), evil.to_owned()), (Payable::amount_field(first.id), evil.to_owned())];
    PaySeveralPage { payable: vec![first], form: Form::filled(typed), ..several() }
}

/// All of them.
pub fn pages(frame: &Frame) -> Vec<Shown> {
    let view = several();
    let (first, second) = (view.payable[0].id, view.payable[1].id);
    let typed = Form::filled([
        ("currency".to_owned(), "EUR".to_owned()),
        ("method".to_owned(), "card".to_owned()),
        ("invoice".to_owned(), second.to_string()),
        (Payable::amount_field(first), String::new()),
        (Payable::amount_field(second), "1e5".to_owned()),
    ]);
    let wrong = FieldErrors::one(Payable::amount_field(second), FieldProblem::NotANumber);
    let refused = PaySeveralPage { form: typed.clone().refused(wrong), ..view.clone() };
    let none = FieldErrors::one("invoice", FieldProblem::Required);
    let nothing = Form::filled([("currency", "EUR"), ("method", "card")]).refused(none);
    let unchosen = PaySeveralPage { form: nothing, ..view.clone() };
    let not_reached = PaySeveralPage { trouble: Some(PayTrouble::NotReached), ..view.clone() };
    let ask = MoreThanOpenPage {
        business: view.business.clone(),
        action: "/c/cust_1/pay".to_owned(),
        form: typed,
        amount: eur(1500_00),
        open: eur(1240_00),
        processing: eur(0),
        excess: eur(260_00),
    };
    let beside = MoreThanOpenPage { processing: eur(500_00), excess: eur(760_00), ..ask.clone() };
    let references = ["2026-014", "2026-021", "–"].map(Reference::of_number).to_vec();
    let own_account = OwnAccount {
        account: money::bank_account(Currency::EUR, "DE89 3704 0044 0532 0130 00", None),
        references,
    };
    let transfer = TransferPage {
        from: transfer::From::All(id(3)),
        kept_for_them: false,
        business: view.business.clone(),
        parts: vec![("2026-014".to_owned(), eur(1240_00)), ("2026-021".to_owned(), eur(20_50))],
        amount: eur(1260_50),
        own_account,
    };
    let kept_for_them = TransferPage {
        from: transfer::From::One(id(1), "2026-014".to_owned()),
        kept_for_them: true,
        parts: vec![("2026-014".to_owned(), eur(1240_00))],
        amount: eur(1240_00),
        own_account: OwnAccount {
            references: vec![Reference::of_number("2026-014")],
            account: transfer.own_account.account.clone(),
        },
        ..transfer.clone()
    };
    vec![
        show("portal/pay-several", pay_several::page(frame, &view)),
        show("portal/pay-several-refused", pay_several::page(frame, &refused)),
        show("portal/pay-several-none", pay_several::page(frame, &unchosen)),
        show("portal/pay-several-not-reached", pay_several::page(frame, &not_reached)),
        show("portal/more-than-open", more_than_open::page(frame, &ask)),
        show("portal/more-than-open-beside-another", more_than_open::page(frame, &beside)),
        show("portal/transfer-several", transfer::page(frame, &transfer)),
        show("portal/transfer-kept-for-them", transfer::page(frame, &kept_for_them)),
    ]
}
