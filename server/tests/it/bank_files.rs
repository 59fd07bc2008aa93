//! Reading what banks give out: tables of every kind, camt.053, and bytes that are neither.

use domain::bank::statement::StatementFormat;
use domain::{Currency, Date, Money};
use proptest::prelude::*;
use server::bank_files::csv::{self, Columns, DateOrder};
use server::bank_files::{FileProblem, camt, format_of, keyed};

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

fn day(text: &str) -> Date {
    domain::time::parse_date(text).unwrap()
}

const GERMAN: &str = "\"Kontonummer:\";\"DE89370400440532013000\"\n\n\"Buchungstag\";\"Begünstigter/Zahlungspflichtiger\";\"Verwendungszweck\";\"Betrag\";\"Währung\"\n\
    \"10.03.2026\";\"Bäckerei Müller\";\"RF97 2026 014\";\"1.240,00\";\"EUR\"\n\
    \"11.03.26\";\"Stadtwerke\";\"Abschlag; März\";\"-85,5\";\"EUR\"\n";

#[test]
fn a_table_is_read_whatever_its_encoding_and_separator() {
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(GERMAN);
    let marked = [b"\xef\xbb\xbf", GERMAN.as_bytes()].concat();
    let tabs = GERMAN.replace(';', "\t").replace("Abschlag\t", "Abschlag;");
    let commas = GERMAN.replace("\";\"", "\",\"");
    let wide = [b"\xff\xfe".to_vec(), GERMAN.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    for bytes in
        [GERMAN.as_bytes().to_vec(), latin.into_owned(), marked, wide, tabs.into_bytes(), commas.into_bytes()]
    {
        assert_eq!(format_of(&bytes), Ok(StatementFormat::Csv));
        let table = csv::read(&bytes).unwrap();
        assert_eq!(table.header[1], "Begünstigter/Zahlungspflichtiger");
        let columns = csv::guessed(&table);
        assert_eq!((columns.booked_on, columns.amount, columns.decimal_comma), (0, 3, true));
        let entries = csv::entries(&table, &columns, Currency::EUR).unwrap();
        let seen: Vec<_> = entries
            .iter()
            .map(|entry| (entry.booked_on, entry.amount, entry.counterparty.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (day("2026-03-10"), eur(124_000), "Bäckerei Müller"),
                (day("2026-03-11"), eur(-8_550), "Stadtwerke"),
            ]
        );
        assert_eq!(entries[1].remittance, "Abschlag; März");
    }
}

#[test]
fn columns_for_money_in_and_out_and_american_dates() {
    let text = "Date,Description,Money In,Money Out\n03/31/2026,Invoice 2026-014,\"1,240.00\",\n04/01/2026,Rent,,900.00\n";
    let table = csv::read(text.as_bytes()).unwrap();
    let columns = csv::guessed(&table);
    assert_eq!((columns.date_order, columns.amount, columns.amount_out), (DateOrder::MonthFirst, 2, Some(3)));
    let dollars = Currency::from_code("USD").unwrap();
    let entries = csv::entries(&table, &columns, dollars).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.amount.minor()).collect::<Vec<_>>(), [124_000, -90_000]);
    assert_eq!(entries[0].booked_on, day("2026-03-31"));
}

#[test]
fn a_row_that_cannot_be_read_is_named_and_nothing_is_half_read() {
    let text = "Datum;Betrag\n01.03.2026;10,00\n32.03.2026;10,00\n02.03.2026;zehn\n03.03.2026;1e9\n";
    let table = csv::read(text.as_bytes()).unwrap();
    let Err(FileProblem::Rows(rows)) = csv::entries(&table, &csv::guessed(&table), Currency::EUR) else {
        panic!()
    };
    let named: Vec<_> = rows.iter().map(|row| (row.row, row.column.as_str(), row.found.as_str())).collect();
    assert_eq!(named, [(3, "Datum", "32.03.2026"), (4, "Betrag", "zehn"), (5, "Betrag", "1e9")]);
}

