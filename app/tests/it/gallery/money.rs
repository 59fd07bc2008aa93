//! Money that does not come through the provider, in every state.

use app::console::bank_accounts::{self, BankAccountsPage};
use app::console::bank_statements::{
    self, BankStatementPage, BankStatementsPage, ColumnsPage, EntryPage, EntryRow, EntryStanding, FileRow,
    Refused, Suggestion,
};
use app::console::credit_note;
use app::console::money::{
    self, CreditRow, CustomerMoneyPage, Found, InvoiceMoneyPage, MoneyPage, PaymentRow,
};
use app::form::Form;
use app::frame::Frame;
use domain::bank::statement::Why;
use domain::bank::{AccountNumber, BankAccount, Bic};
use domain::dispute::DisputeStage;
use domain::payment::Method;
use domain::refund::RefundState;
use domain::{Currency, FieldErrors, FieldProblem, Label, Name};

use super::{Shown, owner, show, viewer};
use crate::fixtures::{credit_note_sheet, day, eur, id, instant};

/// An account of the business's in this currency.
pub fn bank_account(currency: Currency, number: &str, routing: Option<&str>) -> BankAccount {
    let routing = routing.map(|routing| Label::parse(routing).unwrap());
    let number = AccountNumber::parse(number, routing, currency).unwrap();
    let bic = matches!(number, AccountNumber::Iban { .. }).then(|| Bic::parse("COBADEFFXXX").unwrap());
    let holder = Name::parse("Nordlicht Studio GmbH").unwrap();
    BankAccount { currency, holder, number, bic, bank_name: None }
}

/// All of them.
pub fn pages(frame: &Frame) -> Vec<Shown> {
    let owner = owner();
    let dollars = Currency::from_code("USD").unwrap();
    let both = vec![
        bank_account(Currency::EUR, "DE89 3704 0044 0532 0130 00", None),
        bank_account(dollars, "000123456789", Some("021000021")),
    ];
    let form = Form::filled([("currency", "EUR")]);
    let accounts = BankAccountsPage {
        accounts: both,
        form: form.clone(),
        small_balance: Form::new(),
        currency: Currency::EUR,
    };
    let mut errors = FieldErrors::one("bank_number", FieldProblem::IbanLength { expected: 22 });
    errors.push("bank_bic", FieldProblem::BicInvalid);
    let typed = [
        ("currency", "EUR"),
        ("bank_holder", "Nordlicht"),
        ("bank_number", "DE89 3704"),
        ("bank_bic", "COBA"),
    ];
    let refused = BankAccountsPage {
        accounts: Vec::new(),
        form: Form::filled(typed).refused(errors),
        ..accounts.clone()
    };
    let mut shown = vec![
        show("console/bank-accounts", bank_accounts::page(frame, &owner, &accounts)),
        show("console/bank-accounts-refused", bank_accounts::page(frame, &owner, &refused)),
        show("console/bank-accounts-viewer", bank_accounts::page(frame, &viewer(), &accounts)),
    ];
    shown.extend(by_hand(frame));
    shown.extend(bank_statements(frame));
    shown
}

