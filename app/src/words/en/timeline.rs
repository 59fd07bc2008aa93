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
    now: |step| format!("{step}, going out now"),
    later: |step, when| format!("{step}, {when}"),
    held: |reason| match reason {
        HoldReason::PaymentProcessing => "On hold: a payment is on its way",
        HoldReason::PaymentDisputed => "On hold: a payment is contested",
        HoldReason::AttemptUnknown => "On hold: it is not known whether a payment began",
        HoldReason::UnderPlan => "On hold: a payment plan was agreed",
        HoldReason::Autopay { .. } => "On hold: it will be charged automatically",
        HoldReason::CheckoutOpen { .. } => "On hold: the customer is at the checkout",
        HoldReason::Parked { .. } => "On hold: waits to be released",
        HoldReason::ByWord { kind: HoldKind::Dispute, .. } => "On hold: the customer disputes it",
        HoldReason::ByWord { kind: HoldKind::Promise, .. } => "On hold: the customer promised to pay",
        HoldReason::ByWord { kind: HoldKind::AlreadyPaid, .. } => "On hold: the customer says it is paid",
        HoldReason::ByWord { kind: HoldKind::Manual, .. } => "On hold: a person wants it so",
        HoldReason::AwaitingApproval { .. } => "On hold: the next reminder waits for approval",
        HoldReason::NeverOpen => "On hold: no hour is left to write in",
        HoldReason::NobodyToWriteTo => "On hold: nobody to write to",
    },
    done: |reason| match reason {
        DoneReason::Paid => "Nothing: settled",
        DoneReason::WrittenOff => "Nothing: written off",
        DoneReason::Void => "Nothing: void",
        DoneReason::AllSaid => "Nothing: every step was said",
    },
    because: |decision| match decision {
        Decision::Send { .. } => "Its day has come, and it is business hours where the contact is.",
        Decision::Wait { reason, .. } => match reason {
            WaitReason::NotYet => "That is the next step of the schedule, in the contact's business hours.",
            WaitReason::OutsideHours => "Its day has come; it waits for business hours where the contact is.",
            WaitReason::MinimumGap => "Its day has come, but the customer heard from you a short while ago.",
            WaitReason::CallCap => "Its day has come, but the rules allow no further call yet.",
            WaitReason::AfterConversation => {
                "Its day has come, but somebody spoke with the customer a short while ago."
            }
        },
        Decision::Hold { reason, .. } => match reason {
            HoldReason::PaymentProcessing => {
                "The bank takes some days. If it fails, the follow-up goes on where it was."
            }
            HoldReason::PaymentDisputed => {
                "The payer asked their bank about it. It goes on when the bank has decided."
            }
            HoldReason::AttemptUnknown => "Stripe did not answer. It is asked again until it is clear.",
            HoldReason::UnderPlan => {
                "The instalments are asked for instead. If the plan is not kept, the follow-up goes on where it was."
            }
            HoldReason::Autopay { .. } => {
                "The customer has what is due charged, and is told before. If the bank declines, the follow-up goes on where it was."
            }
            HoldReason::CheckoutOpen { .. } => "Nobody is reminded while paying.",
            HoldReason::Parked { by: ParkedReason::Import } => {
                "It came by import. Nothing is sent until a member has looked at the list and released it."
            }
            HoldReason::Parked { by: ParkedReason::Restore } => {
                "The data came from a backup. Nothing is sent until a member has looked at the list and released it."
            }
            HoldReason::ByWord { ends_at: Some(_), .. } => "It goes on by itself when that day has passed.",
            HoldReason::ByWord { ends_at: None, .. } => "It goes on when somebody ends the hold.",
            HoldReason::AwaitingApproval { .. } => {
                "Approve it on Today or here, and it goes out in the next open hour."
            }
            HoldReason::NeverOpen => {
                "Business hours and the rules for this customer do not meet. Change the hours."
            }
            HoldReason::NobodyToWriteTo => "Add a contact with an e-mail address, and the follow-up goes on.",
        },
        Decision::Done { reason } => match reason {
            DoneReason::Paid | DoneReason::WrittenOff | DoneReason::Void => "Nothing is open.",
            DoneReason::AllSaid => "What follows is a person's decision.",
        },
    },
};

fn step(id: &str) -> &'static str {
    match id {
        "heads-up" => "Friendly heads-up",
        "friendly" => "Friendly reminder",
        "help" => "Reminder with an offer of help",
        "firm" => "Firm reminder",
        "call" => "Call by a person",
        "final-notice" => "Final notice",
        "hand-off" => "Decision on handing it off",
        _ => "Reminder",
    }
}

