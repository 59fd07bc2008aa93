//! Fields: what they are called, and what to do about what stands in them.

use domain::{FieldProblem, Locale};

/// What to do about a typed amount. Islands preview amounts and nothing else, and the browser need not load the rest.
pub(super) fn amount_problem(problem: &FieldProblem, locale: Locale) -> String {
    match problem {
        FieldProblem::Required => "Bitte füllen Sie das aus.".to_owned(),
        FieldProblem::NotANumber => {
            format!("Geben Sie eine Zahl ein, zum Beispiel {}.", locale.decimal(1250, 2))
        }
        FieldProblem::Negative => "Geben Sie eine Zahl ein, die nicht unter null liegt.".to_owned(),
        FieldProblem::TooManyDecimals { max: 0 } => {
            "Geben Sie eine ganze Zahl ein, ohne Nachkommastellen.".to_owned()
        }
        FieldProblem::TooManyDecimals { max: 1 } => "Höchstens eine Nachkommastelle.".to_owned(),
        FieldProblem::TooManyDecimals { max } => format!("Höchstens {max} Nachkommastellen."),
        FieldProblem::TooLarge => "Geben Sie eine kleinere Zahl ein.".to_owned(),
        FieldProblem::AmountOutOfRange { min, max } => {
            format!("Geben Sie einen Betrag zwischen {} und {} ein.", min.format(locale), max.format(locale))
        }
        _ => "Geben Sie einen Betrag ein.".to_owned(),
    }
}

