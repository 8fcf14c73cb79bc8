//! Who calls, and what they may do: roles, permissions, API keys and browser sessions.
//!
//! Roles are a closed enum with a constant set of permissions each, so that one table shows who may do what.
//! A reviewer's key names the person: nothing else can make a [`ReviewerId`] for a decision. Signing in through an
//! identity provider comes later and will end in the same [`Principal`]; handlers see nothing else.

pub mod administration;
pub mod expiry;
pub mod key;
pub mod session;
pub mod store;
pub mod sweep;

use crate::foundation::audit::Actor;
use schemas::ids::{ReviewerId, SubjectId};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What a key may be used for. Stored as its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A portal or app that citizens use; each call still proves knowledge of reference and plate.
    Citizen,
    /// A named person who decides cases.
    Reviewer,
    /// Reads queue and cases, changes nothing.
    Auditor,
    /// Runs the installation.
    Administrator,
}

/// One thing that a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// See a violation whose reference and plate are known.
    SeeOwnViolation,
    /// Object, add documents, ask for a person.
    Object,
    /// List the cases that wait for a person.
    SeeQueue,
    /// Read one case without its pictures.
    SeeCase,
    /// Claim a case, see its pictures under the lease, decide.
    ReviewCase,
}

/// The text is not the label of a role.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a role must be one of citizen, reviewer, auditor, administrator, got '{0}'")]
pub struct UnknownRole(pub String);

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Citizen, Self::Reviewer, Self::Auditor, Self::Administrator];

    /// Name in rows and on the command line.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Reviewer => "reviewer",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// Everything that this role may do; what is not listed is denied.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Citizen => &[Permission::SeeOwnViolation, Permission::Object],
            Self::Reviewer => &[Permission::SeeQueue, Permission::SeeCase, Permission::ReviewCase],
            Self::Auditor => &[Permission::SeeQueue, Permission::SeeCase],
            Self::Administrator => &[Permission::SeeQueue],
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.label() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// Who a caller is. Only a reviewer is a person by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A citizens' portal.
    Citizen,
    /// A named person who decides cases.
    Reviewer(ReviewerId),
    /// Someone who only reads.
    Auditor,
    /// Someone who runs the installation.
    Administrator,
}

impl Identity {
    /// The role that this identity has.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self {
            Self::Citizen => Role::Citizen,
            Self::Reviewer(_) => Role::Reviewer,
            Self::Auditor => Role::Auditor,
            Self::Administrator => Role::Administrator,
        }
    }
}

/// A caller whose key or session was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Whoever acts: the same by whatever key, session or sign-in.
    pub subject: SubjectId,
    /// Who that is.
    pub identity: Identity,
    /// Whether the subject may only act from the machine on which the server runs.
    pub loopback_only: bool,
}

impl Principal {
    /// Whether the caller may do that.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.identity.role().permissions().contains(&permission)
    }

    /// Who the audit says that it was.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.reviewer().map_or(Actor::Subject(self.subject), |reviewer| Actor::Reviewer(reviewer.clone()))
    }

    /// The person who reviews, if the caller is one.
    #[must_use]
    pub const fn reviewer(&self) -> Option<&ReviewerId> {
        match &self.identity {
            Identity::Reviewer(reviewer) => Some(reviewer),
            Identity::Citizen | Identity::Auditor | Identity::Administrator => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reviewer_may_review_and_only_a_citizen_may_object() {
        for role in Role::ALL {
            assert_eq!(role.permissions().contains(&Permission::ReviewCase), role == Role::Reviewer);
            assert_eq!(role.permissions().contains(&Permission::Object), role == Role::Citizen);
        }
    }

    #[test]
    fn a_role_reads_back_from_its_label() {
        for role in Role::ALL {
            assert_eq!(role.label().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
    }
}
