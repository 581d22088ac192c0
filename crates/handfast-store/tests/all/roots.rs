//! Roots in files.

use handfast_store::{RootSecrets, RootSecretsFault};
use handfast_testkit::peer::Folder;
use std::fs;

#[test]
fn a_root_that_was_drawn_and_written_is_read_and_is_for_its_owner_alone() {
    let folder = Folder::new().unwrap();
    let path = folder.path().join("root");
    let drawn = RootSecrets::draw().unwrap();
    drawn.write_new(&path).unwrap();
    assert_eq!(RootSecrets::read(&path).unwrap(), drawn);
    assert_ne!(RootSecrets::draw().unwrap(), drawn);
    assert!(drawn.ticket_keys().is_ok());
    let again = drawn.write_new(&path).unwrap_err();
    assert!(matches!(again, RootSecretsFault::Unwritten(..)), "{again}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o660, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = RootSecrets::read(&path).unwrap_err();
            assert_eq!(refused, RootSecretsFault::Exposed(path.clone(), mode));
            assert!(refused.to_string().contains("chmod 600"), "{refused}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(RootSecrets::read(&path).is_ok());
    }
}

#[test]
fn what_is_wrong_is_told_without_a_digit_of_the_root() {
    let folder = Folder::new().unwrap();
    let path = folder.path().join("root");
    let missing = RootSecrets::read(&path).unwrap_err();
    assert_eq!(missing, RootSecretsFault::Missing(path.clone()));
    RootSecrets::draw().unwrap().write_new(&path).unwrap();
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("c0ffee\n");
    fs::write(&path, &text).unwrap();
    let refused = RootSecrets::read(&path).unwrap_err().to_string();
    assert!(
        refused.contains("line 2") && !refused.contains("c0ffee"),
        "{refused}"
    );
}