pub(super) const TIMELINE: TimelineWords = TimelineWords {
    title: "Timeline",
    empty: "Nothing has happened yet.",
    read_message: "Read it",
    sms_gateway: "The SMS gateway",
    event,
    actor: |kind| match kind {
        ActorKind::Member => "A member",
        ActorKind::Customer => "The customer",
        ActorKind::Provider => "Stripe",
        ActorKind::System => "Dunlin",
        ActorKind::Operator => "The operator",
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
        (None, None) => "Message",
    };
    match kind {
        EventKind::BusinessCreated => "The business was set up".to_owned(),
        EventKind::BankAccountSet => "Bank account entered".to_owned(),
        EventKind::BankAccountRemoved => "Bank account removed".to_owned(),
        EventKind::BusinessUpdated => "Settings changed".to_owned(),
        EventKind::TextWritten => with("Own text written:", facts.step.as_ref().map(StepId::as_str), ""),
        EventKind::TextGivenBack => {
            with("Text given back to what is built in:", facts.step.as_ref().map(StepId::as_str), "")
        }
        EventKind::GatewayKeySet => "Stripe key set".to_owned(),
        EventKind::WebhookSecretSet => "Webhook secret changed".to_owned(),
        EventKind::MemberInvited => with("Invited", to, "a member"),
        EventKind::MemberJoined => "Joined".to_owned(),
        EventKind::MemberRoleChanged => "Role changed".to_owned(),
        EventKind::MemberDisabled => "Access taken away".to_owned(),
        EventKind::MemberEnabled => "Access given again".to_owned(),
        EventKind::MemberSignedIn => "Signed in".to_owned(),
        EventKind::MemberSignedOut => "Signed out".to_owned(),
        EventKind::CustomerCreated => "Customer added".to_owned(),
        EventKind::CustomerUpdated => "Customer changed".to_owned(),
        EventKind::ContactCreated => with("Contact added:", to, "a person"),
        EventKind::ContactUpdated => with("Contact changed:", to, "a person"),
        EventKind::ContactSuppressed => with("Takes no more mail:", to, "a contact"),
        EventKind::InvoiceDrafted => "Draft written".to_owned(),
        EventKind::InvoiceUpdated => "Draft changed".to_owned(),
        EventKind::InvoiceDiscarded => "Draft discarded".to_owned(),
        EventKind::InvoiceIssued => with("Issued", amount.map(|sum| format!("over {sum}")).as_deref(), ""),
        EventKind::InvoiceVoided => "Voided".to_owned(),
        EventKind::InvoiceWrittenOff => with("Written off:", amount, "what was left"),
        EventKind::InvoicePaid => "Paid in full".to_owned(),
        EventKind::InvoiceReopened => with("Open again:", amount, "money went back"),
        EventKind::RecurringCreated => {
            with("Recurring invoice set up", amount.map(|sum| format!("over {sum}")).as_deref(), "")
        }
        EventKind::RecurringUpdated => {
            with("Recurring invoice changed", amount.map(|sum| format!("over {sum}")).as_deref(), "")
        }
        EventKind::RecurringPaused => "Recurring invoice paused".to_owned(),
        EventKind::RecurringResumed => "Recurring invoice goes on".to_owned(),
        EventKind::RecurringEnded => "Recurring invoice ended".to_owned(),
        EventKind::RecurringCaughtUp => "Missed dates of a recurring invoice decided".to_owned(),
        EventKind::PlanProposed => with("Proposed a payment plan over", amount, "the open amount"),
        EventKind::PlanCountered => {
            with("Offered other terms for a payment plan over", amount, "the open amount")
        }
        EventKind::PlanAgreed => with("Payment plan agreed over", amount, "the open amount"),
        EventKind::PlanDeclined => "Declined the payment plan".to_owned(),
        EventKind::PlanWithdrawn => "Took the proposed payment plan back".to_owned(),
        EventKind::PlanExpired => "Nobody answered the proposed payment plan in time".to_owned(),
        EventKind::PlanMoot => "The proposed payment plan was dropped: nothing of it is open".to_owned(),
        EventKind::LinkMinted => with("Portal link made for", to, "handing over"),
        EventKind::LinkRevoked => "Portal link revoked".to_owned(),
        EventKind::LinkRenewed => "Asked for a fresh link".to_owned(),
        EventKind::PortalProven => "Entered the code from their mail or text message".to_owned(),
        EventKind::PortalOpened => "Opened the portal link".to_owned(),
        EventKind::MethodAgreed => with("Agreed to keep for later:", method, "a way to pay"),
        EventKind::MethodSaved => with("Kept for later:", method, "a way to pay"),
        EventKind::MethodEnded => with("Kept no longer:", method, "a way to pay"),
        EventKind::AutopayAgreed => with("Agreed to be charged automatically:", method, "a way to pay"),
        EventKind::AutopayEnded => with("No longer charged automatically:", method, "a way to pay"),
        EventKind::DebitAnnounced => with("Automatic charge announced:", amount, "what is due"),
        EventKind::DebitPutOff => with("Automatic charge failed, to be tried again:", amount, "what is due"),
        EventKind::DebitGivenUp => with("Automatic charge given up:", amount, "what is due"),
        EventKind::DebitCalledOff => with("Automatic charge called off:", amount, "what was announced"),
        EventKind::AttemptCreated => match facts.method {
            Some(method) => format!("Chose to pay {} by {}", amount.unwrap_or_default(), method_name(method)),
            None => with("Chose to pay", amount, ""),
        },
        EventKind::AttemptOpened => with("Went to the checkout for", amount, "a payment"),
        EventKind::AttemptProcessing => with("On its way:", amount, "a payment"),
        EventKind::AttemptSucceeded => with("Payment succeeded:", amount, "in full"),
        EventKind::AttemptFailed => match facts.failure {
            Some(code) => format!("Payment failed. {}", failure(code)),
            None => "Payment failed".to_owned(),
        },
        EventKind::AttemptExpired => "Left the checkout without paying".to_owned(),
        EventKind::AttemptUnknown => "Stripe did not answer; finding out".to_owned(),
        EventKind::PaymentBooked => with("Received", amount, "a payment"),
        EventKind::PaymentApplied => with("Applied to the invoice:", amount, "a payment"),
        EventKind::PaymentUnapplied => with("Money without an invoice:", amount, "unknown"),
        EventKind::PaymentTakenBack => with("Taken back: the payment of", amount, "before"),
        EventKind::BankStatementImported => "Bank statement imported".to_owned(),
        EventKind::CreditPaidOut => with("Paid out to the customer:", amount, "credit"),
        EventKind::CreditNoteIssued => with("Credit note over", amount, "a part"),
        EventKind::PaymentRefunded => with("Refunded", amount, "a payment"),
        EventKind::RefundAsked => with("Refund asked for:", amount, "a payment"),
        EventKind::RefundRefused => with("Stripe refused the refund of", amount, "a payment"),
        EventKind::RefundSent => with("The refund is on its way:", amount, "a payment"),
        EventKind::RefundArrived => with("The refund went through:", amount, "a payment"),
        EventKind::RefundFailed => with("The refund failed, the money is here again:", amount, "a payment"),
        EventKind::PaymentReturned => with("Taken back by the payer's bank:", amount, "a payment"),
        EventKind::PaymentCameBack => with("Here again:", amount, "money that had gone back"),
        EventKind::DisputeInquired => with("The payer's bank asks about a payment of", amount, "before"),
        EventKind::DisputeDropped => "The bank's question is settled; no money moved".to_owned(),
        EventKind::DisputeOpened => with("Contested at the bank:", amount, "a payment"),
        EventKind::DisputeLost => with("The bank decided for the payer:", amount, "a payment"),
        EventKind::DisputeWon => with("The bank decided for you:", amount, "a payment"),
        EventKind::TransferReversed => with("Undone:", amount, "a booking"),
        EventKind::MessageQueued => with(&format!("{} planned for", message()), to, "sending"),
        EventKind::MessageSent => with(&format!("{} sent to", message()), to, "the contact"),
        EventKind::MessageFailed => {
            with(&format!("{} refused by the mail server of", message()), to, "the contact")
        }
        EventKind::MessageUncertain => {
            with(&format!("{}: not known whether it reached", message()), to, "the contact")
        }
        EventKind::MessageCancelled => format!("{} not sent: it no longer applied", message()),
        EventKind::MessageExpired => format!("{} not sent: it had waited too long", message()),
        EventKind::TaskRaised => "Needs a person".to_owned(),
        EventKind::TaskResolved => match facts.call {
            Some(outcome) => format!("Call finished: {}", (HANDLING.outcome)(outcome)),
            None => "A person dealt with it".to_owned(),
        },
        EventKind::HoldPlaced => {
            let why = facts.hold.map(|kind| (HANDLING.kind)(kind).to_owned());
            let until = facts.until.map(|day| (HANDLING.until)(&locale.date_medium(day)));
            let more: Vec<String> = why.into_iter().chain(until).collect();
            with("Follow-up held:", Some(more.join(", ").as_str()).filter(|more| !more.is_empty()), "–")
        }
        EventKind::HoldEnded => match (facts.hold, facts.hold_end) {
            (Some(HoldKind::Promise), Some(HoldEnd::Over)) => {
                "The promised day passed. The follow-up goes on".to_owned()
            }
            (_, Some(HoldEnd::Settled)) => "Hold ended: it is settled".to_owned(),
            _ => "Follow-up goes on".to_owned(),
        },
        EventKind::StepApproved => format!("{} approved", message()),
        EventKind::ContactMade => match facts.channel {
            Some(channel) => (HANDLING.made)(channel, facts.spoke).to_owned(),
            None => "Contacted by a person".to_owned(),
        },
        EventKind::ReceivableParked => "Kept back until somebody has looked".to_owned(),
        EventKind::ReceivableReleased => "Released for follow-up".to_owned(),
        EventKind::ScheduleSaved => "Schedule saved".to_owned(),
        EventKind::FollowUpChanged => "Follow-up settings changed".to_owned(),
        EventKind::TemplateSaved => "Text changed".to_owned(),
        EventKind::ConsentGiven => with("Agreed to text messages:", to, "a contact"),
        EventKind::ContactOptedOut => match facts.channel {
            Some(Channel::Sms) => with("Wants no more text messages:", to, "a contact"),
            _ => with("Wants no more e-mail about invoices:", to, "a contact"),
        },
        EventKind::ContactOptedIn => with("Takes e-mail about invoices again:", to, "a contact"),
        EventKind::AnswerReceived => with("Answered:", to, "the customer"),
        EventKind::MessageDelivered => with(&format!("{} arrived at", message()), to, "the contact"),
        EventKind::DemoAdvanced => "Demo time moved on".to_owned(),
    }
}

