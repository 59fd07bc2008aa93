//! What is sent, and the life of one message.
//!
//! A message is **scheduled once and handed over at most once**. SMTP cannot honestly give more: when the connection
//! breaks after the body began, nobody knows, so the message is `uncertain`, shown to a person, and never sent again by
//! itself.

named_enum! {
    /// What a message is for.
    pub enum MessageKind {
        /// A follow-up on open invoices.
        Reminder = "reminder",
        /// A month's statement.
        Statement = "statement",
        /// Money arrived.
        Receipt = "receipt",
        /// Money is on its way back to the payer.
        Refund = "refund",
        /// An invoice was made smaller.
        CreditNote = "credit_note",
        /// The payer's bank took a payment back, and it is open again.
        Returned = "returned",
        /// A receipt was a mistake: the payment had been written down wrongly.
        Corrected = "corrected",
        /// Something will be charged by itself.
        AutopayNotice = "autopay_notice",
        /// It could not be charged.
        AutopayFailed = "autopay_failed",
        /// The payer's bank wants the payer to confirm it.
        AutopayConfirm = "autopay_confirm",
        /// Nothing is charged by itself any more.
        AutopayEnded = "autopay_ended",
        /// A fresh portal link in place of an expired one.
        FreshLink = "fresh_link",
        /// A code for whoever holds a link, before more is done than viewing and paying.
        Code = "code",
        /// An invitation to become a member.
        Invitation = "invitation",
        /// A text that a member tries out on themselves.
        Test = "test",
        /// There will be no more text messages: the one word that follows a "stop".
        TextsEnded = "texts_ended",
    }
}

named_enum! {
    /// Which rules a message obeys.
    pub enum Purpose {
        /// Obeys hours, gaps, caps and consent.
        Chasing = "chasing",
        /// Replies to what someone did: goes at once, obeys suppression only, and is no contact for the gap.
        Answer = "answer",
    }
}

impl MessageKind {
    /// Which rules it obeys.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Reminder | Self::Statement => Purpose::Chasing,
            Self::Receipt
            | Self::Refund
            | Self::CreditNote
            | Self::Returned
            | Self::Corrected
            | Self::AutopayNotice
            | Self::AutopayFailed
            | Self::AutopayConfirm
            | Self::AutopayEnded
            | Self::FreshLink
            | Self::Code
            | Self::Invitation
            | Self::Test
            | Self::TextsEnded => Purpose::Answer,
        }
    }
}

named_enum! {
    /// The ways to reach someone.
    pub enum Channel {
        /// E-mail.
        Email = "email",
        /// A text message.
        Sms = "sms",
        /// A letter.
        Letter = "letter",
        /// A person calls.
        Call = "call",
        /// A person does something inside the business.
        Task = "task",
        /// A person decides on handing the matter off.
        HandOff = "hand_off",
    }
}

impl Channel {
    /// Whether Dunlin says it itself; else it asks a person to.
    pub const fn is_written(self) -> bool {
        matches!(self, Self::Email | Self::Sms | Self::Letter)
    }

    /// Whether the customer hears something: such steps obey gap, consent and caps.
    pub const fn is_contact(self) -> bool {
        matches!(self, Self::Email | Self::Sms | Self::Letter | Self::Call)
    }

    /// Whether it stays inside the business and moves nothing on for the customer: a note to a colleague replaces no
    /// reminder. The decision to hand off does: it is the last step of following up.
    pub const fn is_internal(self) -> bool {
        matches!(self, Self::Task)
    }
}

named_enum! {
    /// Where a message is in its life.
    pub enum MessageState {
        /// Decided, waiting to be handed over.
        Queued = "queued",
        /// A worker has it, nothing has left the house.
        Claimed = "claimed",
        /// It is being handed over at this moment.
        HandingOver = "handing_over",
        /// The other side took it.
        Sent = "sent",
        /// The other side refused it for good.
        Failed = "failed",
        /// Nobody knows whether the other side took it.
        Uncertain = "uncertain",
        /// It no longer applied.
        Cancelled = "cancelled",
        /// It waited too long.
        Expired = "expired",
    }
}

impl MessageState {
    /// Whether a message may go from this state to that.
    ///
    /// A claim that is given back, or whose worker died before anything left the house, is queued again; so is a
    /// hand-over that the other side put off, or that broke before the body began. From `uncertain` there is no way
    /// back into the queue: only evidence (a bounce, a person) can say what became of it.
    pub const fn may_become(self, to: Self) -> bool {
        match self {
            Self::Queued => matches!(to, Self::Claimed | Self::Cancelled | Self::Expired),
            Self::Claimed => matches!(to, Self::Queued | Self::HandingOver | Self::Cancelled | Self::Expired),
            Self::HandingOver => matches!(to, Self::Queued | Self::Sent | Self::Failed | Self::Uncertain),
            Self::Sent => matches!(to, Self::Failed),
            Self::Uncertain => matches!(to, Self::Sent | Self::Failed),
            Self::Failed | Self::Cancelled | Self::Expired => false,
        }
    }

    /// Whether whom it is for may have read it, or may yet.
    pub const fn may_have_arrived(self) -> bool {
        matches!(self, Self::HandingOver | Self::Sent | Self::Uncertain)
    }

    /// Whether a worker holds it: exactly then it has a claim.
    pub const fn is_claimed(self) -> bool {
        matches!(self, Self::Claimed | Self::HandingOver)
    }

    /// Whether what it says counts as said to that contact. What was refused for good counts too: the same words would
    /// be refused again, so a person is asked to find the right address instead.
    pub const fn counts_as_said(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Expired)
    }
}
