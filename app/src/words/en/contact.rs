//! How a contact is reached, as the business sees it and as they see it themselves.

use domain::sms::ConsentSource;

use crate::words::{CodeWords, ContactWords, WayOutWords};

pub(super) const CONTACT: ContactWords = ContactWords {
    intro: "How this contact may be reached about invoices. Whatever is changed here is on the timeline.",
    mail: "E-mail",
    texts: "Text messages",
    allowed: "Allowed",
    ended: "Ended",
    suppressed: "Does not arrive",
    not_agreed: "Not agreed",
    no_email: "There is no e-mail address. Add one to the contact.",
    mail_ended: "They want no e-mail about invoices. A letter or a call takes its place.",
    mail_suppressed: "The mail server said that there is no such address. Change the address to write again.",
    end_mail: "They want no more e-mail",
    end_mail_hint: "A letter or a call takes its place.",
    resume_mail: "They want e-mail again",
    no_phone: "There is no number. Add one to the contact.",
    texts_ended: "They want no text messages.",
    texts_suppressed: "The network said that this number takes no text messages.",
    not_agreed_body: "Text messages need their agreement. Until it is on record, e-mail takes their place.",
    no_gateway: "This installation has no SMS gateway yet, so nothing is sent as a text message.",
    end_texts: "They want no more text messages",
    agreed_at: "Agreed",
    agreed_how: "How",
    record_consent: "They agreed to text messages",
    consent_hint: "Keep it as you would show it to somebody who asks: when, how, and in which words.",
    consent_text_hint: "The sentence they agreed to, or what they said.",
    save_consent: "Keep this agreement",
    source: |source| match source {
        ConsentSource::Contract => "In a contract or order",
        ConsentSource::WebForm => "In a form on the web",
        ConsentSource::Writing => "By e-mail or letter",
        ConsentSource::Phone => "On the phone",
        ConsentSource::InPerson => "In person",
        ConsentSource::TextMessage => "By a text message of their own",
    },
};

pub(super) const WAY_OUT: WayOutWords = WayOutWords {
    title: "How we contact you",
    mail: "E-mail",
    texts: "Text messages",
    end_mail: "No more e-mail about invoices",
    resume_mail: "E-mail me again",
    end_texts: "No more text messages",
    changed: "Changed",
    changed_body: "It counts from now on.",
    invoices_stay: "Your invoices stay as they are, and their links go on working.",
    mailed: |address| format!("We write to {address} about invoices that are open."),
    not_mailed: |address| format!("We no longer write to {address} about open invoices."),
    instead: |business| format!("Without e-mail, {business} sends a letter or calls."),
    texted: |number| format!("We text {number} about invoices that are open."),
};

pub(super) const CODE: CodeWords = CodeWords {
    title: "Enter the code",
    hint: "Six digits. You can paste them.",
    go_on: "Go on",
    nothing_came: "Nothing came?",
    nothing_came_body: "It can take a minute. Look into the spam folder too. Only the newest code counts.",
    again: "Send it again",
    by_mail: "Send it by e-mail instead",
    by_text: "Send it as a text message instead",
    nobody_subject: "We need another contact for our invoices",
    sent: |masked, minutes| {
        format!(
            "We sent a code to {masked}. It is good for {minutes} minutes. What you were doing goes on after it."
        )
    },
    wait: |seconds| match seconds {
        1 => "Another code can be sent in a second.".to_owned(),
        seconds => format!("Another code can be sent in {seconds} seconds."),
    },
    nobody: |business| {
        format!(
            "For this we send a code to the contact on file, and there is none that can get one. {business} can help."
        )
    },
};
