//! The people of the business.

use app::console::Done;
use app::console::members::{self as page, MemberRow, MemberStanding, MembersPage};
use axum::http::StatusCode;
use domain::{MemberId, Role};

use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond};
use super::{after, around};
use crate::operations::identity::{self, Invite, MemberError};

/// Where the people are listed.
const PAGE: &str = "/console/members";

/// `GET /console/members`
pub async fn list(request: Request) -> Answer {
    let found = identity::people(request.env(), &request.principal).await?;
    let form = kept_forms::recall(&request, "invite").await?;
    let (frame, signed) = around(&request)?;
    let you = request.signed_in.as_ref().ok_or(Problem::Internal)?.member.id;
    let members = found.members.into_iter().map(|member| MemberRow {
        id: member.id,
        name: Some(member.name.into_string()),
        email: member.email.to_string(),
        role: member.role,
        standing: if member.disabled_at.is_some() {
            MemberStanding::Disabled
        } else {
            MemberStanding::Active
        },
        is_you: member.id == you,
    });
    let invited = found.invitations.into_iter().map(|invitation| MemberRow {
        // An invitation is no member yet: nothing can be done to it under this id.
        id: MemberId::from_uuid(invitation.id.uuid()),
        name: None,
        email: invitation.email.to_string(),
        role: invitation.role,
        standing: MemberStanding::Invited,
        is_you: false,
    });
    let view = MembersPage {
        rows: members.chain(invited).collect(),
        grantable: Role::ALL.iter().copied().filter(|role| signed.role.may_grant(*role)).collect(),
        form: form.unwrap_or_default(),
    };
    Ok(respond::html(StatusCode::OK, page::page(&frame, &signed, &view)))
}

/// `POST /console/members`
pub async fn invite(request: Request) -> Answer {
    let input = Invite { email: request.form.text("email"), role: request.form.text("role") };
    match identity::invite(request.env(), &request.principal, input).await {
        Ok(_) => Ok(respond::see_other(&after(PAGE, Done::Invited))),
        Err(MemberError::Fields(errors)) => kept_forms::refuse(&request, "invite", PAGE, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/members/{member}/role`
pub async fn change_role(request: Request) -> Answer {
    let member: MemberId = request.id("member")?;
    let role = request.form.text("role");
    identity::change_role(request.env(), &request.principal, member, &role).await?;
    Ok(respond::see_other(&after(PAGE, Done::MemberChanged)))
}

/// `POST /console/members/{member}/disable`
pub async fn disable(request: Request) -> Answer {
    let member: MemberId = request.id("member")?;
    identity::disable(request.env(), &request.principal, member).await?;
    Ok(respond::see_other(&after(PAGE, Done::MemberChanged)))
}

/// `POST /console/members/{member}/enable`
pub async fn enable(request: Request) -> Answer {
    let member: MemberId = request.id("member")?;
    identity::enable(request.env(), &request.principal, member).await?;
    Ok(respond::see_other(&after(PAGE, Done::MemberChanged)))
}
