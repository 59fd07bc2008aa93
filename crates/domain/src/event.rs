//! The closed list of what is recorded: one row of the append-only log says who did what, when, to which subject.

use serde::{Deserialize, Serialize};

use crate::{LinkId, MemberId};

named_enum! {
    /// What happened. The names are stable; they are what the hash chain covers and what the API says.
    pub enum EventKind {
        /// The business came to be.
        BusinessCreated = "business.created",
        /// The business's data were changed.
        BusinessUpdated = "business.updated",
        /// The business wrote one of its texts itself.
        TextWritten = "text.written",
        /// The business gave one of its texts back to what is built in.
        TextGivenBack = "text.given_back",
        /// A bank account that customers transfer to was entered or replaced.
        BankAccountSet = "bank_account.set",
        /// Customers are asked to transfer to it no more.
        BankAccountRemoved = "bank_account.removed",
        /// The payment provider's key was set.
        GatewayKeySet = "gateway.key_set",
        /// A webhook secret was set or taken away.
        WebhookSecretSet = "gateway.webhook_secret_set",
        /// A person was invited.
        MemberInvited = "member.invited",
        /// A person accepted an invitation, or made the installation.
        MemberJoined = "member.joined",
        /// A member's role was changed.
        MemberRoleChanged = "member.role_changed",
        /// A member may no longer sign in.
        MemberDisabled = "member.disabled",
        /// A member may sign in again.
        MemberEnabled = "member.enabled",
        /// A member signed in.
        MemberSignedIn = "member.signed_in",
        /// A member signed out, of one place or of all.
        MemberSignedOut = "member.signed_out",
        /// A customer was added.
        CustomerCreated = "customer.created",
        /// A customer's data were changed.
        CustomerUpdated = "customer.updated",
        /// A contact was added.
        ContactCreated = "contact.created",
        /// A contact's data were changed.
        ContactUpdated = "contact.updated",
        /// Nothing more is sent to a contact's address.
        ContactSuppressed = "contact.suppressed",
        /// A draft was written.
        InvoiceDrafted = "invoice.drafted",
        /// A draft was changed.
        InvoiceUpdated = "invoice.updated",
        /// A draft was thrown away.
        InvoiceDiscarded = "invoice.discarded",
        /// A draft became an invoice.
        InvoiceIssued = "invoice.issued",
        /// An invoice was voided.
        InvoiceVoided = "invoice.voided",
        /// An issued invoice was made smaller by a credit note.
        CreditNoteIssued = "credit_note.issued",
        /// What was left open was given up.
        InvoiceWrittenOff = "invoice.written_off",
        /// Nothing is open any more.
        InvoicePaid = "invoice.paid",
        /// Something is open again.
        InvoiceReopened = "invoice.reopened",
        /// An invoice is to be written again and again.
        RecurringCreated = "recurring.created",
        /// What is written from now on, or when, was changed.
        RecurringUpdated = "recurring.updated",
        /// It is not written for a while.
        RecurringPaused = "recurring.paused",
        /// It is written again.
        RecurringResumed = "recurring.resumed",
        /// It is not written any more.
        RecurringEnded = "recurring.ended",
        /// A person decided about dates that had passed.
        RecurringCaughtUp = "recurring.caught_up",
        /// One side proposed a payment plan.
        PlanProposed = "plan.proposed",
        /// Another version of it was written.
        PlanCountered = "plan.countered",
        /// Both sides agreed.
        PlanAgreed = "plan.agreed",
        /// The other side declined.
        PlanDeclined = "plan.declined",
        /// Whoever proposed it took it back.
        PlanWithdrawn = "plan.withdrawn",
        /// Nobody answered in time.
        PlanExpired = "plan.expired",
        /// Nothing of what it was about is open any more.
        PlanMoot = "plan.moot",
        /// A portal link was made.
        LinkMinted = "portal_link.minted",
        /// A portal link was taken back.
        LinkRevoked = "portal_link.revoked",
        /// A fresh link was asked for in place of an expired one.
        LinkRenewed = "portal_link.renewed",
        /// A person acted on a link for the first time: what counts as seen.
        PortalOpened = "portal.opened",
        /// Whoever holds a link proved by a code that they are the contact on file.
        PortalProven = "portal.proven",
        /// A customer agreed that a way to pay is kept for later.
        MethodAgreed = "method.agreed",
        /// It is kept.
        MethodSaved = "method.saved",
        /// It is kept no longer.
        MethodEnded = "method.ended",
        /// A customer agreed that what is due is charged by itself.
        AutopayAgreed = "autopay.agreed",
        /// It is charged by itself no more.
        AutopayEnded = "autopay.ended",
        /// A charge by itself was announced.
        DebitAnnounced = "autopay.announced",
        /// It was tried in vain, and is tried again.
        DebitPutOff = "autopay.put_off",
        /// It is not tried any more; what it was for is followed up again.
        DebitGivenUp = "autopay.given_up",
        /// It was called off: nothing is left to charge, or too much time has passed since it was announced.
        DebitCalledOff = "autopay.called_off",
        /// A try to collect began.
        AttemptCreated = "attempt.created",
        /// The provider's page stands open for the payer.
        AttemptOpened = "attempt.opened",
        /// The payment is on its way.
        AttemptProcessing = "attempt.processing",
        /// The payment arrived.
        AttemptSucceeded = "attempt.succeeded",
        /// The payment failed.
        AttemptFailed = "attempt.failed",
        /// The payer did not pay in time.
        AttemptExpired = "attempt.expired",
        /// The provider did not answer, so nobody knows.
        AttemptUnknown = "attempt.unknown",
        /// Money arrived and stands on the customer's account.
        PaymentBooked = "payment.booked",
        /// Money was applied to an invoice.
        PaymentApplied = "payment.applied",
        /// Money could not be matched and waits for a person.
        PaymentUnapplied = "payment.unapplied",
        /// A payment that a member had written down was taken back.
        PaymentTakenBack = "payment.taken_back",
        /// A bank statement was imported.
        BankStatementImported = "bank_statement.imported",
        /// Credit was paid out by hand.
        CreditPaidOut = "credit.paid_out",
        /// Money went back to the payer.
        PaymentRefunded = "payment.refunded",
        /// A member gives money back.
        RefundAsked = "refund.asked",
        /// The provider did not do it.
        RefundRefused = "refund.refused",
        /// It is on its way.
        RefundSent = "refund.sent",
        /// It went through.
        RefundArrived = "refund.arrived",
        /// It could not be given back this way.
        RefundFailed = "refund.failed",
        /// The payer's bank took money back.
        PaymentReturned = "payment.returned",
        /// Money that had gone back is the business's again.
        PaymentCameBack = "payment.came_back",
        /// The payer's bank asks about a payment.
        DisputeInquired = "dispute.inquired",
        /// The bank's question was settled without any money moving.
        DisputeDropped = "dispute.dropped",
        /// The payer contests a payment with their bank.
        DisputeOpened = "dispute.opened",
        /// The bank decided for the payer.
        DisputeLost = "dispute.lost",
        /// The bank decided for the business.
        DisputeWon = "dispute.won",
        /// A transfer was undone.
        TransferReversed = "transfer.reversed",
        /// A message was decided and waits to be handed over.
        MessageQueued = "message.queued",
        /// A message was handed over.
        MessageSent = "message.sent",
        /// A message was refused for good.
        MessageFailed = "message.failed",
        /// The connection broke after the body began: it may or may not have gone out.
        MessageUncertain = "message.uncertain",
        /// A message no longer applied when it was to be handed over.
        MessageCancelled = "message.cancelled",
        /// A message waited too long.
        MessageExpired = "message.expired",
        /// Something needs a person.
        TaskRaised = "task.raised",
        /// A person dealt with it.
        TaskResolved = "task.resolved",
        /// A person stopped the follow-up with a reason.
        HoldPlaced = "hold.placed",
        /// A hold came to its end, by a person or by its date.
        HoldEnded = "hold.ended",
        /// A person let a step be said.
        StepApproved = "step.approved",
        /// A person called, wrote or posted on their own.
        ContactMade = "contact.made",
        /// Chasing was stopped for what came by import or restore.
        ReceivableParked = "receivable.parked",
        /// A member let chasing begin for it.
        ReceivableReleased = "receivable.released",
        /// A schedule was made or changed.
        ScheduleSaved = "schedule.saved",
        /// How customers are followed up was changed.
        FollowUpChanged = "follow_up.changed",
        /// A text of a step was written, changed or given up.
        TemplateSaved = "template.saved",
        /// A contact agreed to text messages.
        ConsentGiven = "contact.consent_given",
        /// A contact wants no more of one channel.
        ContactOptedOut = "contact.opted_out",
        /// A contact takes it back.
        ContactOptedIn = "contact.opted_in",
        /// A customer answered.
        AnswerReceived = "answer.received",
        /// The other side confirmed that a message arrived.
        MessageDelivered = "message.delivered",
        /// The demo's business time was moved on.
        DemoAdvanced = "demo.advanced",
    }
}

