//! What happened, what happens next, and why.

use domain::Locale;
use domain::event::{ActorKind, EventKind};
use domain::hold::{HoldEnd, HoldKind};
use domain::message::{Channel, MessageKind, MessageState};
use domain::schedule::{Decision, DoneReason, HoldReason, ParkedReason, StepId, WaitReason};

use super::handling::HANDLING;
use super::shared::{failure, method_name};
use crate::console::EventFacts;
use crate::words::{FollowUpWords, MessageWords, TimelineWords};

pub(super) const FOLLOW_UP: FollowUpWords = FollowUpWords {
    step,
    now: |step| format!("{step}, geht gerade hinaus"),
    later: |step, when| format!("{step}, {when}"),
    held: |reason| match reason {
        HoldReason::PaymentProcessing => "Pausiert: Eine Zahlung ist unterwegs",
        HoldReason::PaymentDisputed => "Pausiert: Eine Zahlung wird bei der Bank angefochten",
        HoldReason::AttemptUnknown => "Pausiert: Es ist unklar, ob eine Zahlung begonnen hat",
        HoldReason::UnderPlan => "Pausiert: Ein Zahlungsplan ist vereinbart",
        HoldReason::Autopay { .. } => "Pausiert: Es wird automatisch abgebucht",
        HoldReason::CheckoutOpen { .. } => "Pausiert: Der Kunde ist gerade beim Bezahlen",
        HoldReason::Parked { .. } => "Pausiert: wartet auf die Freigabe",
        HoldReason::ByWord { kind: HoldKind::Dispute, .. } => "Pausiert: Der Kunde widerspricht",
        HoldReason::ByWord { kind: HoldKind::Promise, .. } => "Pausiert: Der Kunde hat die Zahlung zugesagt",
        HoldReason::ByWord { kind: HoldKind::AlreadyPaid, .. } => "Pausiert: Der Kunde sagt, es sei bezahlt",
        HoldReason::ByWord { kind: HoldKind::Manual, .. } => "Pausiert: von Hand",
        HoldReason::AwaitingApproval { .. } => "Pausiert: Die nächste Erinnerung wartet auf Freigabe",
        HoldReason::NeverOpen => "Pausiert: Es bleibt keine Stunde zum Schreiben",
        HoldReason::NobodyToWriteTo => "Pausiert: Es gibt niemanden, dem man schreiben könnte",
    },
    done: |reason| match reason {
        DoneReason::Paid => "Nichts: ausgeglichen",
        DoneReason::WrittenOff => "Nichts: ausgebucht",
        DoneReason::Void => "Nichts: storniert",
        DoneReason::AllSaid => "Nichts: Alle Schritte sind getan",
    },
    because: |decision| match decision {
        Decision::Send { .. } => "Der Tag ist da, und bei der Kontaktperson ist Geschäftszeit.",
        Decision::Wait { reason, .. } => match reason {
            WaitReason::NotYet => {
                "Das ist der nächste Schritt im Ablauf. Er geht zur Geschäftszeit der Kontaktperson hinaus."
            }
            WaitReason::OutsideHours => {
                "Der Tag ist da; es wartet noch auf die Geschäftszeit bei der Kontaktperson."
            }
            WaitReason::MinimumGap => "Der Tag ist da, aber der Kunde hat erst vor Kurzem von Ihnen gehört.",
            WaitReason::CallCap => "Der Tag ist da, aber die Regeln erlauben noch keinen weiteren Anruf.",
            WaitReason::AfterConversation => {
                "Der Tag ist da, aber jemand hat erst vor Kurzem mit dem Kunden gesprochen."
            }
        },
        Decision::Hold { reason, .. } => match reason {
            HoldReason::PaymentProcessing => {
                "Die Bank braucht ein paar Tage. Klappt es nicht, geht es dort weiter, wo es stand."
            }
            HoldReason::PaymentDisputed => {
                "Der Zahlende hat seine Bank eingeschaltet. Es geht weiter, sobald die Bank entschieden hat."
            }
            HoldReason::AttemptUnknown => {
                "Stripe hat nicht geantwortet. Es wird wieder gefragt, bis es klar ist."
            }
            HoldReason::UnderPlan => {
                "Stattdessen werden die Raten angefordert. Wird der Plan nicht eingehalten, geht es dort weiter, wo es stand."
            }
            HoldReason::Autopay { .. } => {
                "Der Kunde lässt Fälliges abbuchen und erfährt es vorher. Lehnt die Bank ab, geht es weiter, wo es war."
            }
            HoldReason::CheckoutOpen { .. } => "Wer gerade zahlt, wird nicht erinnert.",
            HoldReason::Parked { by: ParkedReason::Import } => {
                "Sie kam aus einem Import. Es geht nichts hinaus, bis jemand die Liste angesehen und freigegeben hat."
            }
            HoldReason::Parked { by: ParkedReason::Restore } => {
                "Die Daten kamen aus einer Sicherung. Es geht nichts hinaus, bis jemand die Liste angesehen und \
                 freigegeben hat."
            }
            HoldReason::ByWord { ends_at: Some(_), .. } => {
                "Wenn dieser Tag vorbei ist, geht es von selbst weiter."
            }
            HoldReason::ByWord { ends_at: None, .. } => "Es geht weiter, sobald jemand die Pause beendet.",
            HoldReason::AwaitingApproval { .. } => {
                "Geben Sie sie unter „Heute“ oder hier frei, dann geht sie in der nächsten offenen Stunde hinaus."
            }
            HoldReason::NeverOpen => {
                "Geschäftszeiten und die Regeln für diesen Kunden treffen sich nie. Ändern Sie die Zeiten."
            }
            HoldReason::NobodyToWriteTo => {
                "Tragen Sie eine Kontaktperson mit E-Mail-Adresse ein, dann geht es weiter."
            }
        },
        Decision::Done { reason } => match reason {
            DoneReason::Paid | DoneReason::WrittenOff | DoneReason::Void => "Es ist nichts offen.",
            DoneReason::AllSaid => "Was folgt, entscheidet ein Mensch.",
        },
    },
};