/// Recording, using, paying out, giving up.
fn by_hand(frame: &Frame) -> Vec<Shown> {
    let owner = owner();
    let fresh = Form::filled([
        ("entry", "frm_1"),
        ("amount_received", "1240.00"),
        ("paid_by", "manual"),
        ("received_on", "2026-03-15"),
    ]);
    let of_invoice = InvoiceMoneyPage {
        invoice: id(14),
        number: "2026-014".to_owned(),
        open: eur(1240_00),
        processing: eur(0),
        form: fresh.clone(),
        write_off_form: Form::new(),
        creditable: Some(eur(1240_00)),
        credit_notes: Vec::new(),
        credit_form: Form::filled([("entry", "frm_credit_note")]),
        cannot_write_off: false,
    };
    let more = FieldErrors::one("more", FieldProblem::MoreThanOpen { credit: eur(60_00) });
    let too_much = FieldProblem::AmountOutOfRange { min: eur(1), max: eur(1009_91) };
    let typed = [("entry", "frm_credit_note"), ("amount_credited", "1,240.00"), ("reason", "A scratch")];
    let credited = InvoiceMoneyPage {
        creditable: Some(eur(1009_91)),
        credit_notes: vec![(id(51), "CN-2026-002".to_owned(), day(2026, 3, 6), eur(230_09))],
        credit_form: Form::filled(typed).refused(FieldErrors::one("amount_credited", too_much)),
        ..of_invoice.clone()
    };
    let asked = InvoiceMoneyPage { form: fresh.clone().refused(more), ..of_invoice.clone() };
    let underway = InvoiceMoneyPage { processing: eur(500_00), cannot_write_off: true, ..of_invoice.clone() };
    let payment = |number: u128, method, amount| PaymentRow {
        id: id(number),
        on: day(2026, 3, 10),
        method,
        reference: None,
        used_for: vec![(id(14), "2026-014".to_owned())],
        amount,
        returned: eur(0),
        note: "RF97 2026 014".to_owned(),
        author: Some("Ada Brandt".to_owned()),
        can_take_back: true,
        refundable: None,
        refunds: Vec::new(),
        dispute: None,
        came_again: false,
    };
    let of_customer = CustomerMoneyPage {
        customer: id(3),
        name: "Weber & Sohn".to_owned(),
        credits: vec![CreditRow {
            amount: eur(260_00),
            under_review: true,
            payable: vec![
                (id(14), "2026-014".to_owned(), day(2026, 3, 3), eur(200_00), Some(eur(200_00))),
                (id(15), "2026-015".to_owned(), day(2026, 4, 3), eur(500_00), None),
            ],
        }],
        payments: vec![
            payment(1, Some(Method::Cash), eur(300_00)),
            PaymentRow { returned: eur(50_00), ..payment(2, Some(Method::Cheque), eur(50_00)) },
            PaymentRow {
                note: String::new(),
                author: None,
                can_take_back: false,
                refundable: Some(eur(1200_00)),
                refunds: vec![
                    (eur(30_00), RefundState::Pending, "The door does not close".to_owned()),
                    (eur(10_00), RefundState::Failed, "Charged twice".to_owned()),
                ],
                reference: Some("pi_3Qd81JGrTq2vX9Kc0Bn5Ytza".to_owned()),
                used_for: vec![(id(14), "2026-014".to_owned()), (id(15), "2026-015".to_owned())],
                ..payment(3, Some(Method::Card), eur(1240_00))
            },
            PaymentRow {
                note: String::new(),
                author: None,
                can_take_back: false,
                dispute: Some(DisputeStage::Open),
                came_again: true,
                ..payment(4, None, eur(80_00))
            },
        ],
        form: fresh,
        pay_out_form: Form::filled([("entry", "frm_2")]),
        refund_form: Form::filled([("entry", "frm_3")]),
        gone: false,
    };
    let nothing = CustomerMoneyPage { credits: Vec::new(), payments: Vec::new(), ..of_customer.clone() };
    let list = MoneyPage {
        rows: vec![(id(3), "Weber & Sohn".to_owned(), eur(260_00))],
        compared: Some((instant(2026, 3, 15, 3, 0), 0)),
        found: None,
    };
    let differs = MoneyPage {
        compared: Some((instant(2026, 3, 15, 9, 30), 1)),
        found: Some(Found {
            objects: 214,
            healed: 2,
            drift: vec![("pi_3Nq8".to_owned(), Some(eur(1240_00)), None)],
        }),
        ..list.clone()
    };
    vec![
        show("console/money", money::list(frame, &owner, &list)),
        show("console/money-nothing", {
            let nothing = MoneyPage { rows: Vec::new(), compared: None, found: None };
            money::list(frame, &owner, &nothing)
        }),
        show("console/money-differs", money::list(frame, &owner, &differs)),
        show("console/money-of-invoice", money::of_invoice(frame, &owner, &of_invoice)),
        show("console/money-of-invoice-credited", money::of_invoice(frame, &owner, &credited)),
        show("console/credit-note", credit_note::page(frame, &owner, &credit_note_sheet())),
        show("console/money-of-invoice-asked", money::of_invoice(frame, &owner, &asked)),
        show("console/money-of-invoice-underway", money::of_invoice(frame, &owner, &underway)),
        show("console/money-of-customer", money::of_customer(frame, &owner, &of_customer)),
        show("console/money-of-customer-nothing", money::of_customer(frame, &owner, &nothing)),
        show("console/money-of-customer-viewer", money::of_customer(frame, &viewer(), &of_customer)),
    ]
}

