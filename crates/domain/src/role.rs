//! Who may do what in a business.

named_enum! {
    /// What a member is to the business. Each role may do everything the next one may.
    pub enum Role {
        /// Everything, the payment provider's keys and other owners included.
        Owner = "owner",
        /// Everything day to day, voiding and inviting included.
        Manager = "manager",
        /// Customers and invoices.
        Clerk = "clerk",
        /// Looks, changes nothing.
        Viewer = "viewer",
    }
}

named_enum! {
    /// One thing a member may be allowed to do.
    pub enum Permission {
        /// See invoices and their timelines.
        ViewInvoices = "invoices.view",
        /// See customers and their contacts.
        ViewCustomers = "customers.view",
        /// See the exact body of what was sent.
        ViewMessages = "messages.view",
        /// See who is a member.
        ViewMembers = "members.view",
        /// See the business's own data; never its secrets.
        ViewSettings = "settings.view",
        /// Write and discard drafts.
        EditInvoices = "invoices.edit",
        /// Make an invoice of a draft.
        IssueInvoices = "invoices.issue",
        /// Void an issued invoice.
        VoidInvoices = "invoices.void",
        /// Write down money that came, and put to use what waits.
        RecordPayments = "payments.record",
        /// Take back what was written down, pay credit out, and give money back.
        ReversePayments = "payments.reverse",
        /// Give up what is open.
        WriteOff = "invoices.write_off",
        /// Add and change customers and contacts.
        EditCustomers = "customers.edit",
        /// Make a portal link to hand over oneself.
        MintLinks = "links.mint",
        /// Send a reminder by hand.
        SendReminders = "reminders.send",
        /// Hold the follow-up, and let it go on.
        HoldFollowUp = "follow_up.hold",
        /// Propose payment plans, and answer proposals as far as the business's policy lets the role.
        AnswerPlans = "plans.answer",
        /// Let a step be said that needs a person's approval.
        ApproveSteps = "steps.approve",
        /// Write down a call, mail or letter of one's own.
        NoteContacts = "contacts.note",
        /// Finish a task.
        ResolveTasks = "tasks.resolve",
        /// Invite members below oneself.
        InviteMembers = "members.invite",
        /// Change roles and disable members.
        ManageMembers = "members.manage",
        /// Change the business's data.
        EditSettings = "settings.edit",
        /// Set the payment provider's keys and webhook secrets.
        EditGateway = "gateway.edit",
        /// Move the demo's business time on.
        AdvanceDemoTime = "demo.advance",
    }
}

impl Role {
    /// Whether this role may do that.
    pub const fn may(self, permission: Permission) -> bool {
        (self as u8) <= (permission.least() as u8)
    }

    /// Whether this role may hand out that one: never one above its own.
    pub const fn may_grant(self, role: Self) -> bool {
        self.may(Permission::InviteMembers) && (self as u8) <= (role as u8)
    }
}

impl Permission {
    /// The least role that has the permission.
    pub const fn least(self) -> Role {
        match self {
            Self::ViewInvoices
            | Self::ViewCustomers
            | Self::ViewMessages
            | Self::ViewMembers
            | Self::ViewSettings
            | Self::AdvanceDemoTime => Role::Viewer,
            Self::EditInvoices
            | Self::IssueInvoices
            | Self::RecordPayments
            | Self::EditCustomers
            | Self::MintLinks
            | Self::SendReminders
            | Self::HoldFollowUp
            | Self::AnswerPlans
            | Self::NoteContacts
            | Self::ResolveTasks => Role::Clerk,
            Self::VoidInvoices
            | Self::ReversePayments
            | Self::WriteOff
            | Self::ApproveSteps
            | Self::InviteMembers
            | Self::EditSettings => Role::Manager,
            Self::ManageMembers | Self::EditGateway => Role::Owner,
        }
    }
}