fn step(id: &str) -> &'static str {
    match id {
        "heads-up" => "Freundlicher Hinweis",
        "friendly" => "Freundliche Erinnerung",
        "help" => "Erinnerung mit Angebot zu helfen",
        "firm" => "Deutliche Erinnerung",
        "call" => "Persönlicher Anruf",
        "final-notice" => "Letzte Mitteilung",
        "hand-off" => "Entscheidung über die Abgabe",
        _ => "Erinnerung",
    }
}

pub(super) const TIMELINE: TimelineWords = TimelineWords {
    title: "Verlauf",
    empty: "Noch ist nichts geschehen.",
    read_message: "Lesen",
    sms_gateway: "Der SMS-Dienst",
    event,
    actor: |kind| match kind {
        ActorKind::Member => "Jemand aus dem Team",
        ActorKind::Customer => "Der Kunde",
        ActorKind::Provider => "Stripe",
        ActorKind::System => "Dunlin",
        ActorKind::Operator => "Der Betreiber",
    },
};

/// One sentence about something that happened, with as much as is known of it.
fn event(kind: EventKind, facts: &EventFacts, locale: Locale) -> String {
    let amount = facts.amount.map(|amount| amount.format(locale));
    let amount = amount.as_deref();
    let to = facts.to.as_deref();
    let method = facts.method.map(method_name);
    let message = || match (facts.message_kind, &facts.step) {
        (Some(MessageKind::Reminder) | None, Some(id)) => step(id.as_str()),
        (Some(kind), _) => message_kind(kind),
        (None, None) => "Nachricht",
    };
    match kind {
        EventKind::BusinessCreated => "Das Unternehmen wurde eingerichtet".to_owned(),
        EventKind::BankAccountSet => "Bankkonto eingetragen".to_owned(),
        EventKind::BankAccountRemoved => "Bankkonto entfernt".to_owned(),
        EventKind::BusinessUpdated => "Einstellungen geändert".to_owned(),
        EventKind::TextWritten => {
            with("Eigener Text geschrieben:", facts.step.as_ref().map(StepId::as_str), "")
        }
        EventKind::TextGivenBack => {
            with("Text auf den mitgelieferten zurückgesetzt:", facts.step.as_ref().map(StepId::as_str), "")
        }
        EventKind::GatewayKeySet => "Stripe-Schlüssel hinterlegt".to_owned(),
        EventKind::WebhookSecretSet => "Webhook-Geheimnis geändert".to_owned(),
        EventKind::MemberInvited => with("Eingeladen:", to, "jemand"),
        EventKind::MemberJoined => "Dazugekommen".to_owned(),
        EventKind::MemberRoleChanged => "Rolle geändert".to_owned(),
        EventKind::MemberDisabled => "Zugang entzogen".to_owned(),
        EventKind::MemberEnabled => "Zugang wieder gegeben".to_owned(),
        EventKind::MemberSignedIn => "Angemeldet".to_owned(),
        EventKind::MemberSignedOut => "Abgemeldet".to_owned(),
        EventKind::CustomerCreated => "Kunde angelegt".to_owned(),
        EventKind::CustomerUpdated => "Kunde geändert".to_owned(),
        EventKind::ContactCreated => with("Kontaktperson angelegt:", to, "jemand"),
        EventKind::ContactUpdated => with("Kontaktperson geändert:", to, "jemand"),
        EventKind::ContactSuppressed => with("Erhält keine E-Mails mehr:", to, "eine Kontaktperson"),
        EventKind::InvoiceDrafted => "Entwurf geschrieben".to_owned(),
        EventKind::InvoiceUpdated => "Entwurf geändert".to_owned(),
        EventKind::InvoiceDiscarded => "Entwurf verworfen".to_owned(),
        EventKind::InvoiceIssued => with("Gestellt", amount.map(|sum| format!("über {sum}")).as_deref(), ""),
        EventKind::InvoiceVoided => "Storniert".to_owned(),
        EventKind::InvoiceWrittenOff => with("Ausgebucht:", amount, "der Rest"),
        EventKind::InvoicePaid => "Vollständig bezahlt".to_owned(),
        EventKind::InvoiceReopened => with("Wieder offen:", amount, "Geld ging zurück"),
        EventKind::RecurringCreated => {
            with("Wiederkehrende Rechnung angelegt", amount.map(|sum| format!("über {sum}")).as_deref(), "")
        }
        EventKind::RecurringUpdated => {
            with("Wiederkehrende Rechnung geändert", amount.map(|sum| format!("über {sum}")).as_deref(), "")
        }
        EventKind::RecurringPaused => "Wiederkehrende Rechnung ausgesetzt".to_owned(),
        EventKind::RecurringResumed => "Wiederkehrende Rechnung geht weiter".to_owned(),
        EventKind::RecurringEnded => "Wiederkehrende Rechnung beendet".to_owned(),
        EventKind::RecurringCaughtUp => {
            "Über ausgefallene Tage einer wiederkehrenden Rechnung entschieden".to_owned()
        }
        EventKind::PlanProposed => with("Zahlungsplan vorgeschlagen über", amount, "den offenen Betrag"),
        EventKind::PlanCountered => {
            with("Andere Raten vorgeschlagen für einen Zahlungsplan über", amount, "den offenen Betrag")
        }
        EventKind::PlanAgreed => with("Zahlungsplan vereinbart über", amount, "den offenen Betrag"),
        EventKind::PlanDeclined => "Zahlungsplan abgelehnt".to_owned(),
        EventKind::PlanWithdrawn => "Vorschlag für einen Zahlungsplan zurückgezogen".to_owned(),
        EventKind::PlanExpired => "Der vorgeschlagene Zahlungsplan blieb unbeantwortet".to_owned(),
        EventKind::PlanMoot => {
            "Der vorgeschlagene Zahlungsplan entfiel: Nichts davon ist mehr offen".to_owned()
        }
        EventKind::LinkMinted => with("Portal-Link erstellt für", to, "die persönliche Übergabe"),
        EventKind::LinkRevoked => "Portal-Link zurückgenommen".to_owned(),
        EventKind::LinkRenewed => "Hat um einen neuen Link gebeten".to_owned(),
        EventKind::PortalProven => "Hat den Code aus E-Mail oder SMS eingegeben".to_owned(),
        EventKind::PortalOpened => "Hat den Portal-Link geöffnet".to_owned(),
        EventKind::MethodAgreed => with("Stimmte zu, zu hinterlegen:", method, "einen Zahlungsweg"),
        EventKind::MethodSaved => with("Hinterlegt:", method, "ein Zahlungsweg"),
        EventKind::MethodEnded => with("Nicht mehr hinterlegt:", method, "ein Zahlungsweg"),
        EventKind::AutopayAgreed => with("Stimmte zu, automatisch abzubuchen:", method, "ein Zahlungsweg"),
        EventKind::AutopayEnded => with("Nicht mehr automatisch abgebucht:", method, "ein Zahlungsweg"),
        EventKind::DebitAnnounced => with("Automatische Abbuchung angekündigt:", amount, "das Fällige"),
        EventKind::DebitPutOff => {
            with("Automatische Abbuchung misslang, sie wird wiederholt:", amount, "das Fällige")
        }
        EventKind::DebitGivenUp => with("Automatische Abbuchung aufgegeben:", amount, "das Fällige"),
        EventKind::DebitCalledOff => with("Automatische Abbuchung entfällt:", amount, "das Angekündigte"),
        EventKind::AttemptCreated => match facts.method {
            Some(method) => {
                format!("Möchte zahlen: {} · {}", amount.unwrap_or_default(), method_name(method))
            }
            None => with("Möchte zahlen:", amount, "einen Betrag"),
        },
        EventKind::AttemptOpened => with("Ist zur Zahlungsseite gegangen:", amount, "eine Zahlung"),
        EventKind::AttemptProcessing => with("Unterwegs:", amount, "eine Zahlung"),
        EventKind::AttemptSucceeded => with("Zahlung erfolgreich:", amount, "der ganze Betrag"),
        EventKind::AttemptFailed => match facts.failure {
            Some(code) => format!("Zahlung nicht erfolgt. {}", failure(code)),
            None => "Zahlung nicht erfolgt".to_owned(),
        },
        EventKind::AttemptExpired => "Hat die Zahlungsseite verlassen, ohne zu zahlen".to_owned(),
        EventKind::AttemptUnknown => "Stripe hat nicht geantwortet; es wird geklärt".to_owned(),
        EventKind::PaymentBooked => with("Eingegangen:", amount, "eine Zahlung"),
        EventKind::PaymentApplied => with("Auf die Rechnung gebucht:", amount, "eine Zahlung"),
        EventKind::PaymentUnapplied => with("Geld ohne Rechnung:", amount, "unbekannt"),
        EventKind::PaymentTakenBack => with("Zurückgenommen: die Zahlung über", amount, "zuvor"),
        EventKind::BankStatementImported => "Bankauszug importiert".to_owned(),
        EventKind::CreditPaidOut => with("An den Kunden ausgezahlt:", amount, "Guthaben"),
        EventKind::CreditNoteIssued => with("Gutschrift über", amount, "einen Teil"),
        EventKind::PaymentRefunded => with("Erstattet:", amount, "eine Zahlung"),
        EventKind::RefundAsked => with("Erstattung veranlasst:", amount, "eine Zahlung"),
        EventKind::RefundRefused => with("Stripe hat die Erstattung abgelehnt:", amount, "eine Zahlung"),
        EventKind::RefundSent => with("Die Erstattung ist unterwegs:", amount, "eine Zahlung"),
        EventKind::RefundArrived => with("Die Erstattung ist durch:", amount, "eine Zahlung"),
        EventKind::RefundFailed => {
            with("Die Erstattung schlug fehl, das Geld ist wieder da:", amount, "eine Zahlung")
        }
        EventKind::PaymentReturned => {
            with("Von der Bank des Zahlenden zurückgenommen:", amount, "eine Zahlung")
        }
        EventKind::PaymentCameBack => with("Wieder da:", amount, "zurückgegangenes Geld"),
        EventKind::DisputeInquired => {
            with("Die Bank des Zahlenden fragt nach einer Zahlung über", amount, "zuvor")
        }
        EventKind::DisputeDropped => "Die Frage der Bank ist erledigt; es floss kein Geld".to_owned(),
        EventKind::DisputeOpened => with("Bei der Bank angefochten:", amount, "eine Zahlung"),
        EventKind::DisputeLost => with("Die Bank entschied für den Zahlenden:", amount, "eine Zahlung"),
        EventKind::DisputeWon => with("Die Bank entschied für Sie:", amount, "eine Zahlung"),
        EventKind::TransferReversed => with("Rückgängig gemacht:", amount, "eine Buchung"),
        EventKind::MessageQueued => with(&format!("{} geplant für", message()), to, "den Versand"),
        EventKind::MessageSent => with(&format!("{} gesendet an", message()), to, "die Kontaktperson"),
        EventKind::MessageFailed => {
            with(&format!("{} vom Mailserver abgelehnt:", message()), to, "die Kontaktperson")
        }
        EventKind::MessageUncertain => {
            with(&format!("{}: unklar, ob angekommen bei", message()), to, "der Kontaktperson")
        }
        EventKind::MessageCancelled => format!("{} nicht gesendet: Es traf nicht mehr zu", message()),
        EventKind::MessageExpired => format!("{} nicht gesendet: Es hatte zu lange gewartet", message()),
        EventKind::TaskRaised => "Wartet auf einen Menschen".to_owned(),
        EventKind::TaskResolved => match facts.call {
            Some(outcome) => format!("Anruf abgeschlossen: {}", (HANDLING.outcome)(outcome)),
            None => "Ein Mensch hat sich gekümmert".to_owned(),
        },
        EventKind::HoldPlaced => {
            let why = facts.hold.map(|kind| (HANDLING.kind)(kind).to_owned());
            let until = facts.until.map(|day| (HANDLING.until)(&locale.date_medium(day)));
            let more: Vec<String> = why.into_iter().chain(until).collect();
            with(
                "Erinnerungen pausiert:",
                Some(more.join(", ").as_str()).filter(|more| !more.is_empty()),
                "–",
            )
        }
        EventKind::HoldEnded => match (facts.hold, facts.hold_end) {
            (Some(HoldKind::Promise), Some(HoldEnd::Over)) => {
                "Der zugesagte Tag ist vorbei. Die Erinnerungen gehen weiter".to_owned()
            }
            (_, Some(HoldEnd::Settled)) => "Pause beendet: Es ist erledigt".to_owned(),
            _ => "Erinnerungen gehen weiter".to_owned(),
        },
        EventKind::StepApproved => format!("{} freigegeben", message()),
        EventKind::ContactMade => match facts.channel {
            Some(channel) => (HANDLING.made)(channel, facts.spoke).to_owned(),
            None => "Persönlich gesprochen oder geschrieben".to_owned(),
        },
        EventKind::ReceivableParked => "Zurückgehalten, bis jemand nachgesehen hat".to_owned(),
        EventKind::ReceivableReleased => "Für Erinnerungen freigegeben".to_owned(),
        EventKind::ScheduleSaved => "Ablauf gespeichert".to_owned(),
        EventKind::FollowUpChanged => "Einstellungen für Erinnerungen geändert".to_owned(),
        EventKind::TemplateSaved => "Text geändert".to_owned(),
        EventKind::ConsentGiven => with("Mit SMS einverstanden:", to, "eine Kontaktperson"),
        EventKind::ContactOptedOut => match facts.channel {
            Some(Channel::Sms) => with("Möchte keine SMS mehr:", to, "eine Kontaktperson"),
            _ => with("Möchte keine E-Mails zu Rechnungen mehr:", to, "eine Kontaktperson"),
        },
        EventKind::ContactOptedIn => with("Möchte wieder E-Mails zu Rechnungen:", to, "eine Kontaktperson"),
        EventKind::AnswerReceived => with("Hat geantwortet:", to, "der Kunde"),
        EventKind::MessageDelivered => {
            with(&format!("{} angekommen bei", message()), to, "der Kontaktperson")
        }
        EventKind::DemoAdvanced => "Die Zeit der Vorführung ging weiter".to_owned(),
    }
}

