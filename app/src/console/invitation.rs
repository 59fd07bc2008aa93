//! Accepting an invitation. Fields: `name`, `password`. The address carries the invitation.

use domain::role::Role;
use leptos::prelude::*;

use super::door;
use crate::form::{Drawing, Field, Form};
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationPage {
    /// The invitation's token, as it stands in the address.
    pub token: String,
    /// Who invites.
    pub business: String,
    /// Whom: the address they will sign in with.
    pub email: String,
    /// As what.
    pub role: Role,
    /// What was typed.
    pub form: Form,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &InvitationPage) -> String {
    let words = frame.words();
    let drawing = Drawing { form: &view.form, words, locale: frame.locale };
    let title = (words.invitation.title)(&view.business);
    door(frame, &title, !view.form.errors().is_empty(), || {
        let (role, meaning) = ((words.role_name)(view.role), (words.role_meaning)(view.role));
        view! {
            {drawing.summary()}
            <div class="stack tight"><h1>{title.clone()}</h1><p class="soft">{(words.invitation.body)(role, meaning)}</p></div>
            <form class="stack" method="post" action=format!("/invitation/{}", view.token) novalidate>
                <p class="stack tight">
                    <span class="label">{(words.field_label)("email")}</span>
                    <span>{view.email.clone()}</span>
                </p>
                // The address goes along for the password manager, which looks for one beside the password.
                <input type="hidden" name="email" value=view.email.clone() autocomplete="username" />
                {Field::text("name").label(words.setup.your_name).autocomplete("name").required().focus().draw(drawing)}
                {Field::password("password", "new-password").hint(words.setup.password_hint).required().draw(drawing)}
                <button class="button primary large">{words.invitation.button}</button>
            </form>
        }
    })
}
