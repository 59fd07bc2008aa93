//! Who owes.

named_enum! {
    /// Whether the law sees a person or a company in a customer: it decides which rules of contact and of late payment
    /// apply.
    pub enum CustomerKind {
        /// A person.
        Consumer = "consumer",
        /// A company, an association, an authority.
        Company = "company",
    }
}