/// What to do about a field. Each sentence stands by itself, below the field's label.
#[cfg(feature = "ssr")]
pub(super) fn problem(problem: &FieldProblem, locale: Locale) -> String {
    match problem {
        FieldProblem::Required
        | FieldProblem::NotANumber
        | FieldProblem::Negative
        | FieldProblem::TooManyDecimals { .. }
        | FieldProblem::TooLarge
        | FieldProblem::AmountOutOfRange { .. } => amount_problem(problem, locale),
        FieldProblem::TooLong { max } => format!("Kürzen Sie das auf höchstens {max} Zeichen."),
        FieldProblem::TooShort { min } => format!("Mindestens {min} Zeichen."),
        FieldProblem::TooMany { max } => format!("Lassen Sie höchstens {max} stehen."),
        FieldProblem::ForbiddenCharacter => {
            "Schreiben Sie das in eine Zeile, ohne Steuerzeichen und andere unsichtbare Zeichen.".to_owned()
        }
        FieldProblem::NotPositive => "Geben Sie eine Zahl über null ein.".to_owned(),
        FieldProblem::NumberOutOfRange { min, max } => {
            format!("Geben Sie eine ganze Zahl von {} bis {} ein.", locale.integer(*min), locale.integer(*max))
        }
        FieldProblem::DateInvalid => {
            "Wählen Sie einen Tag des Kalenders, geschrieben wie 2026-03-31.".to_owned()
        }
        FieldProblem::DateBefore { earliest } => {
            format!("Wählen Sie den {} oder einen späteren Tag.", locale.date_long(*earliest))
        }
        FieldProblem::DateAfter { latest } => {
            format!("Wählen Sie den {} oder einen früheren Tag.", locale.date_long(*latest))
        }
        FieldProblem::EmailInvalid => {
            "Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@example.com.".to_owned()
        }
        FieldProblem::PhoneInvalid => {
            "Geben Sie eine Telefonnummer mit Ländervorwahl ein, zum Beispiel +49 30 901820.".to_owned()
        }
        FieldProblem::ZoneUnknown => {
            "Wählen Sie eine Zeitzone aus der Liste, zum Beispiel Europe/Berlin.".to_owned()
        }
        FieldProblem::CurrencyUnknown => "Wählen Sie eine Währung aus der Liste, zum Beispiel EUR.".to_owned(),
        FieldProblem::CountryUnknown => "Wählen Sie ein Land aus der Liste, zum Beispiel DE.".to_owned(),
        FieldProblem::LanguageUnknown => "Wählen Sie eine Sprache aus der Liste.".to_owned(),
        FieldProblem::CurrencyMismatch { expected } => {
            format!("Nehmen Sie {}, wie beim Rest.", expected.code())
        }
        FieldProblem::ChoiceUnknown => "Wählen Sie eines der Angebote.".to_owned(),
        FieldProblem::DayTaken => "An diesem Tag ist schon ein anderer Schritt. Wählen Sie einen anderen.".to_owned(),
        FieldProblem::FriendlierThanBefore { least } => format!(
            "Der Schritt davor ist deutlicher, und der Ton fällt nie zurück. Wählen Sie „{}“ oder deutlicher, oder legen \
             Sie den Schritt weiter nach vorn.",
            (super::schedules::SCHEDULES.tone_name)(*least)
        ),
        FieldProblem::NoSmsGateway => "Diese Installation hat keinen SMS-Dienst. Bitten Sie den Betreiber, einen in der Konfiguration \
                                       unter [sms] einzutragen, und lassen Sie das Häkchen bis dahin weg."
            .to_owned(),
        FieldProblem::NeverOpen { country, hours } => {
            let name = super::shared::country_name(*country).unwrap_or(country.code());
            let allowed = hours.map_or_else(String::new, |(opens, closes)| {
                format!(" Dort ist es von {} bis {} erlaubt.", locale.time(opens), locale.time(closes))
            });
            format!(
                "Mit diesen Stunden könnte in diesem Land nie jemand angeschrieben werden: {name}.{allowed} Wählen Sie \
                 Stunden, die etwas vom Tag übrig lassen."
            )
        }
        FieldProblem::EndsBeforeItBegins => "Wählen Sie eine Zeit nach dem Beginn.".to_owned(),
        FieldProblem::TimeInvalid => "Geben Sie eine Uhrzeit ein, zum Beispiel 09:00.".to_owned(),
        FieldProblem::AlreadyTaken => "Das ist schon vergeben. Wählen Sie etwas anderes.".to_owned(),
        FieldProblem::CodeInvalid => "Geben Sie die sechs Ziffern des Codes ein.".to_owned(),
        FieldProblem::CodeWrong { left: 1 } => {
            "Das ist nicht der zuletzt gesendete Code. Prüfen Sie ihn; ein Versuch bleibt.".to_owned()
        }
        FieldProblem::CodeWrong { left } => {
            format!("Das ist nicht der zuletzt gesendete Code. Prüfen Sie ihn; {left} Versuche bleiben.")
        }
        FieldProblem::CodeOver => "Dieser Code gilt nicht mehr. Lassen Sie unten einen neuen senden.".to_owned(),
        FieldProblem::TextChanged => {
            "Dieser Text hat sich inzwischen geändert. Bitte lesen Sie ihn noch einmal.".to_owned()
        }
        FieldProblem::CannotBeKept => {
            "Hinterlegen lassen sich nur Karten und Lastschriften. Wählen Sie eines davon oder lassen Sie das Kästchen frei."
                .to_owned()
        }
        FieldProblem::Different => {
            "Beide Eingaben müssen gleich sein. Geben Sie sie noch einmal ein.".to_owned()
        }
        FieldProblem::PasswordTooCommon => {
            "Dieses Passwort ist leicht zu erraten. Gut sind ein paar Wörter, die nicht zusammengehören."
                .to_owned()
        }
        FieldProblem::GatewayKeyInvalid => {
            "Geben Sie einen geheimen oder eingeschränkten Schlüssel aus dem Stripe-Dashboard ein; er beginnt mit sk_ \
             oder rk_."
                .to_owned()
        }
        FieldProblem::GatewayKeyLive => {
            "Dieser Schlüssel bewegt echtes Geld. Nehmen Sie hier einen, der mit sk_test_ oder rk_test_ beginnt."
                .to_owned()
        }
        FieldProblem::GatewayKeyRefused => {
            "Stripe nimmt diesen Schlüssel nicht an. Kopieren Sie ihn noch einmal aus dem Stripe-Dashboard, oder legen Sie \
             dort einen neuen an."
                .to_owned()
        }
        FieldProblem::GatewayUnreachable => {
            "Stripe war nicht zu erreichen, deshalb wurde der Schlüssel nicht gespeichert. Versuchen Sie es gleich noch \
             einmal."
                .to_owned()
        }
        FieldProblem::WebhookSecretInvalid => {
            "Geben Sie das Signaturgeheimnis des Endpunkts aus dem Stripe-Dashboard ein; es beginnt mit whsec_."
                .to_owned()
        }
        FieldProblem::MoreThanOpen { credit } => format!("{} davon blieben als Guthaben des Kunden übrig. Kreuzen Sie das Kästchen an, wenn das stimmt.", credit.format(locale)),
        FieldProblem::MoreThanInvoice { rest } => format!(
            "{} davon sind mehr, als bei dieser Rechnung offen ist. Kreuzen Sie das Kästchen an, wenn damit bezahlt werden soll, \
             was sonst fällig ist, und der Rest als Guthaben bleibt.",
            rest.format(locale)
        ),
        FieldProblem::OpenChanged { open } => {
            format!("Inzwischen sind {} offen. Bitte sehen Sie noch einmal hin, bevor Sie entscheiden.", open.format(locale))
        }
        FieldProblem::NotTicked => "Kreuzen Sie das Kästchen an, wenn Sie zustimmen. Ohne das geschieht nichts.".to_owned(),
        FieldProblem::SentBefore => {
            "Dieses Formular wurde schon mit anderem Inhalt gesendet, und das ist erledigt. Wenn hier etwas Neues steht, senden \
             Sie es noch einmal."
                .to_owned()
        }
        FieldProblem::IbanInvalid => {
            "Das ist keine IBAN: Ein Zeichen ist falsch oder fehlt. Vergleichen Sie sie mit einem Kontoauszug.".to_owned()
        }
        FieldProblem::IbanLength { expected } => {
            format!("Eine IBAN dieses Landes hat {expected} Zeichen. Vergleichen Sie sie mit einem Kontoauszug.")
        }
        FieldProblem::IbanNeeded => "Ein Konto in dieser Währung hat eine IBAN. Geben Sie sie ein.".to_owned(),
        FieldProblem::NotBesideIban => "Lassen Sie das leer: Die IBAN sagt es schon.".to_owned(),
        FieldProblem::BicInvalid => "Eine BIC hat 8 oder 11 Buchstaben und Ziffern, wie BYLADEM1001.".to_owned(),
        FieldProblem::TextRefused { places: 1 } => "Eine Stelle muss sich ändern; sie steht unter dem Text.".to_owned(),
        FieldProblem::TextRefused { places } => format!("{places} Stellen müssen sich ändern; sie stehen unter dem Text."),
        FieldProblem::NotBesideLastDate => {
            "Lassen Sie das leer: Der letzte Tag sagt es schon.".to_owned()
        }
        FieldProblem::PlaceholderUnknown => {
            "In geschweiften Klammern werden nur {period}, {month} und {year} ausgefüllt. Schreiben Sie eines davon, oder keine Klammern."
                .to_owned()
        }
        FieldProblem::PlaceholderWithoutPeriod => {
            "Wählen Sie die Tage, um die es jeweils geht, oder lassen Sie weg, was aus ihnen ausgefüllt wird.".to_owned()
        }
        FieldProblem::CredentialsWrong => {
            "E-Mail-Adresse und Passwort passen nicht zusammen. Prüfen Sie beides und versuchen Sie es noch einmal."
                .to_owned()
        }
    }
}

