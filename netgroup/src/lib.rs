//! Who is in a netgroup, as the C library says: by `/etc/netgroup`, NIS, LDAP or whatever else
//! `nsswitch.conf` names. HTCondor asks it the same way.

#[cfg(target_env = "gnu")]
mod ffi;

/// Whether the netgroup `group` has a member that this host, this user and this domain fit
/// (`innetgr(3)`). `None` where it could not be asked: the C library knows no netgroups, or one of
/// the names has a NUL in it.
///
/// This blocks for as long as the name service takes. One question is asked at a time, since the
/// function may not be called by several threads at once.
#[must_use]
pub fn is_member(group: &str, host: &str, user: &str, domain: &str) -> Option<bool> {
    #[cfg(target_env = "gnu")]
    {
        use std::ffi::CString;
        let [group, host, user, domain] =
            [group, host, user, domain].map(|text| CString::new(text).ok());
        Some(ffi::innetgr(&group?, &host?, &user?, &domain?))
    }
    #[cfg(not(target_env = "gnu"))]
    {
        let _ = (group, host, user, domain);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_in_a_group_that_is_not_there() {
        let asked = || is_member("countersign-no-such-group", "127.0.0.1", "alice", "x");
        assert_eq!(asked(), cfg!(target_env = "gnu").then_some(false));
        assert_eq!(is_member("a\0b", "127.0.0.1", "alice", "x"), None);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert!((0..50).all(|_| asked() != Some(true))));
            }
        });
    }
}
