//! The customer's pages.

use domain::Currency;

use crate::portal::pay::PayTrouble;
use crate::words::{
    ExpiredWords, InvoiceWords, MoreThanOpenWords, OpenInvoicesWords, PaySeveralWords, PayWords, PortalWords,
    RenewedWords, ReturnedWords,
};

pub(super) const INVOICE: InvoiceWords = InvoiceWords {
    sheet_label: "Die Rechnung im Einzelnen",
    lines_caption: "Wofür die Rechnung ist",
    from: "Von",
    to: "An",
    number: "Rechnung",
    issued_on: "Gestellt am",
    due_on: "Fällig am",
    purchase_order: "Ihre Bestellung",
    project: "Projekt",
    description: "Beschreibung",
    quantity: "Menge",
    unit_price: "Preis",
    amount: "Betrag",
    subtotal: "Zwischensumme",
    total: "Gesamt",
    written_off: "Ausgebucht",
    terms: "Bedingungen",
    no_late_charge: "Kein Zuschlag bei späterer Zahlung.",
    numbered: |number| format!("Rechnung {number}"),
    tax_number: |number| format!("Steuernummer {number}"),
    period: |from, to| format!("{from} bis {to}"),
    tax: |rate, net| format!("Steuer {rate} auf {net}"),
    received: |on, method| match method {
        Some(method) => format!("Eingegangen am {on} · {method}"),
        None => format!("Eingegangen am {on}"),
    },
    payable_within: |days| match days {
        0 => "Sofort zahlbar.".to_owned(),
        1 => "Zahlbar innerhalb eines Tages.".to_owned(),
        days => format!("Zahlbar innerhalb von {days} Tagen."),
    },
    methods: |methods| format!("Sie können so zahlen: {methods}."),
};

pub(super) const PORTAL: PortalWords = PortalWords {
    open_amount: "Offener Betrag",
    paid_amount: "Vollständig bezahlt",
    total_amount: "Gesamt",
    more_time: "Mehr Zeit",
    something_wrong: "Etwas stimmt nicht",
    void_title: "Diese Rechnung wurde zurückgenommen",
    void_body: "Sie müssen sie nicht zahlen. Falls eine neue an ihre Stelle tritt, erhalten Sie diese gesondert.",
    closed_title: "Diese Rechnung ist abgeschlossen",
    closed_body: "Sie müssen nichts weiter tun.",
    paid_title: "Bezahlt, vielen Dank",
    nothing_to_do: "Sie müssen nichts weiter tun.",
    see_all: "Alle ansehen",
    everything: "Alles ansehen, was Sie betrifft",
    everything_body: "Alle Ihre Rechnungen, Ihr Kontoauszug, was Sie für später hinterlegt haben, und wie wir Sie erreichen. \
                      Vorher fragen wir nach einem Code, der an den hinterlegten Kontakt geht.",
    due: |date| format!("Fällig am {date}"),
    pay: |amount| format!("{amount} zahlen"),
    paid_of: |paid, total| format!("{paid} von {total} bezahlt"),
    paid_on: |date| format!("Die letzte Zahlung ist am {date} eingegangen."),
    processing_title: |amount| format!("{amount} sind unterwegs"),
    processing_body: |about| match about {
        Some(day) => format!(
            "Die Bank braucht bis etwa {day}. Sie müssen nichts tun, und bis dahin kommt keine Erinnerung."
        ),
        None => {
            "Die Bank braucht ein paar Tage. Sie müssen nichts tun, und bis dahin kommt keine Erinnerung."
                .to_owned()
        }
    },
    other_invoices: |count, total| {
        let invoices = if count == 1 {
            "1 weitere offene Rechnung".to_owned()
        } else {
            format!("{count} weitere offene Rechnungen")
        };
        match total {
            Some(total) => format!("Sie haben {invoices} ({total})"),
            None => format!("Sie haben {invoices}"),
        }
    },
    both_write_to: |business| format!("Beides öffnet eine E-Mail an {business}. Dort liest sie ein Mensch."),
    call_instead: |business| {
        format!("Brauchen Sie mehr Zeit, oder stimmt etwas nicht? {business} freut sich über Ihren Anruf.")
    },
    more_time_subject: |number| format!("Rechnung {number}: bitte mehr Zeit"),
    wrong_subject: |number| format!("Rechnung {number}: etwas stimmt nicht"),
};