named_enum! {
    /// What an event is about.
    pub enum SubjectKind {
        /// The business itself.
        Business = "business",
        /// A member.
        Member = "member",
        /// An invitation.
        Invitation = "invitation",
        /// A customer.
        Customer = "customer",
        /// A contact.
        Contact = "contact",
        /// An invoice.
        Invoice = "invoice",
        /// A receivable.
        Receivable = "receivable",
        /// A payment attempt.
        Attempt = "attempt",
        /// What is charged by itself.
        Autopay = "autopay",
        /// A ledger row.
        Transfer = "transfer",
        /// A message.
        Message = "message",
        /// A portal link.
        Link = "link",
        /// A task.
        Task = "task",
        /// A schedule.
        Schedule = "schedule",
        /// A group of customers.
        Group = "group",
        /// A hold by word.
        Hold = "hold",
        /// An invoice that is written again and again.
        Recurring = "recurring",
        /// A negotiation about a payment plan.
        Proposal = "plan_proposal",
        /// A payment plan.
        Plan = "plan",
        /// A contact a person made on their own.
        ManualContact = "manual_contact",
    }
}

named_enum! {
    /// The kinds of those who act, as the database keeps them.
    pub enum ActorKind {
        /// A member of the business.
        Member = "member",
        /// Whoever holds a portal link.
        Customer = "customer",
        /// The payment provider, by a webhook or when asked.
        Provider = "provider",
        /// Dunlin itself, by the clock.
        System = "system",
        /// Whoever runs the installation, by the command line.
        Operator = "operator",
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A member of the business.
    Member(MemberId),
    /// Whoever holds this portal link.
    Customer(LinkId),
    /// The payment provider, by a webhook or when asked.
    Provider,
    /// Dunlin itself, by the clock.
    System,
    /// Whoever runs the installation, by the command line.
    Operator,
}

impl Actor {
    /// The kind of actor.
    pub const fn kind(self) -> ActorKind {
        match self {
            Self::Member(_) => ActorKind::Member,
            Self::Customer(_) => ActorKind::Customer,
            Self::Provider => ActorKind::Provider,
            Self::System => ActorKind::System,
            Self::Operator => ActorKind::Operator,
        }
    }
}
