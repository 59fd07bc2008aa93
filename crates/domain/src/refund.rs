//! The life of a refund that a member asked for.
//!
//! It is committed before the provider is asked, so that two clicks or a crash give the money back once. A refund can still fail
//! after it was said to have succeeded: the payer's bank may send it back.

named_enum! {
    /// How far it has come.
    pub enum RefundState {
        /// The provider is asked for it. Whether it knows of it is not known.
        Asked = "asked",
        /// The provider said no: no money moves.
        Refused = "refused",
        /// The money is on its way back.
        Pending = "pending",
        /// It arrived.
        Succeeded = "succeeded",
        /// It could not be given back this way, and is here again.
        Failed = "failed",
    }
}

impl RefundState {
    /// Whether it counts against what of the payment can still be given back.
    pub const fn takes(self) -> bool {
        matches!(self, Self::Asked | Self::Pending | Self::Succeeded)
    }

    /// Whether there is more to hear of it.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Asked | Self::Pending)
    }

    /// The state after a report; none when the report says nothing new. Reports come in any order.
    pub fn learn(self, reported: Self) -> Option<Self> {
        (self < reported && self != Self::Refused).then_some(reported)
    }
}