pub(super) const OPEN_INVOICES: OpenInvoicesWords = OpenInvoicesWords {
    title: "Ihre offenen Rechnungen",
    open: "Offen",
    recently_paid: "Vor Kurzem bezahlt",
    nothing_title: "Es ist nichts offen",
    nothing_body: "Es gibt nichts zu zahlen, und auch sonst müssen Sie nichts tun.",
    see_invoice: "Rechnung ansehen",
    more_time_subject: "Unsere offenen Rechnungen: bitte mehr Zeit",
    wrong_subject: "Unsere offenen Rechnungen: etwas stimmt nicht",
    yours: "Was Sie wählen können",
    yours_body: "Was Sie für später hinterlegen, und wie wir Sie erreichen. Für eine Änderung fragen wir nach einem Code, der an \
                 den hinterlegten Kontakt geht.",
    arrange: "Ansehen, was Sie wählen können",
    contact_preferences: "Wie wir Sie kontaktieren",
    summary: |count, overdue| {
        let invoices = if count == 1 { "1 Rechnung".to_owned() } else { format!("{count} Rechnungen") };
        match overdue {
            0 => invoices,
            1 if count == 1 => format!("{invoices}, überfällig"),
            overdue => format!("{invoices}, davon {overdue} überfällig"),
        }
    },
    issued: |date| format!("Gestellt am {date}"),
    paid_on: |date| format!("Bezahlt am {date}"),
    of_invoice: |number| format!("von Rechnung {number}"),
    pay_together: |count, amount| format!("{count} Rechnungen zusammen zahlen, {amount}"),
};

pub(super) const PAY: PayWords = PayWords {
    how: "Wie möchten Sie zahlen?",
    agreed: "wie vereinbart",
    leads_to_provider: "Die nächste Seite ist von Stripe. Dort sehen Sie den Betrag noch einmal, bevor etwas bezahlt wird.",
    own_bank: "Oder überweisen Sie von Ihrer eigenen Bank",
    own_bank_meaning: "Verwenden Sie genau diesen Verwendungszweck, dann findet die Zahlung ihre Rechnung von selbst.",
    own_bank_meaning_several: "Schreiben Sie alle diese Angaben in eine Überweisung, dann findet die Zahlung ihre Rechnungen von selbst.",
    holder: "Kontoinhaber",
    iban: "IBAN",
    account: "Kontonummer",
    routing: |currency| match currency {
        Currency::GBP => "Bankleitzahl (Sort Code)",
        Currency::USD => "Bankleitzahl (Routing Number)",
        _ => "Bankleitzahl",
    },
    bank: "Bank",
    scan: "Oder mit Ihrer Banking-App scannen",
    scan_what: "Code mit Konto, Betrag und Verwendungszweck für eine Banking-App",
    bic: "BIC",
    amount: "Betrag",
    reference: "Verwendungszweck",
    title: |number| format!("Rechnung {number} zahlen"),
    heading: |number| format!("Rechnung {number} zahlen"),
    back: |number| format!("Zurück zu Rechnung {number}"),
    second_payment: |left| match left {
        Some(left) => {
            format!(
                "Eine Zahlung braucht ein paar Tage. Was Sie hier zahlen, bis zu {left}, kommt noch dazu."
            )
        }
        None => {
            "Eine Zahlung braucht ein paar Tage. Was Sie hier zahlen, käme noch dazu und würde Ihr Guthaben."
                .to_owned()
        }
    },
    trouble: |trouble| match trouble {
        PayTrouble::NotReached => (
            "Die Zahlungsseite ließ sich nicht öffnen",
            "Es wurde nichts bezahlt. Bitte versuchen Sie es gleich noch einmal, oder wählen Sie eine andere Zahlungsart.",
        ),
        PayTrouble::Unknown => (
            "Wir klären noch, was aus Ihrem letzten Versuch wurde",
            "Die Zahlungsseite hat nicht geantwortet. Damit Sie auf keinen Fall doppelt zahlen, warten Sie bitte eine \
             Minute und laden diese Seite dann neu.",
        ),
        PayTrouble::Refused => (
            "Diese Zahlungsart ist hier nicht möglich",
            "Es wurde nichts bezahlt. Bitte wählen Sie eine andere Zahlungsart, oder schreiben Sie uns.",
        ),
    },
};

