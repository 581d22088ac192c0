//! Handshake message types.

open_enum! {
    /// The type of a handshake message (RFC 8446 section 4 and the registry).
    pub enum HandshakeType(u8) {
        HELLO_REQUEST = 0, "hello_request";
        CLIENT_HELLO = 1, "client_hello";
        SERVER_HELLO = 2, "server_hello";
        HELLO_VERIFY_REQUEST = 3, "hello_verify_request";
        NEW_SESSION_TICKET = 4, "new_session_ticket";
        END_OF_EARLY_DATA = 5, "end_of_early_data";
        HELLO_RETRY_REQUEST = 6, "hello_retry_request";
        ENCRYPTED_EXTENSIONS = 8, "encrypted_extensions";
        REQUEST_CONNECTION_ID = 9, "request_connection_id";
        NEW_CONNECTION_ID = 10, "new_connection_id";
        CERTIFICATE = 11, "certificate";
        SERVER_KEY_EXCHANGE = 12, "server_key_exchange";
        CERTIFICATE_REQUEST = 13, "certificate_request";
        SERVER_HELLO_DONE = 14, "server_hello_done";
        CERTIFICATE_VERIFY = 15, "certificate_verify";
        CLIENT_KEY_EXCHANGE = 16, "client_key_exchange";
        CLIENT_CERTIFICATE_REQUEST = 17, "client_certificate_request";
        FINISHED = 20, "finished";
        CERTIFICATE_URL = 21, "certificate_url";
        CERTIFICATE_STATUS = 22, "certificate_status";
        SUPPLEMENTAL_DATA = 23, "supplemental_data";
        KEY_UPDATE = 24, "key_update";
        COMPRESSED_CERTIFICATE = 25, "compressed_certificate";
        EKT_KEY = 26, "ekt_key";
        MESSAGE_HASH = 254, "message_hash";
    }
}
