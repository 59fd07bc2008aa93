//! The people of the business. Inviting posts `email` and `role` to `/console/members`; a role is changed at
//! `/console/members/{id}/role`, access at `…/disable` and `…/enable`; `/sign-out/everywhere` ends all of one's own sessions.

use domain::MemberId;
use domain::role::{Permission, Role};
use leptos::prelude::*;

use super::{Section, Signed, page as console_page};
use crate::components::{Look, state};
use crate::form::{Drawing, Field, Form, Select};
use crate::frame::Frame;
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersPage {
    /// Everyone, the owners first.
    pub rows: Vec<MemberRow>,
    /// The roles that the reader may hand out.
    pub grantable: Vec<Role>,
    /// The form of the invitation.
    pub form: Form,
}

/// A member, or someone invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// The member.
    pub id: MemberId,
    /// Their name; someone invited has none yet.
    pub name: Option<String>,
    /// Their address.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Where they stand.
    pub standing: MemberStanding,
    /// Whether that is the reader.
    pub is_you: bool,
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberStanding {
    /// Signs in.
    Active,
    /// Has not accepted yet.
    Invited,
    /// May not sign in.
    Disabled,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &MembersPage) -> String {
    let words = frame.words();
    let title = words.console.members;
    console_page(frame, signed, Section::Members, title, !view.form.errors().is_empty(), || {
        let drawing = Drawing { form: &view.form, words, locale: frame.locale };
        let rows = view.rows.iter().map(|row| member(row, signed, &view.grantable, words)).collect_view();
        let roles = view.grantable.iter().map(|role| {
            (
                role.as_str().to_owned(),
                format!("{}: {}", (words.role_name)(*role), (words.role_meaning)(*role)),
            )
        });
        let invite = (signed.may(Permission::InviteMembers) && !view.grantable.is_empty()).then(|| {
            view! {
                <section class="card stack">
                    <h2>{words.members.invite}</h2>
                    <p class="hint">{words.members.invite_hint}</p>
                    <form class="stack" method="post" action="/console/members" novalidate>
                        <div class="columns">
                            {Field::email("email").autocomplete("off").required().draw(drawing)}
                            {Select::new("role", roles.collect()).draw(drawing)}
                        </div>
                        <div><button class="button primary">{words.members.send}</button></div>
                    </form>
                </section>
            }
        });
        view! {
            {drawing.summary()}
            <div class="page-head"><h1>{title}</h1></div>
            <ul class="rows card">{rows}</ul>
            {invite}
            <form method="post" action="/sign-out/everywhere">
                <button class="button">{words.members.sign_out_everywhere}</button>
                <p class="hint">{words.members.sign_out_everywhere_hint}</p>
            </form>
        }
    })
}

fn member(row: &MemberRow, signed: &Signed, grantable: &[Role], words: &'static Words) -> AnyView {
    let name = row.name.clone().unwrap_or_else(|| row.email.clone());
    let standing = match row.standing {
        MemberStanding::Active => state(Look::Done, words.members.active),
        MemberStanding::Invited => state(Look::Hollow, words.members.invited),
        MemberStanding::Disabled => state(Look::Quiet, words.members.disabled),
    };
    let may = signed.may(Permission::ManageMembers) && !row.is_you && grantable.contains(&row.role);
    let manage = may.then(|| {
        let (action, label) = match row.standing {
            MemberStanding::Disabled => ("enable", words.members.enable),
            MemberStanding::Active | MemberStanding::Invited => ("disable", words.members.disable),
        };
        let select = format!("role-{}", row.id);
        let options = grantable.iter().map(|role| {
            let selected = *role == row.role;
            view! { <option value=role.as_str() selected=selected>{(words.role_name)(*role)}</option> }
        });
        view! {
            <form class="inline" method="post" action=format!("/console/members/{}/role", row.id)>
                <label class="visually-hidden" for=select.clone()>{(words.members.role_of)(&name)}</label>
                <select id=select name="role">{options.collect_view()}</select>
                <button class="button">{words.members.change}</button>
            </form>
            <form method="post" action=format!("/console/members/{}/{action}", row.id)>
                <button class="button plain">{label}<span class="visually-hidden">" "{name.clone()}</span></button>
            </form>
        }
    });
    let email = row.name.is_some().then(|| format!("{} · ", row.email));
    let you = row.is_you.then(|| view! { <span class="soft">" "{words.members.you}</span> });
    view! {
        <li>
            <div class="stack tight">
                <p><strong>{name.clone()}</strong>{you}</p>
                <p class="small soft">{email}{(words.role_name)(row.role)}</p>
                {standing}
            </div>
            <div class="actions">{manage}</div>
        </li>
    }
    .into_any()
}