/// A phrase with what is known, or with what is said instead.
fn with(phrase: &str, known: Option<&str>, otherwise: &str) -> String {
    format!("{phrase} {}", known.unwrap_or(otherwise)).trim_end().to_owned()
}

fn message_kind(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Reminder => "Erinnerung",
        MessageKind::Receipt => "Zahlungsbestätigung",
        MessageKind::Statement => "Kontoübersicht",
        MessageKind::CreditNote => "Gutschrift",
        MessageKind::Refund => "Erstattung",
        MessageKind::Returned => "Zurückgekommene Zahlung",
        MessageKind::Corrected => "Berichtigung einer Quittung",
        MessageKind::AutopayNotice => "Ankündigung einer automatischen Abbuchung",
        MessageKind::AutopayFailed => "Automatische Abbuchung misslungen",
        MessageKind::AutopayConfirm => "Bestätigung bei der Bank nötig",
        MessageKind::AutopayEnded => "Automatisches Bezahlen beendet",
        MessageKind::FreshLink => "Neuer Link",
        MessageKind::Test => "Testnachricht",
        MessageKind::Code => "Code zum Eingeben",
        MessageKind::Invitation => "Einladung",
        MessageKind::TextsEnded => "Keine SMS mehr",
    }
}

pub(super) const MESSAGE: MessageWords = MessageWords {
    what: "Was",
    from: "Von",
    to: "An",
    decided_at: "Geplant",
    sent_at: "Gesendet",
    when: "Wann",
    about: "Zu",
    evidence: "Antwort",
    why_not: "Warum nicht",
    sent_at_once: "Jemand ließ sie vor ihrem Tag senden.",
    said: |step, days| match days {
        ..-1 => format!("{step}, {} Tage vor der Fälligkeit", -days),
        -1 => format!("{step}, am Tag vor der Fälligkeit"),
        0 => format!("{step}, am Tag der Fälligkeit"),
        1 => format!("{step}, am Tag nach der Fälligkeit"),
        _ => format!("{step}, {days} Tage nach der Fälligkeit"),
    },
    left_out: |reason| format!("Weggelassen: {reason}"),
    arrived_at: "Angekommen",
    open_to_print: "Brief zum Drucken öffnen",
    as_text: "Als Text",
    as_html: "So sieht es der Empfänger",
    not_written_yet: "Sie wird in dem Augenblick geschrieben, in dem sie hinausgeht, aus dem, was dann gilt.",
    waited_too_long: "Zu lange gewartet",
    kind: message_kind,
    state: |state| match state {
        MessageState::Queued => "Geplant",
        MessageState::Claimed => "Wird gleich gesendet",
        MessageState::HandingOver => "Wird gesendet",
        MessageState::Sent => "Gesendet",
        MessageState::Failed => "Abgelehnt",
        MessageState::Uncertain => "Unklar",
        MessageState::Cancelled | MessageState::Expired => "Nicht gesendet",
    },
    state_meaning: |state| match state {
        MessageState::Failed => Some(
            "Der andere Mailserver hat sie endgültig abgelehnt. Sie gilt als gesagt; suchen Sie die richtige Adresse, \
             statt noch einmal zu senden.",
        ),
        MessageState::Uncertain => Some(
            "Die Verbindung brach bei der Übergabe ab. Vielleicht ist sie angekommen, vielleicht nicht, darum wird sie \
             nie von selbst noch einmal gesendet. Fragen Sie beim Empfänger nach.",
        ),
        MessageState::Cancelled => {
            Some("Als sie hinausgehen sollte, traf sie nicht mehr zu: bezahlt, pausiert oder zurückgenommen.")
        }
        MessageState::Expired => {
            Some("Sie hat zu lange gewartet, und ein späterer Schritt kam an ihre Stelle.")
        }
        MessageState::Queued | MessageState::Claimed | MessageState::HandingOver | MessageState::Sent => None,
    },
};
