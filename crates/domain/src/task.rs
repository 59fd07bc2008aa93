//! The closed list of what is asked of a person.

named_enum! {
    /// What a person must do.
    pub enum TaskKind {
        /// Call the customer: writing has not helped.
        Call = "call",
        /// Decide whether to hand the matter to an agency or lawyer.
        HandOff = "hand_off",
        /// Look at money that matches nothing.
        UnappliedMoney = "unapplied_money",
        /// Look at a payment whose amount, currency, mode or account is not what was asked for.
        PaymentMismatch = "payment_mismatch",
        /// Look at a refund or dispute that happened at the provider.
        MoneyReturned = "money_returned",
        /// Find someone to write to.
        FindContact = "find_contact",
        /// Find out whether a message arrived.
        MessageUncertain = "message_uncertain",
        /// See why a message was refused.
        MessageFailed = "message_failed",
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
