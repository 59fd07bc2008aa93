//! The business's pages.

use domain::invoice::{InvoiceStatus, IssueError, VoidError};
use domain::task::TaskKind;

use crate::console::Done;
use crate::console::invoice::Refusal;
use crate::words::{
    BankWords, ConsoleWords, CustomerWords, DemoWords, InvitationWords, InvoiceFormWords, MembersWords,
    SettingsWords, SetupWords, SignInWords, TodayWords,
};

pub(super) const CONSOLE: ConsoleWords = ConsoleWords {
    navigation: "Hauptbereiche",
    today: "Heute",
    invoices: "Rechnungen",
    customers: "Kunden",
    members: "Team",
    settings: "Einstellungen",
    sign_out: "Abmelden",
    invoice: "Rechnung",
    customer: "Kunde",
    state: "Stand",
    next: "Als Nächstes",
    open: "Offen",
    receives: "Rechnungen gehen an",
    draft_without_number: "Entwurf",
    new_invoice: "Neue Rechnung",
    new_customer: "Neuer Kunde",
    no_invoices_yet: "Noch keine Rechnungen. Schreiben Sie die erste, dann bleibt Dunlin dran.",
    no_customers_yet: "Noch keine Kunden. Legen Sie den ersten an, dann schreiben Sie eine Rechnung.",
    nothing_found: "Nichts gefunden. Versuchen Sie es mit weniger Wörtern oder einem anderen Stand.",
    more: "Weitere zeigen",
    all: "Alle",
    by_state: "Nach Stand",
    search: "Suchen",
    search_invoices: "Nach Nummer, Titel oder Kunde suchen",
    search_customers: "Nach Name oder E-Mail-Adresse suchen",
    save: "Speichern",
    cancel: "Abbrechen",
    edit: "Bearbeiten",
    issue: "Diese Rechnung stellen",
    issue_what: "Sie erhält Nummer und Datum, lässt sich dann nicht mehr ändern, und Dunlin bleibt ab hier dran.",
    void: "Diese Rechnung stornieren",
    void_what: "Der Kunde muss daraus nichts mehr zahlen und hört nichts mehr davon. Die Nummer bleibt vergeben. \
                Das lässt sich nicht rückgängig machen.",
    discard: "Diesen Entwurf verwerfen",
    discard_what: "Der Entwurf ist dann endgültig weg. Außer Ihnen hat ihn niemand gesehen.",
    portal_link: "Portal-Link",
    portal_links: "Portal-Links",
    mint_link: "Link zum Weitergeben erstellen",
    fresh_link: "Hier ist der Link",
    fresh_link_hint: "Kopieren Sie ihn jetzt: Er wird nur dieses eine Mal gezeigt. Wer ihn hat, kann diese Rechnung \
                      sehen und zahlen.",
    opened: "Geöffnet",
    not_opened: "Noch nicht geöffnet",
    valid_until: "gültig bis",
    revoke: "Zurücknehmen",
    done: |done| match done {
        Done::Saved => "Gespeichert.",
        Done::Issued => "Gestellt. Ab hier bleibt Dunlin dran.",
        Done::Voided => "Storniert. Der Kunde hört nichts mehr davon.",
        Done::Discarded => "Der Entwurf ist weg.",
        Done::Invited => "Die Einladung ist unterwegs. Sie gilt 7 Tage.",
        Done::MemberChanged => "Geändert.",
        Done::GatewaySet => "Gespeichert. Es ist versiegelt abgelegt und wird nie wieder gezeigt.",
        Done::LinkRevoked => "Zurückgenommen. Der Link öffnet nichts mehr.",
        Done::TaskResolved => "Erledigt.",
        Done::TestSent => "An Ihre eigene Adresse geschickt.",
        Done::Held => "Pausiert. Bis die Pause endet, geht nichts mehr dazu hinaus.",
        Done::HoldEnded => "Es geht weiter, wo es war.",
        Done::Approved => "Freigegeben. Sie geht in der nächsten offenen Stunde hinaus.",
        Done::ContactNoted => "Festgehalten. Die nächste Erinnerung hält Abstand dazu.",
        Done::SentNow => "Unterwegs.",
        Done::Released => "Freigegeben. Ab hier bleibt Dunlin daran.",
        Done::PaymentRecorded => "Erfasst. Die Bestätigung ist unterwegs.",
        Done::Refunded => "Die Erstattung ist unterwegs. Der Kunde bekommt eine Nachricht.",
        Done::RefundAsked => {
            "Stripe hat noch nicht geantwortet. Es wird gefragt, bis es klar ist, und nie doppelt erstattet."
        }
        Done::PaymentTakenBack => "Zurückgenommen. Was damit bezahlt war, ist wieder offen.",
        Done::CreditUsed => "Für die Rechnungen verwendet.",
        Done::WrittenOff => "Abgeschrieben. Niemand wird mehr danach gefragt.",
        Done::CreditNoteIssued => "Ausgestellt. Der Kunde bekommt die Gutschrift per E-Mail.",
        Done::BankStatementImported => "Importiert. Was eindeutig war, ist gebucht; der Rest wartet unten.",
        Done::TimeMoved => "Die Geschäftszeit ging weiter. Fällige Erinnerungen gehen jetzt hinaus.",
        Done::SignedOut => "Sie sind abgemeldet.",
    },
    refusal: |refusal| {
        match refusal {
        Refusal::Issue(error) => match error {
            IssueError::NotADraft(InvoiceStatus::Void) => {
                "Sie ist storniert und kann nicht mehr gestellt werden.".to_owned()
            }
            IssueError::NotADraft(_) => "Sie ist schon gestellt.".to_owned(),
            IssueError::NoLines => {
                "Sie hat noch keine Positionen. Bearbeiten Sie sie und tragen Sie ein, wofür sie ist.".to_owned()
            }
            IssueError::TooManyLines => {
                "Sie hat zu viele Positionen. Teilen Sie sie auf zwei Rechnungen auf.".to_owned()
            }
            IssueError::NegativeLine => {
                "Eine Position liegt unter null. Bearbeiten Sie sie; ein Nachlass ist ein kleinerer Preis."
                    .to_owned()
            }
            IssueError::NothingToPay => {
                "Sie ergibt null. Bearbeiten Sie sie so, dass es etwas zu zahlen gibt.".to_owned()
            }
            IssueError::Money(_) => {
                "Ihre Beträge sind größer, als Dunlin rechnet. Teilen Sie sie auf.".to_owned()
            }
        },
        Refusal::Void(error) => match error {
            VoidError::NotIssued(InvoiceStatus::Void) => "Sie ist schon storniert.".to_owned(),
            VoidError::NotIssued(_) => "Sie wurde nie gestellt. Verwerfen Sie stattdessen den Entwurf.".to_owned(),
            VoidError::PartlyPaid => {
                "Es ist schon Geld dafür eingegangen, darum lässt sie sich nicht stornieren.".to_owned()
            }
            VoidError::PaymentInFlight => {
                "Eine Zahlung dafür läuft gerade. Warten Sie, bis das vorbei ist, und sehen Sie dann noch einmal nach."
                    .to_owned()
            }
        },
        Refusal::NotNow { .. } => "Das kann jetzt nicht gesendet werden.".to_owned(),
        Refusal::Changed => {
            "Jemand anderes hat sie inzwischen geändert. So ist sie jetzt; sehen Sie sie an und versuchen Sie es dann \
             noch einmal."
                .to_owned()
        }
    }
    },
    overdue_count: |count| format!("{count} überfällig"),
};

