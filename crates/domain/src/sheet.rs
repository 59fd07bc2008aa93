//! The sheet: everything an invoice shows, the same on page, mail, PDF and API.

use serde::{Deserialize, Serialize};

use crate::invoice::{Balance, InvoiceLine, InvoiceStatus, NetDays, Standing, Totals};
use crate::payment::Method;
use crate::{
    Country, CreditNoteId, Currency, Date, EmailAddress, InvoiceId, Label, Money, Name, Phone, ShortText,
};

/// One side of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Its name.
    pub name: Name,
    /// Its postal address, line by line, without the country.
    pub address: Vec<ShortText>,
    /// Its country.
    pub country: Option<Country>,
    /// Where to write to.
    pub email: Option<EmailAddress>,
    /// Where to call.
    pub phone: Option<Phone>,
    /// Its tax number.
    pub tax_number: Option<Label>,
}

/// Money received for an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The day it was booked, in the business's zone.
    pub on: Date,
    /// How it was paid, where that is known.
    pub method: Option<Method>,
    /// What was applied to this invoice.
    pub amount: Money,
}

/// A credit note for an invoice, as the invoice names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credited {
    /// The credit note.
    pub id: CreditNoteId,
    /// Its number.
    pub number: Label,
    /// The day it was issued, in the business's zone.
    pub on: Date,
    /// By how much it makes the invoice smaller.
    pub amount: Money,
}

/// Everything a credit note shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditNoteSheet {
    /// Its number.
    pub number: Label,
    /// The day it was issued, in the business's zone.
    pub issued_on: Date,
    /// The invoice it is about.
    pub invoice: InvoiceId,
    /// That invoice's number.
    pub invoice_number: Label,
    /// Why.
    pub reason: ShortText,
    /// Who issued it, as the invoice names it.
    pub business: Party,
    /// Who owes less by it, as the invoice names it.
    pub customer: Party,
    /// What it comes to.
    pub totals: Totals,
}

/// Everything an invoice shows. What of it is worded, and how numbers and dates look, is the page's or mail's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceSheet {
    /// The invoice.
    pub id: InvoiceId,
    /// Draft, issued or void.
    pub status: InvoiceStatus,
    /// How it stands today.
    pub standing: Standing,
    /// The number; a draft has none.
    pub number: Option<Label>,
    /// What it is about: "Kitchen renovation, March".
    pub title: Option<ShortText>,
    /// Who is owed.
    pub business: Party,
    /// Who owes.
    pub customer: Party,
    /// The currency of every amount on the sheet.
    pub currency: Currency,
    /// The issue date; a draft has none.
    pub issued_on: Option<Date>,
    /// The due date; a draft has none.
    pub due_on: Option<Date>,
    /// The agreed days to pay.
    pub terms: NetDays,
    /// The customer's purchase order number.
    pub purchase_order: Option<Label>,
    /// The project.
    pub project: Option<Label>,
    /// The lines, in order.
    pub lines: Vec<InvoiceLine>,
    /// What they come to.
    pub totals: Totals,
    /// What was received, oldest first.
    pub received: Vec<Received>,
    /// What made it smaller, oldest first.
    pub credit_notes: Vec<Credited>,
    /// What is paid, open and on its way.
    pub balance: Balance,
    /// The methods the business accepts for this invoice, the agreed one first.
    pub methods: Vec<Method>,
}
