//! One way to write a closed list: each member once, with the name it has in rows, JSON and metrics.

/// Writes an enum of members without data, with `ALL`, `label` and `from_label`.
///
/// ```
/// schemas::closed_list! {
///     /// Sides of a road.
///     pub enum Side {
///         /// Where the kerb is near.
///         Near = "near",
///         /// The other one.
///         Far = "far",
///     }
/// }
/// assert_eq!(Side::from_label("far"), Some(Side::Far));
/// assert_eq!(Side::ALL.map(Side::label), ["near", "far"]);
/// ```
#[macro_export]
macro_rules! closed_list {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$member_meta:meta])* $member:ident = $label:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name {
            $($(#[$member_meta])* $member,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: [Self; [$($label),+].len()] = [$(Self::$member),+];

            /// Name in rows, JSON and metrics.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$member => $label,)+
                }
            }

            /// The member of that name.
            #[must_use]
            pub fn from_label(label: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|member| member.label() == label)
            }
        }
    };
}