/// A phrase with what is known, or with what is said instead.
fn with(phrase: &str, known: Option<&str>, otherwise: &str) -> String {
    format!("{phrase} {}", known.unwrap_or(otherwise)).trim_end().to_owned()
}

fn message_kind(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Reminder => "Reminder",
        MessageKind::Receipt => "Receipt",
        MessageKind::Statement => "Statement",
        MessageKind::CreditNote => "Credit note",
        MessageKind::Refund => "Refund notice",
        MessageKind::Returned => "Returned payment",
        MessageKind::Corrected => "Corrected receipt",
        MessageKind::AutopayNotice => "Notice of an automatic charge",
        MessageKind::AutopayFailed => "Automatic charge failed",
        MessageKind::AutopayConfirm => "Confirmation with the bank needed",
        MessageKind::AutopayEnded => "Automatic payment ended",
        MessageKind::FreshLink => "Fresh link",
        MessageKind::Test => "Test message",
        MessageKind::Code => "Code to enter",
        MessageKind::Invitation => "Invitation",
        MessageKind::TextsEnded => "No more texts",
    }
}

pub(super) const MESSAGE: MessageWords = MessageWords {
    what: "What",
    from: "From",
    to: "To",
    decided_at: "Planned",
    sent_at: "Sent",
    when: "When",
    about: "About",
    evidence: "Answer",
    why_not: "Why not",
    sent_at_once: "Somebody had it sent before its day.",
    said: |step, days| match days {
        ..-1 => format!("{step}, {} days before the due date", -days),
        -1 => format!("{step}, the day before the due date"),
        0 => format!("{step}, on the due date"),
        1 => format!("{step}, the day after the due date"),
        _ => format!("{step}, {days} days after the due date"),
    },
    left_out: |reason| format!("Left out: {reason}"),
    arrived_at: "Arrived",
    open_to_print: "Open the letter to print it",
    as_text: "As text",
    as_html: "As the recipient sees it",
    not_written_yet: "It is written in the moment it is handed over, from what is true then.",
    waited_too_long: "Waited too long",
    kind: message_kind,
    state: |state| match state {
        MessageState::Queued => "Planned",
        MessageState::Claimed => "About to be sent",
        MessageState::HandingOver => "Being sent",
        MessageState::Sent => "Sent",
        MessageState::Failed => "Refused",
        MessageState::Uncertain => "Uncertain",
        MessageState::Cancelled | MessageState::Expired => "Not sent",
    },
    state_meaning: |state| match state {
        MessageState::Failed => Some(
            "The other mail server refused it for good. It counts as said; find the right address instead of sending again.",
        ),
        MessageState::Uncertain => Some(
            "The connection broke while it was handed over. It may or may not have arrived, so it is never sent again \
             by itself. Ask the recipient.",
        ),
        MessageState::Cancelled => {
            Some("When it was to leave, it no longer applied: it was paid, held or taken back.")
        }
        MessageState::Expired => Some("It waited too long, and a later step took its place."),
        MessageState::Queued | MessageState::Claimed | MessageState::HandingOver | MessageState::Sent => None,
    },
};
