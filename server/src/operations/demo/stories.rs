//! Who and what the demo is about. Days are counted back from the day it is made, so it is always about now.

use domain::payment::Method;

/// A business of the demo.
pub(super) struct BusinessStory {
    pub name: &'static str,
    pub country: &'static str,
    pub time_zone: &'static str,
    pub currency: &'static str,
    pub locale: &'static str,
    pub phone: &'static str,
    pub address: &'static str,
    pub tax_number: &'static str,
    /// Number, the bank's own number, its name.
    pub bank_account: (&'static str, &'static str, &'static str),
    /// How its customers transfer.
    pub transfers: Method,
    /// Name, address, role; the first is the owner.
    pub members: &'static [(&'static str, &'static str, &'static str)],
    pub customers: &'static [CustomerStory],
    /// Customers who are followed up in a way of their own.
    pub groups: &'static [GroupStory],
    /// What is invoiced every month.
    pub recurring: &'static [RecurringStory],
    /// Who keeps a card, by name, and whether what is due is charged to it.
    pub keeps: &'static [(&'static str, bool)],
}

/// An invoice that is written every month, and paid.
pub(super) struct RecurringStory {
    /// By name.
    pub customer: &'static str,
    /// How many days after the demo's past begins.
    pub begins_after: i64,
    pub title: &'static str,
    pub currency: &'static str,
    pub tax: &'static str,
    pub lines: &'static [Line],
    /// How many days after each date it is paid.
    pub paid_after: i64,
}

/// A group of customers.
pub(super) struct GroupStory {
    pub name: &'static str,
    /// The name of their own schedule and its steps; nothing for the standard one.
    pub schedule: Option<(&'static str, &'static [StepStory])>,
    /// The tone from which on each step needs approval; empty for none.
    pub approval_from: &'static str,
    /// By name.
    pub customers: &'static [&'static str],
}

/// Days from the due date, channel, tone.
pub(super) type StepStory = (i32, &'static str, &'static str);

/// How a customer's contact is reached.
#[derive(Clone, Copy)]
pub(super) enum Reached {
    /// By mail.
    ByMail,
    /// By mail and, as they agreed in these words, by text to this number.
    ByTextToo(&'static str, &'static str),
    /// They want no mail any more.
    NotByMail,
    /// By mail, and nobody knows in which of their country's zones they are.
    Somewhere,
}

/// A customer with what was done for them.
pub(super) struct CustomerStory {
    pub name: &'static str,
    pub kind: &'static str,
    pub country: &'static str,
    pub locale: &'static str,
    pub time_zone: &'static str,
    pub net_days: &'static str,
    pub address: &'static str,
    /// Name and address.
    pub contact: (&'static str, &'static str),
    pub reached: Reached,
    pub invoices: &'static [InvoiceStory],
}

impl CustomerStory {
    /// The number of their contact, where the story knows one.
    pub(super) const fn phone(&self) -> &'static str {
        match self.reached {
            Reached::ByTextToo(number, _) => number,
            _ => "",
        }
    }
}

/// An invoice and what became of it.
pub(super) struct InvoiceStory {
    pub issued_days_ago: i64,
    pub title: &'static str,
    pub project: &'static str,
    pub purchase_order: &'static str,
    pub currency: &'static str,
    pub tax: &'static str,
    pub lines: &'static [Line],
    pub fate: Fate,
}

