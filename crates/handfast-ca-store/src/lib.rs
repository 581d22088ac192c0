//! An authority kept in a folder: its keys are files, and what it issued and revoked lies in an
//! embedded SQLite database beside them.
