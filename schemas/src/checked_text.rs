//! One way to write a type that holds a text of a known form.

/// Writes types that hold a text and are made by `parse` alone.
///
/// The head names what checks a text: a function that takes it, with the arguments that stand behind a type's name, and
/// returns what is kept. A `shown` text has `Display`, `Debug` and `FromStr`; of a `hidden` one `Debug` says the length
/// only, since what a citizen writes never reaches a log.
macro_rules! checked_text {
    (
        $show:ident, $check:ident($given:ty) -> $error:ty;
        $($(#[$meta:meta])* $name:ident($($argument:expr),*);)+
    ) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes the text if it has the form.
            ///
            /// # Errors
            /// When it has not; the error says what is wrong.
            pub fn parse(text: $given) -> Result<Self, $error> {
                $check(text, $($argument),*).map(Self)
            }

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        $crate::checked_text::checked_text!(@$show $name $error);
    )+};
    (@shown $name:ident $error:ty) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::parse(text)
            }
        }
    };
    (@hidden $name:ident $error:ty) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, concat!(stringify!($name), "({} characters)"), self.0.chars().count())
            }
        }
    };
}

pub(crate) use checked_text;
