//! A payment that the payer contests with their bank: an inquiry, a dispute, or a debit that came back.
//!
//! The provider tells of it in any order and late, so a dispute only ever moves on: what is further along was later.

named_enum! {
    /// How a dispute stands. In the order in which it can go on.
    pub enum DisputeStage {
        /// The bank asks. No money has moved.
        Inquiry = "inquiry",
        /// The bank asked and let it rest. No money has moved.
        InquiryClosed = "inquiry_closed",
        /// The bank took the money back, and the business may object.
        Open = "open",
        /// Decided for the payer: the money stays gone.
        Lost = "lost",
        /// Decided for the business: the money is back.
        Won = "won",
    }
}

/// What has to happen to the money when a dispute moves on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyMoves {
    /// Nothing.
    Stays,
    /// It goes back to the payer.
    Leaves,
    /// It is the business's again.
    Returns,
}

impl DisputeStage {
    /// Whether it is undecided: what the payment paid for is not chased meanwhile.
    pub const fn is_undecided(self) -> bool {
        matches!(self, Self::Inquiry | Self::Open)
    }

    /// Whether the money is gone at this stage.
    pub const fn is_without_money(self) -> bool {
        matches!(self, Self::Open | Self::Lost)
    }

    /// The stage after a report, and what has to happen to the money; none when the report says nothing new.
    pub fn learn(before: Option<Self>, reported: Self) -> Option<(Self, MoneyMoves)> {
        if before.is_some_and(|before| before >= reported) {
            return None;
        }
        let was_gone = before.is_some_and(Self::is_without_money);
        let moves = match (was_gone, reported.is_without_money()) {
            (false, true) => MoneyMoves::Leaves,
            (true, false) => MoneyMoves::Returns,
            (false, false) | (true, true) => MoneyMoves::Stays,
        };
        Some((reported, moves))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_whatever_order_reports_come_the_money_is_where_the_last_stage_says() {
        for first in DisputeStage::ALL {
            for second in DisputeStage::ALL {
                for third in DisputeStage::ALL {
                    let (mut stage, mut gone) = (None, false);
                    for reported in [first, second, third] {
                        if let Some((next, moves)) = DisputeStage::learn(stage, *reported) {
                            assert!(stage < Some(next));
                            stage = Some(next);
                            match moves {
                                MoneyMoves::Stays => {}
                                MoneyMoves::Leaves => assert!(!std::mem::replace(&mut gone, true)),
                                MoneyMoves::Returns => assert!(std::mem::replace(&mut gone, false)),
                            }
                        }
                    }
                    assert_eq!(stage, [*first, *second, *third].into_iter().max());
                    assert_eq!(Some(gone), stage.map(DisputeStage::is_without_money));
                }
            }
        }
    }
}