pub(super) const PAY_SEVERAL: PaySeveralWords = PaySeveralWords {
    title: "Mehrere Rechnungen zusammen zahlen",
    back: "Zurück zu allen offenen Rechnungen",
    which: "Welche Rechnungen?",
    only_a_part: "Nur einen Teil davon",
    part_hint: "Lassen Sie das Feld leer, um alles zu zahlen.",
    transfer_how: "Eine Überweisung von Ihrer eigenen Bank",
    transfer_then: "Die Rechnungen gelten als bezahlt, sobald das Geld da ist, meist innerhalb von 3 Tagen.",
    transfer_then_one: "Die Rechnung gilt als bezahlt, sobald das Geld da ist, meist innerhalb von 3 Tagen.",
    transfer_kept: "Dieses Konto wird nur für Sie geführt. Was dort ankommt, gehört zu Ihren Rechnungen, auch ein Teilbetrag; der Verwendungszweck sagt, zu welcher.",
    only_by: |methods| format!("Nur zahlbar per {methods}."),
    part_of: |number| format!("Betrag für Rechnung {number}"),
    transfer_title: |amount| format!("{amount} überweisen"),
};

pub(super) const MORE_THAN_OPEN: MoreThanOpenWords = MoreThanOpenWords {
    title: "Das ist mehr, als offen ist",
    chosen: "Sie möchten zahlen",
    open: "Offen",
    on_its_way: "Schon unterwegs",
    over: "Zu viel",
    change: "Betrag ändern",
    body: |excess| {
        format!(
            "Sie können trotzdem zahlen. {excess} werden dann Ihr Guthaben: Es bezahlt, was sonst offen ist, oder Ihre nächste Rechnung."
        )
    },
};

pub(super) const RETURNED: ReturnedWords = ReturnedWords {
    paid: "Bezahlt",
    processing: "Zahlung läuft",
    checking: "Wird geprüft",
    failed: "Nicht bezahlt",
    not_paid: "Nicht bezahlt",
    checking_title: "Wir fragen bei der Bank nach",
    failed_title: "Die Zahlung hat nicht geklappt",
    not_paid_title: "Es wurde nichts bezahlt",
    no_reminders: "Bis dahin kommt keine Erinnerung. Sobald das Geld da ist, erhalten Sie eine Bestätigung per E-Mail.",
    nothing_taken: "Es wurde nichts abgebucht.",
    not_paid_body: "Es wurde nichts abgebucht. Sie können zahlen, wann es Ihnen passt.",
    look_again: "Noch einmal nachsehen",
    try_again: "Noch einmal versuchen oder anders zahlen",
    see_all: "Alle offenen Rechnungen ansehen",
    paid_title: |amount| format!("{amount} bezahlt, vielen Dank"),
    processing_title: |amount| format!("{amount} sind unterwegs"),
    processing_body: |about| match about {
        Some(day) => format!("Die Bank braucht bis etwa {day}. Sie müssen nichts tun."),
        None => "Die Bank braucht ein paar Tage. Sie müssen nichts tun.".to_owned(),
    },
    checking_body: |amount| {
        format!(
            "Ihre Zahlung über {amount} ist abgeschickt. Meist steht sie nach einer Minute hier; Sie müssen nicht noch \
             einmal zahlen."
        )
    },
    left_open: |number, open| format!("Von Rechnung {number} bleiben {open} offen."),
    all_paid: |number| format!("Rechnung {number} ist vollständig bezahlt. Sie müssen nichts weiter tun."),
    receipt_to: |masked| format!("Die Bestätigung ist unterwegs an {masked}."),
    other_ways: |methods| format!("Sie können auch so zahlen: {methods}."),
    see_invoice: |number| format!("Rechnung {number} ansehen"),
};

pub(super) const EXPIRED: ExpiredWords = ExpiredWords {
    title: "Dieser Link ist abgelaufen",
    body: |business| {
        format!(
            "Links von {business} gelten 90 Tage, damit eine alte E-Mail in fremden Händen nichts mehr öffnet."
        )
    },
    button: |masked| format!("Neuen Link an {masked} senden"),
    not_yours: |business| {
        format!(
            "Nicht mehr Ihre Adresse? Sagen Sie bitte {business} Bescheid, dann geht der Link an die richtige."
        )
    },
};

pub(super) const RENEWED: RenewedWords = RenewedWords {
    state: "Unterwegs",
    title: "Ein neuer Link ist unterwegs",
    no_mail: "Nach ein paar Minuten noch nichts da? Sehen Sie im Spam-Ordner nach, oder fragen Sie bei uns nach.",
    body: |masked| {
        format!("Wir haben ihn an {masked} geschickt. Öffnen Sie ihn dort, auf welchem Gerät Sie möchten.")
    },
};