pub(super) const TODAY: TodayWords = TodayWords {
    open: "Offen",
    overdue: "Überfällig",
    received: "Eingegangen in 30 Tagen",
    tasks: "Für Sie zu tun",
    messages: "Nachrichten zum Nachsehen",
    overdue_invoices: "Überfällige Rechnungen",
    nothing: "Gerade gibt es nichts zu tun.",
    finish: "Erledigt",
    due: |when| format!("bis {when}"),
    lacks_gateway: "Kunden können noch nicht online zahlen",
    lacks_gateway_body: "Dunlin kassiert über Ihr eigenes Stripe-Konto. Dafür braucht es einen Schlüssel.",
    set_up_gateway: "Stripe einrichten",
    upcoming: |count, first| match count {
        1 => format!("Als Nächstes geht 1 Erinnerung hinaus, {first}."),
        count => format!("Als Nächstes gehen {count} Erinnerungen hinaus, die erste {first}."),
    },
};

pub(super) fn task(kind: TaskKind) -> (&'static str, &'static str) {
    match kind {
        TaskKind::Call => (
            "Anrufen",
            "Schreiben hat nicht geholfen. Ein Anruf hilft oft; halten Sie bei der Rechnung fest, was besprochen wurde.",
        ),
        TaskKind::HandOff => (
            "Entscheiden",
            "Alle Erinnerungen sind gesagt. Entscheiden Sie, ob das an ein Inkassobüro oder eine Kanzlei geht.",
        ),
        TaskKind::FollowUp => ("Zu tun", "Ein Schritt im Ablauf verlangt etwas im eigenen Haus."),
        TaskKind::ApproveStep => (
            "Erinnerung freigeben",
            "Bei diesem Kunden sieht ein Mensch hin, bevor das gesagt wird. Geben Sie es frei, oder pausieren Sie.",
        ),
        TaskKind::ReviewHold => (
            "Pause ansehen",
            "Der Tag einer Pause ist da. Sie hält an, bis Sie sie beenden oder einen neuen Tag nennen.",
        ),
        TaskKind::ReleaseParked => (
            "Erinnerungen freigeben",
            "Rechnungen kamen aus einem Import oder einer Sicherung. Zu ihnen geht nichts hinaus, bis Sie nachgesehen haben.",
        ),
        TaskKind::PostLetter => (
            "Brief zur Post bringen",
            "Er ist geschrieben. Drucken Sie ihn, bringen Sie ihn zur Post und haken Sie ihn hier ab.",
        ),
        TaskKind::NeverOpen => (
            "Zeiten, die nie offen sind",
            "Geschäftszeiten und die Regeln für diesen Kunden lassen keinen Augenblick zum Schreiben. Ändern Sie die Zeiten.",
        ),
        TaskKind::AnswerCustomer => {
            ("Antworten", "Der Kunde hat geschrieben. Lesen Sie es im Verlauf und antworten Sie.")
        }
        TaskKind::UnappliedMoney => (
            "Geld zuordnen",
            "Es ist Geld eingegangen, das zu keiner Rechnung passt. Sehen Sie nach, von wem.",
        ),
        TaskKind::PaymentMismatch => (
            "Zahlung prüfen",
            "Eine Zahlung ist anders als angefragt. Das Geld ist gebucht, aber auf keine Rechnung.",
        ),
        TaskKind::MoneyReturned => (
            "Geld ging zurück",
            "Bei Stripe gab es eine Erstattung oder einen Einspruch. Sehen Sie dort nach.",
        ),
        TaskKind::AnswerDispute => (
            "Auf eine Anfechtung antworten",
            "Ein Kunde ficht eine Zahlung bei seiner Bank an. Antworten Sie rechtzeitig bei Stripe, sonst entscheidet die Bank ohne Sie.",
        ),
        TaskKind::AutopayFailed => (
            "Automatische Abbuchung misslungen",
            "Die Bank des Kunden zahlt nicht mehr, oder er war nicht zu erreichen. Wir haben ihm geschrieben; sorgen Sie dafür, dass er anders zahlt.",
        ),
        TaskKind::FindContact => (
            "Kontakt finden",
            "Es gibt niemanden, dem man schreiben könnte. Finden Sie die richtige Person und tragen Sie sie ein.",
        ),
        TaskKind::MessageUncertain => (
            "Ist sie angekommen?",
            "Die Verbindung brach bei der Übergabe einer Nachricht ab. Sie wird nicht von selbst noch einmal gesendet.",
        ),
        TaskKind::MessageFailed => (
            "Nachricht abgelehnt",
            "Der andere Mailserver hat eine Nachricht abgelehnt. Prüfen Sie die Adresse.",
        ),
        TaskKind::ReviewDraft => (
            "Entwurf stellen",
            "Eine wiederkehrende Rechnung hat ihn angelegt. Sehen Sie ihn an, dann stellen oder verwerfen Sie ihn.",
        ),
        TaskKind::RecurringMissed => (
            "Über ausgefallene Rechnungen entscheiden",
            "Tage einer wiederkehrenden Rechnung vergingen ohne sie. Sagen Sie, welche noch geschrieben werden.",
        ),
        TaskKind::RecurringFailed => (
            "Wiederkehrende Rechnung nicht geschrieben",
            "Sie ließ sich nicht schreiben und wartet. Sehen Sie nach, woran es liegt, und lassen Sie es noch einmal versuchen.",
        ),
        TaskKind::EventStuck => (
            "Stripe-Ereignis hängt",
            "Ein Ereignis von Stripe ließ sich nicht abarbeiten. Näheres steht im Protokoll.",
        ),
    }
}

