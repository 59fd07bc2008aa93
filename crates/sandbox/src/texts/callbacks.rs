//! The gateway's callbacks: what became of a text, and what a phone answers. Signed as Twilio signs.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use super::{Callback, Text};
use crate::controls::ControlError;
use crate::world::World;

/// How long a callback may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The `X-Twilio-Signature` of a form posted to an address.
// Twilio: base64 of HMAC-SHA1 over the whole URL and then every parameter, name and value, sorted by name (security)
pub fn text_signature(token: &str, url: &str, fields: &BTreeMap<String, String>) -> String {
    // HMAC takes keys of every length, so that this branch never runs.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else { return String::new() };
    mac.update(url.as_bytes());
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

/// Posts what waits, again and again, until the sandbox shuts down.
pub(crate) async fn run(world: &World) {
    loop {
        if !world.look(|state| state.switches.hold) {
            deliver_now(world).await;
        }
        // At least once a second, because nobody rings when a switch is turned back.
        let _ = tokio::time::timeout(Duration::from_secs(1), world.text_waits.notified()).await;
    }
}

/// Posts every callback that waits, in order, and answers how many were taken with 2xx. One that fails is not tried
/// again: that is all Twilio promises.
pub(crate) async fn deliver_now(world: &World) -> usize {
    let mut taken = 0;
    loop {
        let next = world.tend(|state| {
            let callback = state.texts.callbacks.pop_front()?;
            let secret = state.texts.accounts.get(&callback.account)?.token.clone();
            let (sid, status) = (callback.fields.get("MessageSid"), callback.fields.get("MessageStatus"));
            if let (Some(sid), Some(status)) = (sid, status)
                && let Some(text) = state.texts.all.iter_mut().find(|text| text.sid == *sid)
            {
                text.status.clone_from(status);
            }
            Some((callback, secret))
        });
        let Some((callback, secret)) = next else { return taken };
        let signature = text_signature(&secret, &callback.url, &callback.fields);
        let sent = world
            .http
            .post(&callback.url)
            .timeout(ANSWER_TIMEOUT)
            .header("user-agent", "TwilioProxy/1.1")
            .header("x-twilio-signature", signature)
            .form(&callback.fields)
            .send()
            .await;
        let said =
            sent.map_or_else(|_| "was not answered".to_owned(), |response| response.status().to_string());
        taken += usize::from(said.starts_with('2'));
        tracing::info!(url = %callback.url, answer = %said, "text callback");
    }
}

/// Answers as whoever has this number would: to the number that texted it last.
pub(crate) fn answer(world: &World, number: &str, body: &str) -> Result<Text, ControlError> {
    let text = world.change(|state, now| {
        let refuse = |why: &str| Err(ControlError::Refused(why.to_owned()));
        let Some(last) = state.texts.with(number).into_iter().rev().find(|text| !text.incoming).cloned()
        else {
            return Err(ControlError::NoSuch { kind: "number that was texted", id: number.to_owned() });
        };
        let url = state.texts.accounts.get(&last.account).and_then(|account| account.incoming_url.clone());
        let Some(url) = url else { return refuse("Nobody has said yet where answers go.") };
        let text = Text {
            sid: format!("SM{}", state.entropy.letters(32).to_ascii_lowercase()),
            account: last.account,
            from: last.to,
            to: last.from,
            body: body.to_owned(),
            incoming: true,
            status: "received".to_owned(),
            business_seconds: now,
        };
        let fields = [
            ("MessageSid", &text.sid[..]),
            ("SmsSid", &text.sid),
            ("AccountSid", &text.account),
            ("From", &text.from),
            ("To", &text.to),
            ("Body", &text.body),
            ("NumMedia", "0"),
            ("ApiVersion", "2010-04-01"),
        ];
        state.texts.callbacks.push_back(Callback {
            account: text.account.clone(),
            url,
            fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        });
        state.texts.all.push(text.clone());
        Ok(text)
    })?;
    world.text_waits.notify_one();
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::text_signature;

    #[test]
    fn a_signature_is_what_twilio_documents() {
        // The example of Twilio's own libraries.
        let fields = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ];
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let signature = text_signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &fields);
        assert_eq!(signature, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }
}
