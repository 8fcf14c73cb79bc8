//! Who may do what to what was recorded, and what tells when somebody did more.

mod roles;
