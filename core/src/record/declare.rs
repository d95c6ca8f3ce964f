//! The macros that declare codes, groups of fields and record kinds. A declaration is all that a kind
//! needs: its shape, its reading and its golden beginning follow.

/// Declares an enumeration whose values are codes in documents, rows and files.
///
/// Labels stand in the locale files under `name.code`; a test checks that each has both languages.
#[macro_export]
macro_rules! codes {
    ($($(#[$doc:meta])* $type:ident as $name:literal { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[allow(missing_docs)]
        pub enum $type {
            $($(#[$vdoc])* #[serde(rename = $code)] $variant,)+
        }

        impl $type {
            /// The enumeration's name in the locale files.
            pub const NAME: &'static str = $name;
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Every code, in order.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The code, as it stands in documents, rows and files.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The value with this code.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// The label that a person reads.
            pub fn label(self, language: $crate::text::Language) -> &'static str {
                $crate::text::code_label(language, $name, self.code())
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl $crate::record::shape::ScalarType for $type {
            const KIND: $crate::record::shape::ScalarKind =
                $crate::record::shape::ScalarKind::Code { name: $name, codes: Self::CODES };
            fn from_scalar(scalar: &$crate::record::value::Scalar) -> Option<Self> {
                if let $crate::record::value::Scalar::Text(code) = scalar { Self::from_code(code) } else { None }
            }
            fn to_scalar(&self) -> $crate::record::value::Scalar {
                $crate::record::value::Scalar::Text(self.code().to_owned())
            }
        }

        impl $crate::record::shape::KeyType for $type {
            const KIND: $crate::record::shape::KeyKind =
                $crate::record::shape::KeyKind::Code { name: $name, codes: Self::CODES };
            fn from_key(key: &str) -> Option<Self> {
                Self::from_code(key)
            }
        }
    )+};
}

/// Declares a group of named scalars; every field may be absent.
#[macro_export]
macro_rules! field_group {
    ($($(#[$doc:meta])* $type:ident { $($(#[$fdoc:meta])* $field:ident: $ftype:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Default, serde::Serialize)]
        pub struct $type {
            $($(#[$fdoc])* pub $field: Option<$ftype>,)+
        }

        impl $crate::record::shape::FieldGroup for $type {
            const FIELDS: &'static [$crate::record::shape::FieldShape] = &[
                $($crate::record::shape::FieldShape {
                    name: stringify!($field),
                    kind: <$ftype as $crate::record::shape::ScalarType>::KIND,
                },)+
            ];
            fn read(node: Option<&$crate::record::value::Node>) -> Self {
                Self { $($field: $crate::record::value::scalar_in(node, stringify!($field)),)+ }
            }
        }

        impl $crate::record::shape::ContainerType for $type {
            const SHAPE: $crate::record::shape::ContainerShape =
                $crate::record::shape::ContainerShape::Group(<Self as $crate::record::shape::FieldGroup>::FIELDS);
            fn read(node: Option<&$crate::record::value::Node>) -> Self {
                <Self as $crate::record::shape::FieldGroup>::read(node)
            }
        }
    )+};
}

/// Declares a record kind: its code, its schema version, who writes it, and its containers with
/// the schema version that brought each. `each time` says that every start is a record of its own.
#[macro_export]
macro_rules! record_kind {
    ($(#[$doc:meta])* $type:ident = $code:literal version $version:literal $merge:ident $(each $time:ident)? {
        $($(#[$cdoc:meta])* $name:ident: $ctype:ty, since $since:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Default, serde::Serialize)]
        pub struct $type {
            $($(#[$cdoc])* pub $name: $ctype,)+
        }

        impl $crate::record::shape::RecordKind for $type {
            const SHAPE: $crate::record::shape::KindShape = $crate::record::shape::KindShape {
                code: $code,
                version: $version,
                merge: $crate::record::shape::Merge::$merge,
                each_time: matches!(stringify!($($time)?).as_bytes(), b"time"),
                containers: &[
                    $($crate::record::shape::Container {
                        name: stringify!($name),
                        since: $since,
                        shape: <$ctype as $crate::record::shape::ContainerType>::SHAPE,
                    },)+
                ],
            };

            fn read(root: &$crate::record::value::Node) -> Self {
                Self {
                    $($name: <$ctype as $crate::record::shape::ContainerType>::read(root.get(stringify!($name))),)+
                }
            }
        }
    };
}
