//! Who this process is, and who `condor` is on this host.

use nix::unistd::{Uid, User};

/// The account that HTCondor's daemons use, which stands for root where root must not appear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CondorUser {
    /// Its name.
    pub name: String,
    /// Its user id.
    pub uid: u32,
    /// Its group id.
    pub gid: u32,
}

impl CondorUser {
    /// From CONDOR_IDS (`uid.gid`) where that is set, else from the account called `condor`.
    ///
    /// # Errors
    /// In words, if there is neither.
    pub fn find(condor_ids: Option<&str>) -> Result<Self, String> {
        if let Some(ids) = condor_ids {
            let (uid, gid) = ids
                .split_once('.')
                .and_then(|(uid, gid)| Some((uid.trim().parse().ok()?, gid.trim().parse().ok()?)))
                .ok_or_else(|| {
                    format!("CONDOR_IDS is {ids:?}, which is not of the form uid.gid")
                })?;
            return Ok(Self {
                name: user_name(uid)?,
                uid,
                gid,
            });
        }
        match User::from_name("condor") {
            Ok(Some(user)) => Ok(Self {
                name: user.name,
                uid: user.uid.as_raw(),
                gid: user.gid.as_raw(),
            }),
            Ok(None) => Err("there is no account called condor, and CONDOR_IDS is not set".into()),
            Err(error) => Err(format!(
                "the account condor could not be looked up: {error}"
            )),
        }
    }
}

pub(super) fn user_name(uid: u32) -> Result<String, String> {
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => Ok(user.name),
        Ok(None) => Err(format!("uid {uid} has no name on this host")),
        Err(error) => Err(format!("uid {uid} could not be looked up: {error}")),
    }
}

/// The name this process goes by: its user's, or `condor` for root.
///
/// # Errors
/// In words, if there is no such name.
pub fn own_user_name(condor_ids: Option<&str>) -> Result<String, String> {
    let uid = rustix::process::geteuid();
    if uid.is_root() {
        CondorUser::find(condor_ids).map(|user| user.name)
    } else {
        user_name(uid.as_raw())
    }
}
