//! Who may do what, and that names are stable.

use std::collections::BTreeSet;

use domain::event::{Actor, ActorKind, EventKind};
use domain::{LinkId, Permission, Role};

#[test]
fn the_table_of_roles() {
    let may = |role: Role| {
        Permission::ALL
            .iter()
            .filter(|permission| role.may(**permission))
            .map(|p| p.as_str())
            .collect::<Vec<_>>()
    };
    let viewer =
        ["invoices.view", "customers.view", "messages.view", "members.view", "settings.view", "demo.advance"];
    assert_eq!(may(Role::Viewer), viewer);
    let clerk = [
        "invoices.edit",
        "invoices.issue",
        "payments.record",
        "customers.edit",
        "links.mint",
        "reminders.send",
        "follow_up.hold",
        "plans.answer",
        "contacts.note",
        "tasks.resolve",
    ];
    let beyond = |role: Role, than: Role| {
        may(role).into_iter().filter(|name| !may(than).contains(name)).collect::<Vec<_>>()
    };
    assert_eq!(beyond(Role::Clerk, Role::Viewer), clerk);
    assert_eq!(
        beyond(Role::Manager, Role::Clerk),
        [
            "invoices.void",
            "payments.reverse",
            "invoices.write_off",
            "steps.approve",
            "members.invite",
            "settings.edit",
        ]
    );
    assert_eq!(beyond(Role::Owner, Role::Manager), ["members.manage", "gateway.edit"]);
    assert_eq!(may(Role::Owner).len(), Permission::ALL.len());
}

#[test]
fn nobody_grants_more_than_they_have() {
    for granted in Role::ALL.iter().copied() {
        assert!(Role::Owner.may_grant(granted));
        assert_eq!(Role::Manager.may_grant(granted), granted != Role::Owner);
        assert!(!Role::Clerk.may_grant(granted) && !Role::Viewer.may_grant(granted));
    }
}

#[test]
fn names_of_events_are_distinct_and_come_back() {
    let names: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(names.len(), EventKind::ALL.len());
    for kind in EventKind::ALL.iter().copied() {
        assert_eq!(EventKind::from_name(kind.as_str()), Some(kind));
        assert!(kind.as_str().split_once('.').is_some(), "{kind} names its subject");
    }
}

#[test]
fn an_actor_is_kept_with_its_id() {
    let actor = Actor::Customer(LinkId::from_uuid(uuid::Uuid::from_u128(5)));
    let json = serde_json::to_string(&actor).unwrap();
    assert_eq!(json, r#"{"kind":"customer","id":"lnk_00000000000000000000000000000005"}"#);
    assert_eq!(serde_json::from_str::<Actor>(&json).unwrap(), actor);
    assert_eq!(actor.kind(), ActorKind::Customer);
    assert_eq!(serde_json::to_string(&Actor::System).unwrap(), r#"{"kind":"system"}"#);
}
