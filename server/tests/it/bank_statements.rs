//! A bank statement comes in: what is booked at once, what waits, and that twice is once.

use domain::bank::reference::CreditorReference;
use domain::payment::Method;
use domain::{BankEntryId, Currency, InvoiceId, Role, TransferId};
use server::bank_files::FileProblem;
use server::operations::bank_statements::deciding::{self, Listed, Pays, Suggested};
use server::operations::bank_statements::{self, BankStatementError, Import, Imported, SentFile};
use server::operations::invoices;
use server::operations::payments::by_hand::{self, For, PaymentInput};
use store::bank_statements::EntryState;
use store::conformance;

use crate::shop::{Shop, euros};
use crate::support::with_role;

async fn number(shop: &Shop, invoice: InvoiceId) -> String {
    invoices::detail(shop.env(), &shop.owner, invoice).await.unwrap().sheet.number.unwrap().to_string()
}

fn table(rows: &[String]) -> String {
    format!("Buchungstag;Name;Verwendungszweck;Betrag\n{}\n", rows.join("\n"))
}

async fn send(shop: &Shop, name: &str, text: &str) -> Result<Import, BankStatementError> {
    let sent = SentFile { name, bytes: text.as_bytes(), currency: None };
    bank_statements::import(shop.env(), &shop.owner, sent).await
}

/// Imports a table; says that its columns mean what they are guessed to, if that is asked.
async fn import(shop: &Shop, rows: &[String]) -> Result<Imported, BankStatementError> {
    match send(shop, "march.csv", &table(rows)).await? {
        Import::Done(imported) => Ok(imported),
        Import::ColumnsWanted(upload) => {
            let seen = bank_statements::preview(shop.env(), &shop.owner, upload, None).await?;
            bank_statements::import_table(shop.env(), &shop.owner, upload, &seen.columns).await
        }
    }
}

async fn listed(shop: &Shop) -> Vec<Listed> {
    deciding::overview(shop.env(), &shop.owner).await.unwrap().waiting
}

/// The entries that wait, in the order of their amounts.
async fn waiting(shop: &Shop) -> Vec<BankEntryId> {
    let mut waiting = listed(shop).await;
    waiting.sort_by_key(|listed| std::cmp::Reverse(listed.kept.entry.amount.minor()));
    waiting.iter().map(|listed| listed.kept.id).collect()
}

async fn confirm(shop: &Shop, entry: BankEntryId, pays: Pays) -> Result<(), BankStatementError> {
    deciding::confirm(shop.env(), &shop.owner, entry, Some(pays)).await
}

/// A member writes down a transfer that they saw on the account.
async fn record(shop: &Shop, amount: &str, form: &str) -> TransferId {
    let input = PaymentInput {
        form: form.to_owned(),
        amount: amount.to_owned(),
        method: Method::Manual.as_str().to_owned(),
        received_on: "2026-03-01".to_owned(),
        despite_more: true,
        ..PaymentInput::default()
    };
    by_hand::record_payment(shop.env(), &shop.owner, For::Customer(shop.customer), &input).await.unwrap()
}

fn camt(entries: &[(&str, &str, &str, &str)]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(reference, kind, amount, text)| {
            format!(
                "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{kind}</CdtDbtInd><Sts>BOOK</Sts>\
                 <BookgDt><Dt>2026-03-02</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>\
                 <NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
            )
        })
        .collect();
    let entries = entries.concat();
    format!(
        "<Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>{entries}</Stmt>\
         </BkToCstmrStmt></Document>"
    )
}

