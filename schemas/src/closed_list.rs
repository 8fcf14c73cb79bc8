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
///
/// Names that are codes of a standard or a law may have their methods called so. `impl Display` shows a member by its
/// name; `impl FromStr<Error> = make` reads it, and `make` gets the first characters of a text that names none.
///
/// ```
/// #[derive(Debug, PartialEq)]
/// pub struct UnknownCountry(String);
///
/// schemas::closed_list! {
///     /// Countries.
///     pub enum Country (code, from_code) {
///         /// Iceland.
///         Iceland = "IS",
///     }
///     impl Display;
///     impl FromStr<UnknownCountry> = UnknownCountry;
/// }
/// assert_eq!(Country::Iceland.code(), Country::Iceland.to_string());
/// assert_eq!("XX".parse::<Country>(), Err(UnknownCountry("XX".to_owned())));
/// ```
#[macro_export]
macro_rules! closed_list {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $($member:tt)+
        }
        $($extra:tt)*
    ) => {
        $crate::closed_list! {
            $(#[$meta])*
            $visibility enum $name (label, from_label) {
                $($member)+
            }
            $($extra)*
        }
    };
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident ($label_of:ident, $from_label:ident) {
            $($(#[$member_meta:meta])* $member:ident = $label:literal,)+
        }
        $(impl $trait:ident $(<$error:ty> = $make:path)?;)*
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name {
            $($(#[$member_meta])* $member,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: [Self; [$($label),+].len()] = [$(Self::$member),+];

            /// Returns the name in rows, JSON and metrics.
            #[must_use]
            pub const fn $label_of(self) -> &'static str {
                match self {
                    $(Self::$member => $label,)+
                }
            }

            /// Returns the member of that name; `None` if there is none.
            #[must_use]
            pub fn $from_label(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|member| member.$label_of() == name)
            }
        }

        $($crate::closed_list!(@impl $trait $name $label_of $from_label $(<$error> = $make)?);)*
    };
    (@impl Display $name:ident $label_of:ident $from_label:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.$label_of())
            }
        }
    };
    (@impl FromStr $name:ident $label_of:ident $from_label:ident <$error:ty> = $make:path) => {
        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                // What no member is called may be of any length and reach a log.
                Self::$from_label(text).ok_or_else(|| $make(text.chars().take(40).collect()))
            }
        }
    };
}