#[test]
fn amounts_are_read_as_banks_write_them_and_no_other_way() {
    let columns = |decimal_comma| Columns {
        booked_on: 0,
        date_order: DateOrder::YearFirst,
        amount: 1,
        amount_out: None,
        decimal_comma,
        currency: None,
        counterparty: None,
        remittance: None,
        reference: None,
        account: None,
    };
    let read = |text: &str, comma: bool| {
        let table = csv::Table {
            header: vec!["d".to_owned(), "a".to_owned()],
            rows: vec![(2, vec!["2026-03-01".to_owned(), text.to_owned()])],
        };
        csv::entries(&table, &columns(comma), Currency::EUR).ok().map(|entries| entries[0].amount.minor())
    };
    for (text, comma, minor) in [
        ("1.240,00", true, 124_000),
        ("1240,5", true, 124_050),
        ("-1.240,00", true, -124_000),
        ("1.240,00-", true, -124_000),
        ("\u{2212}5", true, -500),
        ("+5 EUR", false, 500),
        ("€1,240.10", false, 124_010),
        ("5.000", false, 500),
        ("1'000.00", false, 100_000),
    ] {
        assert_eq!(read(text, comma), Some(minor), "{text}");
    }
    for (text, comma) in [
        ("1,240.00", true),
        ("1.24,00", true),
        ("12.345", false),
        ("--5", false),
        ("1e3", false),
        ("99999999999999999999", false),
        ("NaN", false),
    ] {
        assert_eq!(read(text, comma), None, "{text}");
    }
}

fn camt_file(version: &str, status: &str, entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}\">\
         <BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>\
         {}</Stmt></BkToCstmrStmt></Document>",
        entries.replace("{status}", status)
    )
}

const ENTRY: &str = "<Ntry><Amt Ccy=\"EUR\">1240.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>{status}<BookgDt><Dt>2026-03-10</Dt></BookgDt>\
    <AcctSvcrRef>REF1</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>\
    <Chrgs><Amt Ccy=\"EUR\">1.50</Amt></Chrgs>\
    <RltdPties><Dbtr>{party}</Dbtr></RltdPties><RmtInf><Strd><CdtrRefInf><Ref>RF972026014</Ref></CdtrRefInf></Strd>\
    <Ustrd>B&#228;cker &amp; Sohn</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>";

#[test]
fn every_version_of_camt_is_read() {
    for (version, status, party) in [
        ("02", "<Sts>BOOK</Sts>", "<Nm>Baecker</Nm>"),
        ("04", "<Sts>BOOK</Sts>", "<Nm>Baecker</Nm>"),
        ("08", "<Sts><Cd>BOOK</Cd></Sts>", "<Pty><Nm>Baecker</Nm></Pty>"),
    ] {
        let file = camt_file(version, status, &ENTRY.replace("{party}", party));
        assert_eq!(format_of(file.as_bytes()), Ok(StatementFormat::Camt));
        let entries = camt::read(file.as_bytes()).unwrap();
        assert_eq!(entries.len(), 1);
        let entry = &entries[0];
        assert_eq!((entry.amount, entry.booked_on, entry.returned), (eur(124_000), day("2026-03-10"), false));
        assert_eq!((entry.account.as_str(), entry.reference.as_str()), ("DE89370400440532013000", "REF1"));
        assert_eq!(entry.counterparty, "Baecker");
        assert!(entry.remittance.starts_with("RF972026014 "), "{}", entry.remittance);
        assert!(entry.remittance.ends_with("Bäcker & Sohn"), "{}", entry.remittance);
    }
}