/// Bank statements: what waits, what cannot be read, what columns mean, what an entry can be.
fn bank_statements(frame: &Frame) -> Vec<Shown> {
    let owner = owner();
    let (words, locale) = (frame.words(), frame.locale);
    let row = |number: u128, amount, standing| EntryRow {
        id: id(number),
        on: day(2026, 3, 10),
        amount,
        counterparty: "WEBER UND SOHN".to_owned(),
        remittance: "Rechnung 2026-014, danke".to_owned(),
        standing,
    };
    let numbers = vec!["2026-009".to_owned()];
    let on = day(2026, 3, 9);
    let same = bank_statements::payment_text(words, locale, on, "Weber & Sohn", eur(600_00), &numbers);
    let invoice = bank_statements::invoice_text(words, locale, "2026-014", "Weber & Sohn", eur(1240_00));
    let suggestion = Suggestion {
        pays: bank_statements::choice_of_invoice(id(14)),
        what: invoice.clone(),
        recorded: false,
        why: Some(Why::OtherAmount),
    };
    let recorded = Suggestion {
        pays: bank_statements::choice_of_payment(id(9)),
        what: same.clone(),
        recorded: true,
        why: None,
    };
    let waits = row(1, eur(1000_00), EntryStanding::Waiting(Some(suggestion)));
    let choices = vec![
        (bank_statements::choice_of_payment(id(9)), same),
        (bank_statements::choice_of_invoice(id(14)), invoice),
        (bank_statements::choice_of_customer(id(3)), "Weber & Sohn".to_owned()),
    ];
    let file = FileRow {
        id: id(1),
        name: "march.csv".to_owned(),
        at: instant(2026, 3, 11, 9, 0),
        entries: 12,
        fresh: 10,
    };
    let list = BankStatementsPage {
        waiting: vec![
            waits.clone(),
            row(2, eur(600_00), EntryStanding::Waiting(Some(recorded))),
            row(3, eur(5_00), EntryStanding::Waiting(None)),
        ],
        waiting_in_all: 240,
        accounts: vec![("EUR".to_owned(), "EUR · DE89 3704 0044 0532 0130 00".to_owned())],
        files: vec![file],
        refused: None,
    };
    let bad = Refused::Rows(vec![(3, "Betrag".to_owned(), "zehn".to_owned())]);
    let refused = BankStatementsPage { waiting: Vec::new(), refused: Some(bad.clone()), ..list.clone() };
    let one = BankStatementPage {
        file_name: "march.csv".to_owned(),
        entries: vec![
            row(1, eur(1240_00), EntryStanding::Booked(Some(id(3)))),
            row(5, eur(600_00), EntryStanding::Recorded(Some(id(3)))),
            row(2, eur(-900_00), EntryStanding::WentOut),
            row(3, eur(5_00), EntryStanding::SetAside),
            row(4, eur(-40_00), EntryStanding::Returned),
        ],
    };
    let columns = ColumnsPage {
        upload: id(1),
        file_name: "march.csv".to_owned(),
        header: vec!["Buchungstag".to_owned(), "Betrag".to_owned(), String::new()],
        form: Form::filled([
            ("column_date", "0"),
            ("date_order", "day_first"),
            ("column_amount", "1"),
            ("decimal_sign", "comma"),
        ]),
        preview: vec![(day(2026, 3, 10), eur(1240_00), "WEBER".to_owned(), "Rechnung 2026-014".to_owned())],
        refused: None,
    };
    let unread = ColumnsPage { preview: Vec::new(), refused: Some(bad), ..columns.clone() };
    let entry = EntryPage {
        row: waits,
        choices,
        form: Form::filled([("pays", bank_statements::choice_of_invoice(id(14)))]),
    };
    let nothing_chosen = EntryPage {
        form: Form::new().refused(FieldErrors::one("pays", FieldProblem::Required)),
        ..entry.clone()
    };
    vec![
        show("console/bank-statements", bank_statements::list(frame, &owner, &list)),
        show("console/bank-statements-refused", bank_statements::list(frame, &owner, &refused)),
        show("console/bank-statements-viewer", bank_statements::list(frame, &viewer(), &list)),
        show("console/bank-statement", bank_statements::one(frame, &owner, &one)),
        show("console/bank-statement-columns", bank_statements::columns(frame, &owner, &columns)),
        show("console/bank-statement-columns-refused", bank_statements::columns(frame, &owner, &unread)),
        show("console/bank-entry", bank_statements::entry(frame, &owner, &entry)),
        show("console/bank-entry-refused", bank_statements::entry(frame, &owner, &nothing_chosen)),
    ]
}
