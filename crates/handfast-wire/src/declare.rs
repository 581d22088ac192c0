//! The declarations: `message!` for structures, `open_enum!` for code points,
//! `extension_set!` for what may stand in one message's extension block.

/// Declares a structure once: the borrowed type, its reader, its writer and its
/// field names. A field that is not read as its type says names its reader
/// behind `=`.
macro_rules! message {
    (
        $(#[$meta:meta])*
        pub struct $name:ident<$life:lifetime> {
            $($(#[$field_meta:meta])* $field:ident: $type:ty $(= $read:path)?,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<$life> { $($(#[$field_meta])* pub $field: $type,)* }

        impl<$life> $crate::codec::Wire<$life> for $name<$life> {
            message!(@body $life $($field: $type $(= $read)?,)*);
        }
    };
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

        impl<'a> $crate::codec::Wire<'a> for $name {
            message!(@body 'a $($field: $type,)*);
        }
    };
    (@read $type:ty) => { <$type as $crate::codec::Wire>::read };
    (@read $type:ty, $read:path) => { $read };
    (@body $life:lifetime $($field:ident: $type:ty $(= $read:path)?,)*) => {
        fn read<T: $crate::codec::Recorder>(
            reader: &mut $crate::codec::Reader<$life, T>,
        ) -> Result<Self, $crate::codec::DecodeFault> {
            $(let $field = reader.field(stringify!($field), message!(@read $type $(, $read)?))?;)*
            Ok(Self { $($field),* })
        }
        fn write(&self, out: &mut $crate::codec::Writer<'_>) {
            $($crate::codec::Wire::write(&self.$field, out);)*
        }
    };
}

/// The name of a row: its text, or its constant when it has no other.
macro_rules! row_name {
    ($constant:ident) => {
        stringify!($constant)
    };
    ($constant:ident, $text:literal) => {
        $text
    };
}

/// Declares a set of code points that peers may extend: every number is a
/// value, those listed have a constant and a name. A row without a text is
/// named like its constant.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident($int:ty) {
            $($(#[$row_meta:meta])* $constant:ident = $code:literal $(, $text:literal)?;)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        impl $name {
            $($(#[$row_meta])* #[doc = concat!("`", row_name!($constant $(, $text)?), "` (", stringify!($code), ")")]
            pub const $constant: Self = Self($code);)*

            /// Every code point that has a name here, in the registry's order.
            pub const ALL: &'static [Self] = &[$(Self::$constant),*];

            /// The name that the RFC or IANA gives.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(row_name!($constant $(, $text)?)),)*
                    _ => None,
                }
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, concat!(stringify!($name), "(0x{:04x})"), self.0),
                }
            }
        }

        impl<'a> $crate::codec::Wire<'a> for $name {
            const SIZE: Option<usize> = <$int as $crate::codec::Wire>::SIZE;

            #[inline]
            fn read<T: $crate::codec::Recorder>(
                reader: &mut $crate::codec::Reader<'a, T>,
            ) -> Result<Self, $crate::codec::DecodeFault> {
                <$int as $crate::codec::Wire>::read(reader).map(Self)
            }
            fn write(&self, out: &mut $crate::codec::Writer<'_>) {
                $crate::codec::Wire::write(&self.0, out);
            }
        }
    };
}

/// Declares which extensions one message may carry and what each holds there.
/// Those not listed are kept as a count only; the raw block has them all.
macro_rules! extension_set {
    (
        $(#[$meta:meta])*
        pub struct $name:ident<$life:lifetime> {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $code:ident,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name<$life> {
            $($(#[$field_meta])* pub $field: Option<$type>,)*
            /// The block that this was read from.
            pub block: $crate::extension::Extensions<$life>,
        }

        impl<$life> $name<$life> {
            /// The extension types that this message may carry.
            pub const KNOWN: &'static [$crate::registry::ExtensionType] =
                &[$($crate::registry::ExtensionType::$code),*];

            /// Reads the known extensions of a block, in the order they stand in.
            ///
            /// # Errors
            /// A fault within the extension, its byte counted from the start of
            /// the block's content; [`crate::codec::FaultKind::Duplicate`] when a
            /// type, known or not, appears twice (RFC 8446 section 4.2).
            pub fn read(
                block: $crate::extension::Extensions<$life>,
            ) -> Result<Self, $crate::codec::DecodeFault> {
                block.refuse_duplicates()?;
                let mut reader = $crate::codec::Reader::new(block.as_encoded());
                let mut set = Self { block, ..Self::default() };
                set.read_all(&mut reader).map_err(|fault| fault.within("extensions"))?;
                Ok(set)
            }

            /// Reads a block, its length included, under a recorder: every
            /// extension is a field, called like its field here, or `extension`
            /// when it is not known. A type that appears twice is no fault here.
            ///
            /// # Errors
            /// As [`Self::read`]; what was recorded up to the fault stays recorded.
            pub fn read_recorded<T: $crate::codec::Recorder>(
                reader: &mut $crate::codec::Reader<$life, T>,
            ) -> Result<Self, $crate::codec::DecodeFault> {
                reader.field("extensions", |reader| {
                    let length = usize::from(reader.u16()?);
                    reader.within(length, |reader| {
                        let block = reader.clone_at_cursor().rest();
                        let block = $crate::extension::Extensions::from_encoded(block);
                        let mut set = Self { block, ..Self::default() };
                        set.read_all(reader)?;
                        Ok(set)
                    })
                })
            }

            /// Reads extensions up to the reader's end.
            fn read_all<T: $crate::codec::Recorder>(
                &mut self,
                reader: &mut $crate::codec::Reader<$life, T>,
            ) -> Result<(), $crate::codec::DecodeFault> {
                use $crate::codec::Wire as _;
                while !reader.is_empty() {
                    let (extension_type, name) = match reader.clone_at_cursor().u16() {
                        $(Ok(code) if code == $crate::registry::ExtensionType::$code.0 => {
                            ($crate::registry::ExtensionType::$code, stringify!($field))
                        })*
                        code => {
                            let code = code.unwrap_or_default();
                            ($crate::registry::ExtensionType(code), "extension")
                        }
                    };
                    reader.field(name, |reader| {
                        reader.u16()?;
                        let length = usize::from(reader.u16()?);
                        reader.within(length, |reader| {
                            match extension_type {
                                $($crate::registry::ExtensionType::$code => {
                                    self.$field = Some(<$type>::read(reader)?);
                                })*
                                _ => {
                                    reader.rest();
                                }
                            }
                            Ok(())
                        })
                    })?;
                }
                Ok(())
            }
        }
    };
}
