//! Attacks on the evidence of texts, and on the consent to them.

use super::{Attacks, CLAIMED, HANDING_OVER, MESSAGE, SENT};

const NAMED: &str = "UPDATE message SET provider_ref = 'SM1' WHERE id = {61}";
const ARRIVED: &str = "UPDATE message SET delivered_at = {now} WHERE id = {61}";
const REPORT: &str =
    "INSERT INTO delivery_report (message_id, business_id, status, provider_ref, received_at)
    VALUES ({61}, {1}, 'delivered', 'SM1', {now})";
const CONSENT: &str =
    "UPDATE contact SET phone = '+441632960001', sms_consent_at = {now}, sms_consent_source = 'phone',
    sms_consent_text = 'yes' WHERE id = {21}";

pub const DELIVERY: Attacks = &[
    (
        "message_evidence_frozen",
        &[
            MESSAGE,
            CLAIMED,
            HANDING_OVER,
            SENT,
            NAMED,
            "UPDATE message SET provider_ref = 'SM2' WHERE id = {61}",
        ],
    ),
    (
        "message_evidence_frozen",
        &[
            MESSAGE,
            CLAIMED,
            HANDING_OVER,
            SENT,
            ARRIVED,
            "UPDATE message SET delivered_at = {later} WHERE id = {61}",
        ],
    ),
    ("message_delivered", &[MESSAGE, ARRIVED]),
    ("delivery_report_append_only", &[MESSAGE, REPORT, "UPDATE delivery_report SET status = 'failed'"]),
    ("delivery_report_append_only", &[MESSAGE, REPORT, "DELETE FROM delivery_report"]),
    ("delivery_report_pkey", &[MESSAGE, REPORT, REPORT]),
    // Consent was given for one number and is not carried to another.
    ("contact_consent_of_number", &[CONSENT, "UPDATE contact SET phone = '+441632960002' WHERE id = {21}"]),
];

pub const LAWFUL: &[&[&str]] = &[
    &[MESSAGE, CLAIMED, HANDING_OVER, SENT, NAMED, ARRIVED, REPORT],
    &[
        CONSENT,
        "UPDATE contact SET phone = '+441632960002', sms_consent_at = NULL, sms_consent_source = NULL,
            sms_consent_text = NULL WHERE id = {21}",
    ],
];
