//! What is good to know the next time.

/// What is good to know the next time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The account's URL: [`Settings::account`](crate::client::Settings::account).
    Account(String),
    /// The order's URL: [`Settings::order`](crate::client::Settings::order), with the same
    /// request.
    Order(String),
}