pub(super) const INVOICE_FORM: InvoiceFormWords = InvoiceFormWords {
    new: "Neue Rechnung",
    edit: "Entwurf bearbeiten",
    about: "Worum es geht",
    choose_customer: "Kunde wählen",
    title_hint: "Das sehen Kunden zuerst: „Küchenumbau, März“.",
    net_days_hint: "Gezählt ab dem Tag, an dem sie gestellt wird.",
    lines: "Positionen",
    add_line: "Weitere Position",
    remove: "Entfernen",
    more: "Einzelheiten, Zeitraum, Projekt",
    more_undated: "Einzelheiten, Projekt",
    save: "Entwurf speichern",
    not_sent_yet: "Speichern sendet nichts. Gestellt wird die Rechnung auf ihrer eigenen Seite.",
    conflict: "Jemand anderes hat inzwischen gespeichert",
    conflict_body: "Was Sie eingegeben haben, steht noch unten. Wenn Sie noch einmal speichern, ersetzt Ihres das andere.",
    see_theirs: "Das andere in einem neuen Fenster ansehen",
    line: |number| format!("Position {number}"),
    units: &["Stunde", "Tag", "Stück", "Projekt", "Monat", "km"],
    comes_to: |net, tax, total| format!("{net} und {tax} Steuer ergeben {total}."),
};

