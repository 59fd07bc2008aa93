//! How one customer is followed up: their group, their own schedule, whose approval is needed, and whether anybody knows
//! where they are.
//!
//! Fields: `group`, `schedule`, `approval_from`, `zone_unknown`, `statements`, `version`; and `do`: `preview`, then from the page of what
//! would change `save` or `edit`.

use domain::statement::sending::StatementTerm;
use domain::{CustomerId, GroupId, ScheduleId};
use leptos::prelude::*;

use super::following_up::{conflict, schedule_choices};
use super::groups::approval_choices;
use super::{Section, Signed, page as console_page};
use crate::form::{Drawing, Form, Select, YES, check_box, hidden};
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerTermsPage {
    /// Whose.
    pub customer: CustomerId,
    /// Their name.
    pub name: String,
    /// As it is, or as it was typed.
    pub form: Form,
    /// The groups there are.
    pub groups: Vec<(GroupId, String)>,
    /// The schedules there are to choose from.
    pub schedules: Vec<(ScheduleId, String)>,
    /// Somebody else saved meanwhile.
    pub conflict: bool,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &CustomerTermsPage) -> String {
    let words = frame.words();
    let following = &words.following_up;
    let form = &view.form;
    let title = following.terms;
    console_page(frame, signed, Section::Customers, title, !form.errors().is_empty(), || {
        let drawing = Drawing { form, words, locale: frame.locale };
        let back = format!("/console/customers/{}", view.customer);
        let action = format!("{back}/follow-up");
        let groups = view.groups.iter().map(|(id, name)| (id.to_string(), name.clone()));
        let groups = std::iter::once((String::new(), following.no_group.to_owned())).chain(groups).collect();
        let terms = StatementTerm::ALL.iter();
        let terms =
            terms.map(|term| (term.as_str().to_owned(), (following.statements_term)(*term).to_owned()));
        let unset = (String::new(), following.statements_of_business.to_owned());
        let statements = std::iter::once(unset).chain(terms).collect();
        view! {
            <nav class="crumbs"><a href=back.clone()>{view.name.clone()}</a></nav>
            {drawing.summary()}
            {view.conflict.then(|| conflict(words))}
            <div class="page-head">
                <div class="stack tight"><h1>{title}</h1><p class="soft">{following.terms_hint}</p></div>
            </div>
            <form class="stack loose wide-form" method="post" action=action novalidate>
                {hidden("version", form.value("version"))}
                <fieldset class="card stack">
                    <legend class="visually-hidden">{title}</legend>
                    <div class="columns">
                        {Select::new("group", groups).draw(drawing)}
                        {Select::new("schedule", schedule_choices(following.of_group, &view.schedules)).draw(drawing)}
                    </div>
                    {Select::new("approval_from", approval_choices(words)).hint(following.approval_hint).draw(drawing)}
                    {Select::new("statements", statements).hint(following.statements_term_hint).draw(drawing)}
                    {check_box(drawing, "zone_unknown", YES, following.zone_unknown, Some(following.zone_unknown_hint))}
                </fieldset>
                <div class="stack tight">
                    <div class="actions">
                        <button class="button primary large" name="do" value="preview">{words.schedules.what_changes}</button>
                        <a class="button plain" href=back>{words.console.cancel}</a>
                    </div>
                    <p class="hint">{words.schedules.what_changes_hint}</p>
                </div>
            </form>
        }
    })
}