conformance! {
    async fn what_cannot_be_mistaken_is_booked_and_importing_again_changes_nothing(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (first, second, third) = (shop.invoice(100).await, shop.invoice(200).await, shop.invoice(300).await);
        let reference = CreditorReference::of_number(&number(&shop, first).await).unwrap();
        let rows = [
            format!("02.03.2026;Marsh & Reed;{};100,00", reference.format()),
            format!("02.03.2026;Marsh & Reed;Invoice {};150,00", number(&shop, second).await),
            "02.03.2026;Marsh and Reed;thank you;300,00".to_owned(),
            "02.03.2026;Landlord;Rent;-900,00".to_owned(),
        ];
        let imported = import(&shop, &rows).await.unwrap();
        assert_eq!((imported.entries, imported.fresh, imported.booked), (4, 4, 1));
        assert_eq!(shop.balance(first).await.open, euros(0));
        assert_eq!(shop.balance(second).await.open, euros(200), "another amount: a person decides");
        assert_eq!(shop.balance(third).await.open, euros(300));
        let sheet = invoices::detail(shop.env(), &shop.owner, first).await.unwrap().sheet;
        assert_eq!(sheet.received[0].method, Some(Method::Manual));
        assert_eq!(shop.mails().await.len(), 1, "the receipt");

        // The same file, then one that overlaps: the header is known by now.
        let again = import(&shop, &rows).await.unwrap();
        assert_eq!((again.entries, again.fresh, again.booked), (4, 0, 0));
        let more = [rows[1].clone(), rows[2].clone(), "03.03.2026;Nobody;?;5,00".to_owned()];
        assert_eq!(import(&shop, &more).await.unwrap().fresh, 1);
        assert_eq!(shop.balance(first).await.paid, euros(100));
        assert_eq!(shop.credit_cents().await, 0);
        shop.assert_sound().await;
    }

    async fn a_person_decides_about_the_rest_once(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, other) = (shop.invoice(200).await, shop.invoice(10).await);
        let rows = [
            format!("02.03.2026;Marsh & Reed;{};150,00", number(&shop, invoice).await),
            "02.03.2026;A stranger;?;7,00".to_owned(),
            "02.03.2026;Marsh;on account;20,00".to_owned(),
        ];
        import(&shop, &rows).await.unwrap();
        let ids = waiting(&shop).await;
        assert_eq!(ids.len(), 3);
        let viewer = with_role(&shop.owner, Role::Viewer);
        let refused = deciding::confirm(shop.env(), &viewer, ids[0], Some(Pays::Invoice(invoice))).await;
        assert!(matches!(refused, Err(BankStatementError::NotPermitted(_))));

        let (one, two) = tokio::join!(
            confirm(&shop, ids[0], Pays::Invoice(invoice)),
            confirm(&shop, ids[0], Pays::Customer(shop.customer)),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert_eq!(shop.balance(invoice).await.open, euros(50));

        deciding::set_aside(shop.env(), &shop.owner, ids[2]).await.unwrap();
        let late = confirm(&shop, ids[2], Pays::Invoice(other)).await;
        assert!(matches!(late, Err(BankStatementError::Decided)));
        deciding::take_up(shop.env(), &shop.owner, ids[2]).await.unwrap();
        assert_eq!(waiting(&shop).await.len(), 2);

        // Of a customer, it pays what is due first.
        confirm(&shop, ids[1], Pays::Customer(shop.customer)).await.unwrap();
        assert_eq!(shop.balance(invoice).await.open, euros(30));
        let nothing_chosen = deciding::confirm(shop.env(), &shop.owner, ids[2], None).await;
        assert!(matches!(nothing_chosen, Err(BankStatementError::Fields(_))));
        shop.assert_sound().await;
    }

    async fn a_file_with_one_bad_row_leaves_nothing_behind(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let good = format!("02.03.2026;Marsh & Reed;{};100,00", number(&shop, invoice).await);
        let refused = import(&shop, &[good.clone(), "02.03.2026;Marsh;?;ten".to_owned()]).await.unwrap_err();
        let BankStatementError::File(FileProblem::Rows(rows)) = refused else { panic!("{refused}") };
        assert_eq!((rows[0].row, rows[0].column.as_str()), (3, "Betrag"));
        assert_eq!(shop.balance(invoice).await.open, euros(100));
        let seen = deciding::overview(shop.env(), &shop.owner).await.unwrap();
        assert!(seen.waiting.is_empty() && seen.statements.is_empty());

        let imported = import(&shop, &[good]).await.unwrap();
        let (name, entries) =
            deciding::entries_of(shop.env(), &shop.owner, imported.statement).await.unwrap();
        assert_eq!(name, "march.csv");
        assert!(matches!(entries[0].state, EntryState::Booked { .. }));
    }

    async fn a_camt_file_is_booked_and_what_the_bank_took_back_is_only_shown(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let number = number(&shop, invoice).await;
        let file = camt(&[("A1", "CRDT", "100.00", &number), ("A2", "DBIT", "100.00", &number)]);
        for fresh in [2, 0] {
            let done = send(&shop, "march.xml", &file).await.unwrap();
            let Import::Done(imported) = done else { panic!("{done:?}") };
            assert_eq!(imported.fresh, fresh);
        }
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        assert!(waiting(&shop).await.is_empty());
        shop.assert_sound().await;
    }

    /// "Import with BOM, cp1252, `;`, huge: atomic, the same file twice is a no-op", and by eight at once.
    async fn one_file_imported_by_many_at_once_is_booked_once(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let number = number(&shop, invoice).await;
        import(&shop, &["01.03.2026;Nobody;the columns are known;1,00".to_owned()]).await.unwrap();
        let mut rows = vec![format!("02.03.2026;Marsh & Reed;{number};100,00")];
        rows.extend((0..3000).map(|at| format!("02.03.2026;Card shop;Receipt {at};-1,{:02}", at % 100)));
        let all = futures_util::future::join_all((0..8).map(|_| import(&shop, &rows))).await;
        let fresh: usize = all.iter().map(|imported| imported.as_ref().unwrap().fresh).sum();
        let booked: usize = all.iter().map(|imported| imported.as_ref().unwrap().booked).sum();
        assert_eq!((fresh, booked), (3001, 1));
        assert_eq!(shop.balance(invoice).await.paid, euros(100));
        assert_eq!(shop.credit_cents().await, 0);
        shop.assert_sound().await;
    }

    async fn what_a_member_recorded_is_the_same_money_and_not_booked_twice(store: TestStore) {
        let shop = Shop::open(&store).await;
        // Two alike: the money was recorded and went to the first, and the transfer names the second.
        let (first, second) = (shop.invoice(100).await, shop.invoice(100).await);
        let payment = record(&shop, "100.00", "form_0001").await;
        assert_eq!((shop.balance(first).await.open, shop.balance(second).await.open), (euros(0), euros(100)));
        let row = format!("02.03.2026;Marsh & Reed;{};100,00", number(&shop, second).await);
        assert_eq!(import(&shop, std::slice::from_ref(&row)).await.unwrap().booked, 0);
        let seen = listed(&shop).await;
        let Some(Suggested::Recorded(same)) = &seen[0].suggested else { panic!("{seen:?}") };
        assert_eq!(same.payment, payment);

        confirm(&shop, seen[0].kept.id, Pays::Recorded(payment)).await.unwrap();
        assert_eq!(shop.balance(second).await.open, euros(100));
        assert!(waiting(&shop).await.is_empty());
        // One transfer is told of once by a table; the next of the same amount is other money.
        let next = row.replace("02.03.2026", "03.03.2026");
        assert_eq!(import(&shop, &[row, next]).await.unwrap().booked, 1);
        assert_eq!(shop.balance(second).await.open, euros(0));

        // The same account as camt tells of both again.
        let number = number(&shop, second).await;
        let file = camt(&[("A1", "CRDT", "100.00", &number), ("A2", "CRDT", "100.00", "Marsh and Reed")]);
        let Import::Done(imported) = send(&shop, "march.xml", &file).await.unwrap() else { panic!() };
        assert_eq!((imported.fresh, imported.booked), (2, 0));
        assert!(matches!(listed(&shop).await[0].suggested, Some(Suggested::Recorded(_))));
        assert_eq!(shop.credit_cents().await, 0);
        shop.assert_sound().await;
    }

    async fn what_was_confirmed_by_mistake_is_taken_back_and_decided_anew(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (wrong, right) = (shop.invoice(70).await, shop.invoice(80).await);
        import(&shop, &["02.03.2026;A. Marsh;thank you;70,00".to_owned()]).await.unwrap();
        let entry = waiting(&shop).await[0];
        for (invoice, open) in [(wrong, (0, 80)), (right, (70, 10)), (wrong, (0, 80))] {
            confirm(&shop, entry, Pays::Invoice(invoice)).await.unwrap();
            assert_eq!(shop.balance(wrong).await.open, euros(open.0));
            assert_eq!(shop.balance(right).await.open, euros(open.1));
            let again = deciding::take_up(shop.env(), &shop.owner, entry).await;
            assert!(matches!(again, Err(BankStatementError::Decided)), "booked money is taken back in the ledger");
            let paid = by_hand::payments_of(shop.env(), &shop.owner, shop.customer).await.unwrap();
            let standing = paid.iter().find(|payment| payment.reversed.is_zero()).unwrap();
            by_hand::take_back(shop.env(), &shop.owner, standing.id, "not theirs").await.unwrap();
            assert_eq!(waiting(&shop).await, [entry]);
        }
        assert_eq!(shop.credit_cents().await, 0);
        shop.assert_sound().await;
    }

    async fn columns_are_remembered_for_each_account(store: TestStore) {
        let shop = Shop::open(&store).await;
        let text = table(&["02.03.2026;Marsh;?;5,00".to_owned()]);
        let dollars = Currency::from_code("USD");
        let sent = |currency| SentFile { name: "march.csv", bytes: text.as_bytes(), currency };
        let import = async |currency| bank_statements::import(shop.env(), &shop.owner, sent(currency)).await.unwrap();
        let Import::ColumnsWanted(upload) = import(None).await else { panic!() };
        let seen = bank_statements::preview(shop.env(), &shop.owner, upload, None).await.unwrap();
        bank_statements::import_table(shop.env(), &shop.owner, upload, &seen.columns).await.unwrap();
        assert!(matches!(import(None).await, Import::Done(Imported { fresh: 0, .. })));
        // A table of another account looks alike, and is other money.
        let Import::ColumnsWanted(upload) = import(dollars).await else { panic!() };
        bank_statements::import_table(shop.env(), &shop.owner, upload, &seen.columns).await.unwrap();
        assert!(matches!(import(dollars).await, Import::Done(Imported { fresh: 0, .. })));
        let currencies: Vec<_> =
            listed(&shop).await.iter().map(|listed| listed.kept.entry.amount.currency().code().to_owned()).collect();
        assert_eq!(currencies, ["EUR", "USD"]);
    }
}