pub(super) const CUSTOMER: CustomerWords = CustomerWords {
    new: "Neuer Kunde",
    edit: "Kunde bearbeiten",
    kind: "Art",
    company: "Firma",
    consumer: "Privatperson",
    contacts: "Kontaktpersonen",
    receives_invoices: "Erhält Rechnungen",
    suppressed: "Erhält keine E-Mails",
    add_contact: "Kontaktperson hinzufügen",
    save_contact: "Kontaktperson speichern",
    edit_contact: "Kontaktperson bearbeiten",
    remove_contact: "Diese Kontaktperson entfernen",
    remove_contact_what: "Sie erhält nichts mehr. Was ihr gesendet wurde, bleibt festgehalten.",
    mint_link: "Link zu allen offenen Rechnungen erstellen",
    fresh_link_hint: "Kopieren Sie ihn jetzt: Er wird nur dieses eine Mal gezeigt. Wer ihn hat, kann alle Rechnungen \
                      dieses Kunden sehen und zahlen.",
    first_contact: "Wer die Rechnungen erhält",
    first_contact_hint: "Erinnerungen gehen an diese Person, zu ihrer Tageszeit.",
    address_hint: "Straße, Ort und Postleitzahl, je eine Zeile.",
    phone_hint: "Mit Ländervorwahl, zum Beispiel +49 30 901820.",
    zone_hint: "Die nächste große Stadt, zum Beispiel Europe/Berlin. Sie bestimmt, zu welcher Stunde E-Mails ankommen.",
    same_locale: "Wie beim Kunden",
    no_invoices: "Noch keine Rechnungen.",
    no_agreed_method: "Nichts vereinbart",
    agreed_method_hint: "Die Zahlungsseite bietet sie zuerst an.",
    net_days_hint: "Bleibt es leer, gilt, was in den Einstellungen steht.",
    days: |days| if days == 1 { "1 Tag".to_owned() } else { format!("{days} Tage") },
};

pub(super) const MEMBERS: MembersWords = MembersWords {
    active: "Aktiv",
    invited: "Eingeladen",
    disabled: "Kein Zugang",
    enable: "Wieder Zugang geben",
    disable: "Zugang entziehen",
    you: "(Sie)",
    change: "Ändern",
    invite: "Jemanden einladen",
    invite_hint: "Die Einladung kommt per E-Mail mit einem Link, der 7 Tage gilt. Das Passwort wählt jeder selbst.",
    send: "Einladung senden",
    sign_out_everywhere: "Überall abmelden",
    sign_out_everywhere_hint: "Beendet alle Ihre Sitzungen, auf diesem Gerät und auf anderen.",
    role_of: |name| format!("Rolle von {name}"),
};

