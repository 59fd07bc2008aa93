//! ISO 20022 bank statements: `camt.053.001.02` to `.08`. Read as a stream; what the versions differ in is read either way.
//!
//! An entry (`Ntry`) may hold several transactions (`TxDtls`), a batch: each then is an entry of its own where each says its amount,
//! else the batch stays one. Charges that the bank kept back do not count: the entry's amount is what reached the account.

use domain::bank::statement::BankEntry;
use domain::{Currency, Date, FieldProblem, Money};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{ENTRIES_MAX, FileProblem, ROWS_NAMED_MAX, RowProblem, decoded, plain};

/// The deepest nesting that a statement needs is under twenty.
const DEPTH_MAX: usize = 40;
/// The most events of a file within its size: the bound of a file of empty tags.
const EVENTS_MAX: usize = 4_000_000;

/// What is known of an amount: figures and currency, as they stand.
#[derive(Debug, Clone, Default)]
struct Amount {
    figures: String,
    currency: String,
}

/// What is gathered of an entry or of one transaction of it.
#[derive(Debug, Clone, Default)]
struct Gathered {
    amount: Option<Amount>,
    credit: Option<bool>,
    reversal: bool,
    returned: bool,
    booked: Option<bool>,
    booked_on: String,
    value_on: String,
    reference: String,
    debtor: String,
    creditor: String,
    structured: String,
    unstructured: Vec<String>,
    additional: String,
}

/// Where the reader is: the tags around it, what stands in the innermost, and what is gathered so far.
#[derive(Default)]
struct Place {
    path: Vec<String>,
    text: String,
    account: String,
    entry: Option<Gathered>,
    transaction: Option<Gathered>,
    transactions: Vec<Gathered>,
    is_statement: bool,
    /// How many entries began.
    number: u64,
    read: Vec<BankEntry>,
    problems: Vec<RowProblem>,
}

