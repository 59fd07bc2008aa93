//! The closed list of what is asked of a person.

named_enum! {
    /// What a person must do.
    pub enum TaskKind {
        /// Call the customer: writing has not helped.
        Call = "call",
        /// Decide whether to hand the matter to an agency or lawyer.
        HandOff = "hand_off",
        /// Do what a step of the schedule asks for inside the business.
        FollowUp = "follow_up",
        /// Let a step be said, or not: the customer is one to be careful with.
        ApproveStep = "approve_step",
        /// Decide what becomes of a hold whose date has come.
        ReviewHold = "review_hold",
        /// Let chasing begin for what came by import or restore.
        ReleaseParked = "release_parked",
        /// Post a letter.
        PostLetter = "post_letter",
        /// Mend hours in which nothing could ever be sent.
        NeverOpen = "never_open",
        /// Answer what a customer wrote.
        AnswerCustomer = "answer_customer",
        /// Look at money that matches nothing.
        UnappliedMoney = "unapplied_money",
        /// Look at a payment whose amount, currency, mode or account is not what was asked for.
        PaymentMismatch = "payment_mismatch",
        /// Look at a refund or dispute that happened at the provider.
        MoneyReturned = "money_returned",
        /// Answer a dispute before the bank decides without it.
        AnswerDispute = "answer_dispute",
        /// See why a customer is not charged by itself any more, and reach them another way.
        AutopayFailed = "autopay_failed",
        /// Find someone to write to.
        FindContact = "find_contact",
        /// Find out whether a message arrived.
        MessageUncertain = "message_uncertain",
        /// See why a message was refused.
        MessageFailed = "message_failed",
        /// Look at a draft that a recurring invoice left, and issue it.
        ReviewDraft = "review_draft",
        /// Decide about the dates of a recurring invoice that passed while nobody looked.
        RecurringMissed = "recurring_missed",
        /// See why a recurring invoice could not be written.
        RecurringFailed = "recurring_failed",
        /// See why a provider event cannot be worked off.
        EventStuck = "event_stuck",
    }
}

named_enum! {
    /// Whether a task still waits.
    pub enum TaskState {
        /// It waits for a person.
        Open = "open",
        /// A person dealt with it.
        Done = "done",
    }
}

impl TaskKind {
    /// Whether a person says that it is done, and that is all. The others are done by what they ask for: how a call went is said,
    /// a step approved, a hold ended or given a new date, what is parked released, a draft issued, missed dates decided about.
    pub const fn is_ticked_off(self) -> bool {
        !matches!(
            self,
            Self::Call
                | Self::ApproveStep
                | Self::ReviewHold
                | Self::ReleaseParked
                | Self::ReviewDraft
                | Self::RecurringMissed
                | Self::RecurringFailed
        )
    }
}