#[test]
fn the_amount_is_what_reached_the_account() {
    // In the older versions a transaction names its amount among its details, beside what it was before the exchange.
    let details = "<AmtDtls><InstdAmt><Amt Ccy=\"USD\">1300.00</Amt></InstdAmt><TxAmt><Amt Ccy=\"EUR\">1241.50</Amt></TxAmt></AmtDtls>";
    let entry = ENTRY
        .replace("<NtryDtls>", &format!("{details}<NtryDtls>"))
        .replace("<Chrgs>", &format!("{details}<Chrgs>"));
    let entries = camt::read(camt_file("02", "<Sts>BOOK</Sts>", &entry).as_bytes()).unwrap();
    assert_eq!((entries.len(), entries[0].amount), (1, eur(124_000)));
    // Places that say nothing are allowed, others are not; nothing is no entry; a sign is the indicator's to say.
    let read = |figures: &str| camt::read(camt_file("02", "", &ENTRY.replace("1240.00", figures)).as_bytes());
    assert_eq!(read("1240.00000").unwrap()[0].amount, eur(124_000));
    assert_eq!(read("1240").unwrap()[0].amount, eur(124_000));
    assert_eq!(read("0.00"), Err(FileProblem::Empty));
    for figures in ["1240.001", "-1240.00", "1e3", "", "99999999999999999999"] {
        assert!(matches!(read(figures), Err(FileProblem::Rows(_))), "{figures}");
    }
}

#[test]
fn what_is_announced_is_none_and_what_is_taken_back_is_marked() {
    let pending = camt_file("08", "<Sts><Cd>PDNG</Cd></Sts>", ENTRY);
    assert_eq!(camt::read(pending.as_bytes()), Err(FileProblem::Empty));
    let reversed = ENTRY.replace("<BookgDt>", "<RvslInd>true</RvslInd><BookgDt>").replace("CRDT", "DBIT");
    let entries = camt::read(camt_file("02", "<Sts>BOOK</Sts>", &reversed).as_bytes()).unwrap();
    assert_eq!((entries[0].amount, entries[0].returned), (eur(-124_000), true));
    let returned = ENTRY.replace("<RmtInf>", "<RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf><RmtInf>");
    assert!(camt::read(camt_file("02", "<Sts>BOOK</Sts>", &returned).as_bytes()).unwrap()[0].returned);
}

#[test]
fn a_batch_falls_apart_only_where_its_parts_come_to_it() {
    let part = |amount: &str, name: &str| {
        format!(
            "<TxDtls><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties></TxDtls>"
        )
    };
    let batch = |first: &str, second: &str| {
        let entry = format!(
            "<Ntry><Amt Ccy=\"EUR\">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-10</Dt></BookgDt>\
             <AcctSvcrRef>B1</AcctSvcrRef><NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>{}{}</NtryDtls></Ntry>",
            part(first, "One"),
            part(second, "Two")
        );
        camt::read(camt_file("02", "", &entry).as_bytes()).unwrap()
    };
    let apart: Vec<_> = batch("10.00", "20.00")
        .into_iter()
        .map(|entry| (entry.amount, entry.reference, entry.counterparty))
        .collect();
    assert_eq!(
        apart,
        [
            (eur(1_000), "B1/1".to_owned(), "One".to_owned()),
            (eur(2_000), "B1/2".to_owned(), "Two".to_owned()),
        ]
    );
    let whole = batch("10.00", "19.00");
    assert_eq!((whole.len(), whole[0].amount), (1, eur(3_000)));
}

#[test]
fn xml_that_no_bank_sends_is_refused() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><Document>&b;</Document>";
    assert!(matches!(camt::read(bomb.as_bytes()), Err(FileProblem::BrokenXml { .. })));
    let unknown = camt_file("02", "", "<Ntry><Amt Ccy=\"EUR\">&lol;</Amt></Ntry>");
    assert!(matches!(camt::read(unknown.as_bytes()), Err(FileProblem::BrokenXml { .. })));
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(matches!(camt::read(deep.as_bytes()), Err(FileProblem::BrokenXml { .. })));
    assert!(matches!(camt::read(b"<Document><a></Document>"), Err(FileProblem::BrokenXml { .. })));
    assert_eq!(camt::read(b"<html><body>Not today</body></html>"), Err(FileProblem::UnknownFormat));
    let large = vec![b'a'; 10 * 1024 * 1024 + 1];
    assert_eq!(format_of(&large), Err(FileProblem::TooLarge));
    for (bytes, problem) in [
        (&b""[..], FileProblem::Empty),
        (b" \r\n", FileProblem::Empty),
        (b"%PDF-1.7", FileProblem::UnknownFormat),
        (b"PK\x03\x04", FileProblem::UnknownFormat),
    ] {
        assert_eq!(format_of(bytes), Err(problem));
    }
    assert_eq!(csv::read(b"just a word"), Err(FileProblem::UnknownFormat));
    let wrong = camt_file(
        "02",
        "",
        "<Ntry><Amt Ccy=\"EUR\">12,00</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-03-10</Dt></BookgDt></Ntry>",
    );
    let Err(FileProblem::Rows(rows)) = camt::read(wrong.as_bytes()) else { panic!() };
    assert_eq!((rows[0].row, rows[0].column.as_str(), rows[0].found.as_str()), (1, "Amt", "12,00"));
}