/// Reads the booked entries of all statements of a file.
pub fn read(bytes: &[u8]) -> Result<Vec<BankEntry>, FileProblem> {
    let text = decoded(bytes);
    let mut reader = Reader::from_str(&text);
    let mut place = Place::default();
    for _ in 0..EVENTS_MAX {
        let at = reader.buffer_position();
        let broken = || FileProblem::BrokenXml { at };
        match reader.read_event().map_err(|_| broken())? {
            Event::Start(_) if place.path.len() >= DEPTH_MAX => return Err(broken()),
            Event::Start(tag) => place.enter(&tag),
            Event::Text(text) => place.text.push_str(&text),
            Event::CData(data) => place.text.push_str(&data),
            Event::GeneralRef(name) => place.text.push_str(&resolved(&name).ok_or_else(broken)?),
            Event::End(_) => place.leave()?,
            Event::Eof if place.path.is_empty() => return place.outcome(),
            // Or it ends in between. And a document type can hold entities that blow up; no bank sends one.
            Event::Eof | Event::DocType(_) => return Err(broken()),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    Err(FileProblem::TooMany)
}

impl Place {
    /// What is gathered at the moment: a transaction within an entry, or the entry.
    fn gathered(&mut self) -> Option<&mut Gathered> {
        self.transaction.as_mut().or(self.entry.as_mut())
    }

    fn enter(&mut self, tag: &BytesStart<'_>) {
        let name = tag.local_name().as_ref().to_owned();
        self.text.clear();
        match name.as_str() {
            "BkToCstmrStmt" => self.is_statement = true,
            "Stmt" => self.account.clear(),
            "Ntry" => {
                self.entry = Some(Gathered::default());
                self.transactions.clear();
                self.number += 1;
            }
            "TxDtls" if self.entry.is_some() => self.transaction = Some(Gathered::default()),
            "Amt" if self.begins_amount() => {
                let currency = tag.attributes().flatten().find(|attribute| attribute.key.as_ref() == "Ccy");
                let currency = currency.map(|attribute| attribute.value.into_owned()).unwrap_or_default();
                if let Some(gathered) = self.gathered() {
                    gathered.amount = Some(Amount { figures: String::new(), currency });
                }
            }
            "RtrInf" => {
                if let Some(gathered) = self.gathered() {
                    gathered.returned = true;
                }
            }
            _ => {}
        }
        self.path.push(name);
    }

    /// Whether the amount that begins here is the entry's or transaction's own: not a charge's, nor one before an exchange. The older
    /// versions name a transaction's only among its details.
    fn begins_amount(&self) -> bool {
        match (self.path.last().map(String::as_str), &self.transaction) {
            (Some("Ntry" | "TxDtls"), _) => true,
            (Some("TxAmt"), Some(transaction)) => transaction.amount.is_none(),
            _ => false,
        }
    }

    fn leave(&mut self) -> Result<(), FileProblem> {
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if !text.is_empty() {
            self.put(text);
        }
        match self.path.pop().as_deref() {
            Some("TxDtls") => self.transactions.extend(self.transaction.take()),
            Some("Ntry") => {
                let Some(whole) = self.entry.take() else { return Ok(()) };
                match entries_of(&self.account, &whole, &std::mem::take(&mut self.transactions)) {
                    Ok(found) => self.read.extend(found),
                    Err((column, found)) => self.problems.push(RowProblem {
                        row: self.number,
                        column: column.to_owned(),
                        found: plain(&found),
                    }),
                }
                if self.read.len() > ENTRIES_MAX {
                    return Err(FileProblem::TooMany);
                }
                if self.problems.len() == ROWS_NAMED_MAX {
                    return Err(FileProblem::Rows(std::mem::take(&mut self.problems)));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts what stands in the innermost tag where it belongs, by the names of the tags around it.
    fn put(&mut self, text: &str) {
        let path = std::mem::take(&mut self.path);
        let names: Vec<&str> = path.iter().rev().take(5).map(String::as_str).collect();
        if let ["IBAN", "Id", "Acct", "Stmt", ..] | ["Id", "Othr", "Id", "Acct", "Stmt"] = names[..] {
            if self.account.is_empty() {
                self.account = plain(text);
            }
        } else if let Some(gathered) = self.gathered() {
            gathered.put(&names, text);
        }
        self.path = path;
    }

    fn outcome(self) -> Result<Vec<BankEntry>, FileProblem> {
        match (self.is_statement, self.problems.is_empty(), self.read.is_empty()) {
            (false, ..) => Err(FileProblem::UnknownFormat),
            (_, false, _) => Err(FileProblem::Rows(self.problems)),
            (_, _, true) => Err(FileProblem::Empty),
            _ => Ok(self.read),
        }
    }
}

impl Gathered {
    fn put(&mut self, names: &[&str], text: &str) {
        match names {
            // Its currency is known from where it begins; another amount finds the figures there.
            ["Amt", "Ntry" | "TxDtls" | "TxAmt", ..] => {
                if let Some(amount) = self.amount.as_mut().filter(|amount| amount.figures.is_empty()) {
                    text.clone_into(&mut amount.figures);
                }
            }
            ["CdtDbtInd", "Ntry" | "TxDtls", ..] => self.credit = Some(text == "CRDT"),
            ["RvslInd", ..] => self.reversal = matches!(text, "true" | "1"),
            // A word in the older versions, a tag with a code in the newer ones.
            ["Sts", "Ntry", ..] | ["Cd", "Sts", "Ntry", ..] => self.booked = Some(text == "BOOK"),
            ["Dt" | "DtTm", "BookgDt", ..] => text.clone_into(&mut self.booked_on),
            ["Dt" | "DtTm", "ValDt", ..] => text.clone_into(&mut self.value_on),
            ["AcctSvcrRef", ..] => text.clone_into(&mut self.reference),
            ["Nm", "Dbtr", ..] | ["Nm", "Pty", "Dbtr", ..] => text.clone_into(&mut self.debtor),
            ["Nm", "Cdtr", ..] | ["Nm", "Pty", "Cdtr", ..] => text.clone_into(&mut self.creditor),
            ["Ref", "CdtrRefInf", ..] => text.clone_into(&mut self.structured),
            ["EndToEndId", ..] if text == "NOTPROVIDED" => {}
            ["Ustrd" | "EndToEndId", ..] => self.unstructured.push(text.to_owned()),
            ["AddtlNtryInf", ..] => text.clone_into(&mut self.additional),
            _ => {}
        }
    }
}

/// The five entities of XML and characters by number; there are no others without a document type.
fn resolved(name: &str) -> Option<String> {
    match name {
        "amp" => Some("&".to_owned()),
        "lt" => Some("<".to_owned()),
        "gt" => Some(">".to_owned()),
        "quot" => Some("\"".to_owned()),
        "apos" => Some("'".to_owned()),
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).map(String::from)
        }
    }
}

/// The entries of one `Ntry`: the column that cannot be read, and what stands there, otherwise. What is announced only is none.
fn entries_of(
    account: &str,
    whole: &Gathered,
    transactions: &[Gathered],
) -> Result<Vec<BankEntry>, (&'static str, String)> {
    if whole.booked == Some(false) {
        return Ok(Vec::new());
    }
    let total = amount(whole.amount.as_ref(), whole.credit)?;
    if total.is_zero() {
        return Ok(Vec::new());
    }
    let parts: Vec<Money> = transactions
        .iter()
        .filter(|part| part.amount.is_some())
        .filter_map(|part| amount(part.amount.as_ref(), part.credit.or(whole.credit)).ok())
        .collect();
    // A batch falls apart only where its parts come to it: otherwise they are in another currency, or before charges.
    let sum = Money::sum(total.currency(), parts.iter().copied());
    let falls_apart = transactions.len() > 1 && parts.len() == transactions.len() && sum == Ok(total);
    let told = |part: Option<&Gathered>,
                amount: Money,
                reference: String|
     -> Result<BankEntry, (&'static str, String)> {
        let part = part.unwrap_or(whole);
        let booked_on = [&whole.booked_on, &whole.value_on].into_iter().find(|text| !text.is_empty());
        let booked_on = booked_on.ok_or(("BookgDt", String::new()))?;
        let day = booked_on.get(..10).and_then(|day| domain::time::parse_date(day).ok());
        let day: Date = day.ok_or_else(|| ("BookgDt", booked_on.clone()))?;
        let other = if amount.is_positive() { &part.debtor } else { &part.creditor };
        let words: Vec<&str> = [part.structured.as_str()]
            .into_iter()
            .chain(part.unstructured.iter().map(String::as_str))
            .chain([whole.additional.as_str()])
            .filter(|text| !text.is_empty())
            .collect();
        Ok(BankEntry {
            account: account.to_owned(),
            booked_on: day,
            amount,
            reference: plain(&reference),
            counterparty: plain(other),
            remittance: plain(&words.join(" ")),
            returned: whole.reversal || whole.returned || part.reversal || part.returned,
        })
    };
    let named = |reference: &str| {
        if matches!(reference, "NONREF" | "NOTPROVIDED") { String::new() } else { reference.to_owned() }
    };
    if !falls_apart {
        let reference = named(if whole.reference.is_empty() {
            transactions.first().map(|part| part.reference.as_str()).unwrap_or_default()
        } else {
            &whole.reference
        });
        return Ok(vec![told(transactions.first(), total, reference)?]);
    }
    transactions
        .iter()
        .zip(parts)
        .enumerate()
        .filter(|(_, (_, amount))| !amount.is_zero())
        .map(|(at, (part, amount))| {
            // The parts of a batch often carry the batch's reference only.
            let own = named(&part.reference);
            let batch = named(&whole.reference);
            let reference = match (own.is_empty(), batch.is_empty()) {
                (false, _) if own != batch => own,
                (_, true) => String::new(),
                _ => format!("{batch}/{}", at + 1),
            };
            told(Some(part), amount, reference)
        })
        .collect()
}

fn amount(amount: Option<&Amount>, credit: Option<bool>) -> Result<Money, (&'static str, String)> {
    let amount = amount.ok_or(("Amt", String::new()))?;
    let credit = credit.ok_or(("CdtDbtInd", String::new()))?;
    let currency =
        Currency::parse(&amount.currency).map_err(|_: FieldProblem| ("Ccy", amount.currency.clone()))?;
    // Up to five places are allowed in any currency, as long as those beyond its own say nothing.
    let figures = if amount.figures.contains('.') {
        amount.figures.trim_end_matches('0').trim_end_matches('.')
    } else {
        &amount.figures
    };
    let money = Money::from_plain(figures, currency).ok().filter(|money| !money.is_negative());
    let money = money.ok_or_else(|| ("Amt", amount.figures.clone()))?;
    Ok(if credit { money } else { money.negated() })
}