/// What a field is called.
#[cfg(feature = "ssr")]
pub(super) fn label(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or(name) {
        "description" => "Beschreibung",
        "detail" => "Einzelheiten",
        "quantity" => "Menge",
        "unit" => "Einheit",
        "unit_price" => "Einzelpreis",
        "tax_rate" => "Steuer in %",
        "period_from" | "opens" => "Von",
        "period_to" | "closes" | "hold_until" => "Bis",
        "business_name" => "Name des Unternehmens",
        "name" => "Name",
        "email" | "contact_email" => "E-Mail-Adresse",
        "password" => "Passwort",
        "role" => "Rolle",
        "country" => "Land",
        "currency" | "column_currency" => "Währung",
        "code" => "Code",
        "agreed" => "Ihr Einverständnis",
        "consent_source" => "Auf welchem Weg",
        "consent_text" => "Wortlaut",
        "amount_credited" => "Gutgeschriebener Betrag",
        "amount_written_off" => "Ausgebuchter Betrag",
        "consent_date" | "received_on" => "Am",
        "locale" | "contact_locale" => "Sprache und Formate",
        "hold_kind" => "Warum",
        "hold_note" | "contact_note" | "call_note" => "Notiz",
        "contact_channel" => "Wie",
        "contact_at" => "Wann",
        "call_outcome" => "Wie es verlief",
        "call_until" => "Bis, oder der zugesagte Tag",
        "invoices" => "Rechnungen",
        "time_zone" | "contact_zone" => "Zeitzone",
        "customer" => "Kunde",
        "title" => "Worum es geht",
        "net_days" => "Zahlungsziel in Tagen",
        "purchase_order" => "Bestellnummer",
        "project" => "Projekt",
        "lines" => "Positionen",
        "kind" => "Art",
        "address" => "Anschrift",
        "tax_number" => "Steuernummer",
        "contact_name" => "Name der Kontaktperson",
        "phone" | "contact_phone" => "Telefon",
        "sender_name" => "Absendername",
        "reply_to" => "Antwortadresse",
        "bank_holder" => "Kontoinhaber",
        "amount_received" => "Erhaltener Betrag",
        "payment_note" => "Verwendungszweck oder Notiz",
        "more" => "Mehr als offen ist",
        "reason" => "Grund",
        "amount_paid_out" => "Ausgezahlter Betrag",
        "amount_refunded" => "Betrag der Erstattung",
        "cycle" => "Rhythmus",
        "every" => "Alle",
        "month_end" => "Letzter Tag des Monats",
        "first_on" => "Erster Tag",
        "last_on" => "Letzter Tag",
        "count" => "Anzahl der Rechnungen",
        "covers" => "Zeitraum einer Rechnung",
        "small_balance" => "Abschreiben bis zu",
        "file" => "Datei",
        "account" => "Konto",
        "pays" => "Was es ist",
        "column_date" => "Tag",
        "date_order" => "Datumsangaben sind",
        "column_amount" => "Betrag oder Eingang",
        "decimal_sign" => "Cent stehen hinter einem",
        "column_out" => "Ausgang",
        "column_counterparty" => "Von wem oder an wen",
        "column_remittance" => "Wofür",
        "column_reference" => "Referenz der Bank",
        "column_account" => "Eigenes Konto",
        "bank_number" => "IBAN oder Kontonummer",
        "bank_routing" => "Bankleitzahl (Routing Number, Sort Code)",
        "bank_name" => "Bank",
        "bank_bic" => "BIC",
        "stripe_key" => "Stripe-Schlüssel",
        "webhook_secret" => "Signaturgeheimnis für Webhooks",
        "method" | "paid_by" => "Zahlungsart",
        "methods" | "consumer_methods" => "Zahlungsarten",
        "preferred_method" => "Vereinbarte Zahlungsart",
        "receives_invoices" => "Erhält Rechnungen",
        "days" => "Tage",
        "when" => "Davor oder danach",
        "channel" => "Weg",
        "tone" => "Ton",
        "template" | "body" => "Text",
        "minimum_gap_days" => "Tage seit dem letzten Kontakt",
        "steps" => "Schritte",
        "schedule" => "Ablauf",
        "group" => "Gruppe",
        "approval_from" => "Freigabe",
        "zone_unknown" => "Zeitzone unbekannt",
        "open_days" => "Geschäftstage",
        "promise_grace_days" => "Tage Geduld nach einer Zusage",
        "sms_enabled" => "SMS senden",
        "autopay_enabled" => "Automatisch bezahlen",
        "statements_enabled" | "statements" => "Kontoübersichten",
        "statements_day" => "Tag des Monats",
        "sms_monthly_segments" => "SMS in einem Monat",
        "amount" => "Betrag, den Sie jetzt zahlen",
        "share" => "Wie viel",
        "subject" => "Betreff",
        "about" => "Gezeigt mit",
        "confirm" => "Zweite Zahlung",
        _ => "",
    }
}