pub(super) const SETTINGS: SettingsWords = SettingsWords {
    business: "Unternehmen",
    mail: "E-Mail",
    sender_hint: "Unter diesem Namen kommen E-Mails an.",
    reply_hint: "Hierhin gehen Antworten. Ein Mensch sollte sie lesen.",
    invoices: "Rechnungen",
    locale_hint: "Für neue Kunden. Ihre eigenen Seiten richten sich nach Ihrem Browser.",
    methods: "Firmen können zahlen per",
    consumer_methods: "Privatpersonen können zahlen per",
    transfer_kept: "Überweisung auf ein Konto, das Stripe für jeden Kunden führt",
    methods_hint: "Eine Rechnung bietet davon an, was es in ihrer Währung und im Land des Kunden gibt und was eingerichtet \
                   ist. Was Sie ausschalten, wird auch auf offenen Rechnungen nicht mehr angeboten.",
    stripe: "Stripe",
    key_none: "Kein Schlüssel hinterlegt: Kunden können nicht online zahlen",
    key_hint: "Ein eingeschränkter Schlüssel genügt. Er liegt versiegelt und wird nie wieder gezeigt.",
    set_key: "Schlüssel hinterlegen",
    webhook_none: "Kein Webhook-Geheimnis: Zahlungen erscheinen nach Minuten statt nach Sekunden",
    webhook_one: "Webhooks werden geprüft",
    webhook_two: "Zwei Geheimnisse gelten, solange Stripe wechselt",
    webhook_url: "Endpunkt für Stripe",
    webhook_hint: "Tragen Sie ihn im Stripe-Dashboard ein, und dann hier das Signaturgeheimnis, das dort erscheint.",
    secret_hint: "Ein neues Geheimnis gilt neben dem alten, bis Sie das alte streichen.",
    set_secret: "Geheimnis hinzufügen",
    drop_old: "Altes Geheimnis streichen",
    key_live: |ends_in| format!("Echter Schlüssel, endet auf {ends_in}: Es bewegt sich echtes Geld"),
    key_test: |ends_in| format!("Testschlüssel, endet auf {ends_in}: Es bewegt sich kein echtes Geld"),
};

pub(super) const SETUP: SetupWords = SetupWords {
    title: "Dunlin einrichten",
    body: "Das legt Ihr Unternehmen an und macht Sie zum Inhaber. Es geschieht einmal; danach ist diese Seite verschlossen.",
    business: "Unternehmen",
    owner: "Sie",
    your_name: "Ihr Name",
    currency_hint: "Für neue Rechnungen. Jede kann eine eigene haben.",
    zone_hint: "Fälligkeiten sind Tage dieser Zone. Die nächste große Stadt, zum Beispiel Europe/Berlin.",
    locale_hint: "Für neue Kunden, solange Sie bei ihnen nichts anderes wählen.",
    password_hint: "Mindestens 12 Zeichen. Gut sind ein paar Wörter, die nicht zusammengehören.",
    button: "Dunlin einrichten",
};

pub(super) const SIGN_IN: SignInWords = SignInWords {
    title: "Anmelden",
    button: "Anmelden",
    demo: "Das ist eine Vorführung. Melden Sie sich an mit",
};

pub(super) const INVITATION: InvitationWords = InvitationWords {
    button: "Mitmachen",
    title: |business| format!("Bei {business} mitmachen"),
    body: |role, meaning| format!("Sie sind eingeladen. Ihre Rolle: {role} ({meaning})."),
};

pub(super) const DEMO: DemoWords = DemoWords {
    label: "Demo",
    one_day: "Einen Tag weiter",
    one_week: "eine Woche",
    one_month: "einen Monat",
    one_week_asleep: "eine Woche, ausgeschaltet",
    mailbox: "Postfach",
    bank_statement: "Ein Beispiel (CSV) aus dem, was gerade offen ist",
    date: |date| format!("Geschäftsdatum {date}"),
};

pub(super) const BANK: BankWords = BankWords {
    title: "Bankkonten",
    intro: "Wer überweisen möchte, sieht das Konto in der Währung der Rechnung und einen Verwendungszweck, an dem die \
            Rechnung wiedergefunden wird.",
    none: "Noch kein Konto: Überweisung auf Ihr Konto wird nicht angeboten.",
    add: "Konto hinzufügen oder ersetzen",
    add_hint: "Eines für jede Währung. Ein vorhandenes wird ersetzt.",
    routing_hint: "Nur für ein Konto ohne IBAN.",
    remove: "Entfernen",
    remove_what: "Überweisung in dieser Währung wird nicht mehr angeboten. Was unterwegs ist, kommt trotzdem an.",
};
