-- The tables as the first version made them.
CREATE TABLE authorities (
    id INTEGER PRIMARY KEY,
    role TEXT NOT NULL UNIQUE CHECK (role IN ('root', 'issuing')),
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    certificate BLOB NOT NULL,
    crl_number INTEGER NOT NULL DEFAULT 0 CHECK (crl_number >= 0)
) STRICT;

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE certificates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    authority INTEGER NOT NULL REFERENCES authorities (id),
    serial BLOB NOT NULL CHECK (length(serial) BETWEEN 1 AND 20),
    fingerprint BLOB UNIQUE CHECK (length(fingerprint) = 32),
    der BLOB,
    subject TEXT NOT NULL,
    common_name TEXT,
    profile TEXT NOT NULL,
    not_before INTEGER,
    not_after INTEGER NOT NULL,
    revoked_at INTEGER,
    reason TEXT,
    issued_at INTEGER NOT NULL,
    renewed_from INTEGER REFERENCES certificates (id),
    listed_at INTEGER,
    file TEXT,
    UNIQUE (authority, serial),
    CHECK ((revoked_at IS NULL) = (reason IS NULL)),
    CHECK ((der IS NULL) = (fingerprint IS NULL))
) STRICT;
CREATE INDEX certificates_by_serial ON certificates (serial);
CREATE INDEX certificates_by_end ON certificates (not_after);
CREATE INDEX certificates_revoked ON certificates (authority, serial)
    WHERE revoked_at IS NOT NULL;

CREATE TABLE names (
    certificate INTEGER NOT NULL REFERENCES certificates (id),
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (certificate, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX names_by_text ON names (folded, certificate);

CREATE TABLE crls (
    authority INTEGER NOT NULL REFERENCES authorities (id),
    number INTEGER NOT NULL,
    this_update INTEGER NOT NULL,
    next_update INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    der BLOB,
    PRIMARY KEY (authority, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    serial BLOB,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_serial ON audit (serial);

CREATE TABLE records (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    body TEXT NOT NULL CHECK (json_valid(body)),
    expires_at INTEGER,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX records_by_end ON records (expires_at) WHERE expires_at IS NOT NULL;

CREATE TRIGGER certificates_are_kept BEFORE DELETE ON certificates
    BEGIN SELECT RAISE (ABORT, 'certificates are never deleted'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
    BEGIN SELECT RAISE (ABORT, 'the audit trail is never deleted'); END;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE (ABORT, 'the audit trail is never changed'); END;
PRAGMA application_id = 1212572513;
PRAGMA user_version = 1;
