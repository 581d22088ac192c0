//! EncryptedExtensions from a client (draft-vvv-tls-alps section 4.2), behind the server's Finished: a draft
//! that Chromium uses. The message is [`crate::handshake::EncryptedExtensions`].

extension_set! {
    /// What a client's own EncryptedExtensions may hold.
    pub struct ClientEncryptedExtensionsSet<'a> {
        /// The client's settings for the protocol that was chosen.
        application_settings: &'a [u8] = APPLICATION_SETTINGS,
        /// The same by the code point of older drafts.
        application_settings_old: &'a [u8] = APPLICATION_SETTINGS_OLD,
    }
}