#[test]
fn the_same_entry_has_the_same_key_in_every_file_and_twins_have_two() {
    let table = csv::read(b"Datum;Betrag;Name\n01.03.2026;10,00;A\n01.03.2026;10,00;A\n02.03.2026;10,00;A\n")
        .unwrap();
    let entries = csv::entries(&table, &csv::guessed(&table), Currency::EUR).unwrap();
    let whole: Vec<String> = keyed(&entries).into_iter().map(|(key, _)| key).collect();
    assert_eq!(whole.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    let later: Vec<String> = keyed(&entries[2..]).into_iter().map(|(key, _)| key).collect();
    assert_eq!(later, whole[2..]);
}

proptest! {
    #[test]
    fn whatever_the_bytes_are_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = format_of(&bytes);
        let _ = camt::read(&bytes);
        if let Ok(table) = csv::read(&bytes) {
            let columns = csv::guessed(&table);
            let _ = csv::entries(&table, &columns, Currency::EUR);
        }
    }

    #[test]
    fn whatever_the_text_is_nothing_panics(text in "[a-z0-9 ;,.\t\n\"\u{2212}/äß-]{0,300}", amount in 0_usize..9, date in 0_usize..9) {
        if let Ok(table) = csv::read(text.as_bytes()) {
            let columns = Columns { amount, booked_on: date, ..csv::guessed(&table) };
            let _ = csv::entries(&table, &columns, Currency::EUR);
        }
    }

    /// A file cut or changed anywhere is read or refused, and what is read of it stands in it: no entry that was not there, and none
    /// twice.
    #[test]
    fn a_damaged_camt_file_invents_no_money(at in 0_usize..1400, with in any::<u8>(), cut in any::<bool>()) {
        let second = ENTRY.replace("REF1", "REF2").replace("1240.00", "7.00");
        let bytes = camt_file("02", "<Sts>BOOK</Sts>", &format!("{ENTRY}{second}")).into_bytes();
        if let Ok(entries) = camt::read(&damaged(bytes, at, with, cut)) {
            prop_assert!(entries.len() <= 2);
            // One changed character changes one figure at most.
            let as_written = entries.iter().filter(|entry| [124_000, 700].contains(&entry.amount.minor().abs())).count();
            prop_assert!(as_written + 1 >= entries.len());
        }
    }

    /// The same of a table. One quotation mark more swallows rows; it makes none.
    #[test]
    fn a_damaged_table_invents_no_money(at in 0_usize..400, with in any::<u8>(), cut in any::<bool>()) {
        let table = csv::read(GERMAN.as_bytes()).unwrap();
        let columns = csv::guessed(&table);
        if let Ok(table) = csv::read(&damaged(GERMAN.as_bytes().to_vec(), at, with, cut))
            && let Ok(entries) = csv::entries(&table, &columns, Currency::EUR)
        {
            prop_assert!(entries.len() <= 3, "a line break in a row makes two of it");
            let as_written = entries.iter().filter(|entry| [124_000, -8_550].contains(&entry.amount.minor())).count();
            prop_assert!(as_written + 1 >= entries.len(), "{entries:?}");
        }
    }
}

fn damaged(mut bytes: Vec<u8>, at: usize, with: u8, cut: bool) -> Vec<u8> {
    let at = at % bytes.len();
    if cut {
        bytes.truncate(at);
    } else {
        bytes[at] = with;
    }
    bytes
}