/// Description, detail, quantity, unit, unit price, and how many days before the issue date the work began and ended.
pub(super) type Line =
    (&'static str, &'static str, &'static str, &'static str, &'static str, Option<(i64, i64)>);

/// What became of an invoice, in days after its issue.
#[derive(Clone, Copy)]
pub(super) enum Fate {
    /// It is still being written.
    Draft,
    /// Nothing yet.
    Waits,
    /// Nothing yet; after so many days the customer says that something is wrong.
    Disputed(i64),
    /// Nothing yet; after so many days the customer promises to pay within so many more.
    Promised(i64, i64),
    /// Paid by bank transfer.
    Paid(i64),
    /// So many percent paid by bank transfer.
    Partly(i64, i64),
    /// Taken back.
    Void(i64),
    /// The rest was given up.
    WrittenOff(i64),
    /// All of it was credited.
    Credited(i64),
    /// Paid by card today, through the portal.
    CardToday(Afterwards),
    /// A bank debit was given today, through the portal: it takes days, and then the money is there or is not.
    DebitToday { settles: bool },
}

/// What becomes of a payment by card.
#[derive(Clone, Copy)]
pub(super) enum Afterwards {
    /// It stays.
    Nothing,
    /// The owner gives so much of it back, for this reason.
    GivenBack(&'static str, &'static str),
    /// The payer's bank asks what it was for.
    Inquiry,
    /// The payer's bank takes it back, and has not decided yet.
    Contested,
    /// The payer's bank took it back, and has decided.
    Decided { won: bool },
}

use Fate::{
    CardToday, Credited, DebitToday, Disputed, Draft, Paid, Partly, Promised, Void, Waits, WrittenOff,
};

const fn invoice(
    issued_days_ago: i64,
    title: &'static str,
    (currency, tax): (&'static str, &'static str),
    lines: &'static [Line],
    fate: Fate,
) -> InvoiceStory {
    InvoiceStory { issued_days_ago, title, project: "", purchase_order: "", currency, tax, lines, fate }
}

impl InvoiceStory {
    const fn project(mut self, project: &'static str, purchase_order: &'static str) -> Self {
        self.project = project;
        self.purchase_order = purchase_order;
        self
    }
}

const EUR: (&str, &str) = ("EUR", "19");
const EUR_EXPORT: (&str, &str) = ("EUR", "");
const USD: (&str, &str) = ("USD", "");
const CHF: (&str, &str) = ("CHF", "");
const GBP: (&str, &str) = ("GBP", "20");
const JPY: (&str, &str) = ("JPY", "");

const RESEARCH: &[Line] = &[
    (
        "Interviews",
        "Eight conversations of an hour, recruited and written up",
        "8",
        "interview",
        "180.00",
        Some((21, 8)),
    ),
    ("Findings workshop", "", "1", "day", "960.00", Some((7, 7))),
];
const IDENTITY: &[Line] = &[
    (
        "Visual identity, design",
        "Logo, colours and type in three rounds",
        "32",
        "hours",
        "95.00",
        Some((40, 12)),
    ),
    ("Style guide", "Printed and as PDF", "1", "piece", "640.00", None),
    ("Typeface licence", "Five workstations", "5", "licences", "48.00", None),
];
const WEBSITE: &[Line] = &[
    ("Page design", "", "18.5", "hours", "95.00", Some((28, 5))),
    ("Front-end development", "", "26", "hours", "105.00", Some((24, 3))),
    (
        "Accessibility review",
        "Against WCAG 2.2, with a list of what to change",
        "1",
        "review",
        "780.00",
        None,
    ),
];
const RETAINER: &[Line] =
    &[("Design care, monthly", "Up to ten hours", "1", "month", "850.00", Some((30, 1)))];
const CARE: &[Line] = &[("Menu and notices, {period}", "Up to three hours", "1", "month", "240.00", None)];
const POSTER: &[Line] = &[
    ("Poster series, illustration", "Three motifs", "3", "motifs", "420.00", None),
    ("Print supervision", "", "4.5", "hours", "80.00", Some((3, 2))),
];
const REPORT: &[Line] = &[
    ("Annual report, layout", "64 pages", "64", "pages", "38.00", Some((35, 6))),
    ("Charts", "", "14", "charts", "65.00", None),
];
const SIGNAGE: &[Line] = &[
    ("Signage concept", "Two floors", "1", "concept", "1,950.00", Some((30, 10))),
    ("Templates for production", "", "22", "signs", "45.00", None),
];
const CONSULTING: &[Line] = &[("Consultation", "", "6", "hours", "120.00", Some((9, 2)))];
const PACKAGING: &[Line] = &[
    ("Packaging design", "Tea, six varieties", "6", "designs", "380.00", Some((26, 4))),
    ("Dieline", "", "2", "pieces", "150.00", None),
];
const TRANSLATION: &[Line] = &[("Japanese edition, layout", "", "48", "pages", "6,500", Some((20, 5)))];

const KITCHEN: &[Line] = &[
    (
        "Kitchen, oak, made to measure",
        "Base and wall units as drawn on 2 May",
        "1",
        "kitchen",
        "6,400.00",
        None,
    ),
    ("Fitting", "Two people", "22", "hours", "58.00", Some((6, 3))),
    ("Worktop, oiled", "", "3.2", "m", "210.00", None),
];
const STAIRS: &[Line] = &[
    ("Staircase, ash, fourteen treads", "", "14", "treads", "165.00", None),
    ("Handrail", "", "4.6", "m", "88.00", None),
    ("Fitting", "", "14", "hours", "58.00", Some((4, 2))),
];
const WINDOWS: &[Line] = &[
    ("Sash windows, restored", "Cords, putty and paint", "7", "windows", "340.00", Some((18, 4))),
    ("Glass", "", "3", "panes", "62.50", None),
];
const SHELVES: &[Line] = &[
    ("Bookcase, built in", "", "1", "piece", "1,180.00", None),
    ("Delivery and fitting", "", "5", "hours", "48.00", None),
];
const REPAIR: &[Line] = &[("Door, rehung and planed", "", "1", "visit", "95.00", Some((1, 1)))];
const TABLES: &[Line] = &[
    ("Café table, beech", "", "12", "tables", "215.00", None),
    ("Bench", "", "4", "benches", "330.00", None),
];

/// For people who are on their feet all day: a text where others get their second and third mail.
const WITH_TEXTS: &[StepStory] = &[
    (-3, "email", "friendly"),
    (2, "sms", "friendly"),
    (8, "email", "polite"),
    (15, "sms", "firm"),
    (22, "call", "firm"),
    (30, "email", "final"),
    (45, "hand_off", "final"),
];

/// A design studio in Berlin with customers in several countries.
const NORDLICHT: BusinessStory = BusinessStory {
    name: "Nordlicht Studio",
    country: "DE",
    time_zone: "Europe/Berlin",
    currency: "EUR",
    locale: "en-GB",
    phone: "+49 30 5550 1420",
    address: "Uferstraße 14\n13357 Berlin",
    tax_number: "DE 299 551 402",
    bank_account: ("DE89 3704 0044 0532 0130 00", "", "Spreebank"),
    transfers: Method::Manual,
    members: &[
        ("Ada Brandt", super::EMAIL, "owner"),
        ("Jonas Feld", "jonas@nordlicht.example", "clerk"),
        ("Mira Sol", "mira@nordlicht.example", "viewer"),
    ],
    customers: &[
        CustomerStory {
            name: "Bäckerei Morgenrot",
            kind: "company",
            country: "DE",
            locale: "en-GB",
            time_zone: "Europe/Berlin",
            net_days: "14",
            address: "Torstraße 88\n10119 Berlin",
            contact: ("Lena Morgenrot", "lena@morgenrot.example"),
            reached: Reached::ByTextToo(
                "+49 151 5550 0188",
                "A text is fine, I am in the bakehouse all morning",
            ),
            invoices: &[
                invoice(76, "Shop signage", EUR, SIGNAGE, Paid(11)),
                invoice(44, "Poster series, spring", EUR, POSTER, Paid(16)),
                invoice(16, "Packaging, tea", EUR, PACKAGING, Waits).project("TEA-6", "PO 4471"),
                invoice(2, "Design care", EUR, RETAINER, Waits),
            ],
        },
        CustomerStory {
            name: "Elbtal Architekten",
            kind: "company",
            country: "DE",
            locale: "de-DE",
            time_zone: "Europe/Berlin",
            net_days: "30",
            address: "Großer Hirschgraben 3\n22767 Hamburg",
            contact: ("Torben Claasen", "rechnung@elbtal.example"),
            reached: Reached::ByMail,
            invoices: &[
                invoice(70, "Website, first half", EUR, WEBSITE, Paid(29)),
                invoice(39, "Website, second half", EUR, WEBSITE, Partly(20, 40)).project("ELB-WEB", ""),
                // Both come due on one day: one mail speaks of both.
                invoice(1, "Accessibility consultation", EUR, CONSULTING, Waits),
                invoice(1, "Design care", EUR, RETAINER, Waits),
            ],
        },
        CustomerStory {
            name: "Fjord & Field Outdoor",
            kind: "company",
            country: "NO",
            locale: "en-GB",
            time_zone: "Europe/Oslo",
            net_days: "14",
            address: "Strandgaten 20\n5013 Bergen",
            contact: ("Ingrid Solheim", "ingrid@fjordfield.example"),
            reached: Reached::ByMail,
            invoices: &[
                invoice(58, "Visual identity", EUR_EXPORT, IDENTITY, Paid(14)),
                invoice(22, "Customer research", EUR_EXPORT, RESEARCH, Promised(18, 14)),
                invoice(9, "Design care", EUR_EXPORT, RETAINER, DebitToday { settles: true }),
            ],
        },
        CustomerStory {
            name: "Marlowe Records",
            kind: "company",
            country: "US",
            locale: "en-US",
            time_zone: "America/New_York",
            net_days: "30",
            address: "212 Bleecker Street\nNew York, NY 10012",
            contact: ("Dana Marlowe", "dana@marlowe.example"),
            reached: Reached::ByMail,
            invoices: &[
                invoice(66, "Sleeve series", USD, POSTER, Paid(33)),
                invoice(37, "Label identity", USD, IDENTITY, Waits).project("", "PO-2231"),
                invoice(20, "Tour posters", USD, POSTER, CardToday(Afterwards::Nothing)),
                invoice(10, "Merchandise, drawings", USD, POSTER, CardToday(Afterwards::Contested)),
                invoice(3, "Design care", USD, RETAINER, Waits),
            ],
        },
        CustomerStory {
            name: "Pacific Tidal Research",
            kind: "company",
            country: "US",
            locale: "en-US",
            time_zone: "America/Los_Angeles",
            net_days: "30",
            address: "77 Cannery Row\nMonterey, CA 93940",
            contact: ("Sam Ortega", "ap@pacifictidal.example"),
            reached: Reached::ByMail,
            invoices: &[
                invoice(61, "Annual report", USD, REPORT, Void(3)),
                invoice(57, "Annual report, corrected", USD, REPORT, Waits),
                invoice(12, "Findings workshop", USD, RESEARCH, Partly(6, 40)),
            ],
        },
        CustomerStory {
            name: "Ruth Calder",
            kind: "consumer",
            country: "US",
            locale: "en-US",
            time_zone: "America/Chicago",
            net_days: "14",
            address: "PO Box 118\nMadison, WI 53701",
            contact: ("Ruth Calder", "ruth@calder.example"),
            reached: Reached::Somewhere,
            invoices: &[
                invoice(34, "Exhibition posters", USD, POSTER, Paid(17)),
                invoice(13, "Book of prints, layout", USD, CONSULTING, Waits),
                invoice(
                    7,
                    "Exhibition leaflet",
                    USD,
                    CONSULTING,
                    CardToday(Afterwards::Decided { won: false }),
                ),
            ],
        },
        CustomerStory {
            name: "Café Lindenblüte",
            kind: "company",
            country: "AT",
            locale: "de-AT",
            time_zone: "Europe/Vienna",
            net_days: "14",
            address: "Lindengasse 41\n1070 Wien",
            contact: ("Resi Hofer", "resi@lindenbluete.example"),
            reached: Reached::ByTextToo("+43 664 555 0142", "Schreiben S' mir ruhig eine SMS"),
            invoices: &[
                invoice(75, "Menu and posters", EUR_EXPORT, POSTER, WrittenOff(68)),
                invoice(30, "Window lettering", EUR_EXPORT, CONSULTING, Paid(8)),
                invoice(24, "Window lettering, second order", EUR_EXPORT, CONSULTING, Credited(3)),
                invoice(11, "Posters, summer", EUR_EXPORT, POSTER, Waits),
                invoice(4, "Postcards", EUR_EXPORT, CONSULTING, CardToday(Afterwards::Decided { won: true })),
            ],
        },
        CustomerStory {
            name: "Yuki Tanabe",
            kind: "consumer",
            country: "JP",
            locale: "en-GB",
            time_zone: "Asia/Tokyo",
            net_days: "30",
            address: "2-11-3 Meguro\nTokyo 153-0063",
            contact: ("Yuki Tanabe", "yuki@tanabe.example"),
            reached: Reached::ByMail,
            invoices: &[
                invoice(40, "Book, Japanese edition", JPY, TRANSLATION, Waits),
                invoice(15, "Book, second volume", JPY, TRANSLATION, Waits),
            ],
        },
        CustomerStory {
            name: "Alpenblick Hotels AG",
            kind: "company",
            country: "CH",
            locale: "de-CH",
            time_zone: "Europe/Zurich",
            net_days: "20",
            address: "Bahnhofplatz 1\n7270 Davos",
            contact: ("Urs Caduff", "kreditoren@alpenblick.example"),
            reached: Reached::ByMail,
            invoices: &[
                invoice(52, "Signage, house Davos", CHF, SIGNAGE, Paid(21)),
                invoice(28, "Signage, house Arosa", CHF, SIGNAGE, Disputed(23)),
                invoice(0, "Signage, house Flims", CHF, SIGNAGE, Draft),
            ],
        },
        CustomerStory {
            name: "Kulturverein Spree",
            kind: "company",
            country: "DE",
            locale: "en-GB",
            time_zone: "Europe/Berlin",
            net_days: "7",
            address: "Köpenicker Straße 70\n10179 Berlin",
            contact: ("Ole Winter", "ole@kulturverein-spree.example"),
            reached: Reached::NotByMail,
            invoices: &[
                invoice(24, "Stickers", EUR, CONSULTING, DebitToday { settles: false }),
                invoice(5, "Festival posters", EUR, POSTER, Waits),
                invoice(0, "Festival programme", EUR, REPORT, Draft),
            ],
        },
    ],
    groups: &[
        GroupStory {
            name: "Text first",
            schedule: Some(("With text messages", WITH_TEXTS)),
            approval_from: "",
            customers: &["Bäckerei Morgenrot", "Café Lindenblüte"],
        },
        GroupStory {
            name: "Valued clients",
            schedule: None,
            approval_from: "firm",
            customers: &["Marlowe Records"],
        },
    ],
    recurring: &[RecurringStory {
        customer: "Café Lindenblüte",
        begins_after: 5,
        title: "Menu care, {month}",
        currency: EUR.0,
        tax: EUR.1,
        lines: CARE,
        paid_after: 9,
    }],
    keeps: &[("Bäckerei Morgenrot", false), ("Café Lindenblüte", true)],
};

const ONE_SHELF_LESS: Afterwards = Afterwards::GivenBack("120.00", "One shelf less than ordered");

/// A joinery in Leith.
const HARBOUR: BusinessStory = BusinessStory {
    name: "Harbour & Pine Joinery",
    country: "GB",
    time_zone: "Europe/London",
    currency: "GBP",
    locale: "en-GB",
    phone: "+44 131 555 0172",
    address: "9 Timber Bush\nEdinburgh EH6 6QH",
    tax_number: "GB 355 1702 88",
    bank_account: ("31926819", "60-16-13", "Forth Bank"),
    transfers: Method::BankTransfer,
    members: &[("Fiona Rae", "fiona@harbourpine.example", "owner")],
    customers: &[
        CustomerStory {
            name: "Callum Reid",
            kind: "consumer",
            country: "GB",
            locale: "en-GB",
            time_zone: "Europe/London",
            net_days: "14",
            address: "31 Constitution Street\nEdinburgh EH6 7BG",
            contact: ("Callum Reid", "callum@reid.example"),
            reached: Reached::ByMail,
            invoices: &[
                invoice(33, "Kitchen", GBP, KITCHEN, Partly(10, 50)),
                invoice(6, "Door", GBP, REPAIR, Waits),
            ],
        },
        CustomerStory {
            name: "The Gannet Café",
            kind: "company",
            country: "GB",
            locale: "en-GB",
            time_zone: "Europe/London",
            net_days: "14",
            address: "4 Shore Place\nEdinburgh EH6 6SW",
            contact: ("Morag Bell", "morag@gannet.example"),
            reached: Reached::ByMail,
            invoices: &[
                invoice(64, "Tables and benches", GBP, TABLES, Paid(12)),
                invoice(9, "Bar shelf", GBP, SHELVES, CardToday(ONE_SHELF_LESS)),
                invoice(18, "More benches", GBP, TABLES, Waits).project("", "PO 118"),
                invoice(0, "Counter", GBP, KITCHEN, Draft),
            ],
        },
        CustomerStory {
            name: "Drumsheugh Lettings",
            kind: "company",
            country: "GB",
            locale: "en-GB",
            time_zone: "Europe/London",
            net_days: "30",
            address: "50 Melville Street\nEdinburgh EH3 7HF",
            contact: ("Accounts", "accounts@drumsheugh.example"),
            reached: Reached::ByMail,
            invoices: &[
                invoice(73, "Sash windows, number 12", GBP, WINDOWS, Paid(30)),
                invoice(48, "Sash windows, number 14", GBP, WINDOWS, Paid(30)),
                invoice(31, "Sash windows, number 16", GBP, WINDOWS, Waits).project("MEL-16", "DL-0093"),
                invoice(4, "Doors", GBP, REPAIR, Waits),
            ],
        },
        CustomerStory {
            name: "Niamh O'Dowd",
            kind: "consumer",
            country: "IE",
            locale: "en-IE",
            time_zone: "Europe/Dublin",
            net_days: "14",
            address: "8 Castle Street\nDalkey, Co. Dublin",
            contact: ("Niamh O'Dowd", "niamh@odowd.example"),
            reached: Reached::ByMail,
            invoices: &[
                invoice(26, "Bookcase", EUR_EXPORT, SHELVES, Paid(13)),
                invoice(8, "Staircase", EUR_EXPORT, STAIRS, Waits),
            ],
        },
        CustomerStory {
            name: "Seaview Primary School",
            kind: "company",
            country: "GB",
            locale: "en-GB",
            time_zone: "Europe/London",
            net_days: "30",
            address: "2 Links Gardens\nEdinburgh EH6 7JH",
            contact: ("School office", "office@seaview.example"),
            reached: Reached::ByMail,
            invoices: &[
                invoice(55, "Shelves, library", GBP, SHELVES, Paid(26)),
                invoice(14, "Shelves, classrooms", GBP, SHELVES, Waits),
                invoice(3, "Coat hooks", GBP, REPAIR, CardToday(Afterwards::Inquiry)),
            ],
        },
    ],
    groups: &[],
    recurring: &[],
    keeps: &[],
};

/// Everybody.
pub(super) const BUSINESSES: &[BusinessStory] = &[NORDLICHT, HARBOUR];
