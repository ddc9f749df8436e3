//! Asking munged, through libmunge.

use std::sync::{Arc, OnceLock};

use countersign_core::Secret;
use countersign_methods::munge::{DecodeCredential, MakeCredential, MungeFailure, MungeMaker};
use countersign_munge::{LoadError, Munge, MungeError};
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_res_gid, set_thread_res_uid};

use super::user::{CondorUser, user_name};

/// The library: loaded when it is first asked for, and kept, also that it is not there.
#[derive(Debug, Clone, Default)]
pub struct MungeLibrary(Arc<OnceLock<Result<Munge, LoadError>>>);

impl MungeLibrary {
    fn get(&self) -> Result<&Munge, MungeFailure> {
        let loaded = self.0.get_or_init(Munge::load);
        loaded
            .as_ref()
            .map_err(|error| MungeFailure::NoLibrary(error.to_string()))
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// [`MungeFailure::NoLibrary`].
    pub fn find(&self) -> Result<(), MungeFailure> {
        self.get().map(drop)
    }

    /// Has munged make a credential of this process's user, and of `condor`'s where that is root. Blocks for as long as
    /// munged takes.
    ///
    /// # Errors
    /// [`MungeFailure`].
    pub fn make(
        &self,
        request: &MakeCredential,
        condor_ids: Option<&str>,
    ) -> Result<Secret, MungeFailure> {
        let munge = self.get()?;
        let make = || munge.encode(&request.0).map_err(failure);
        if !rustix::process::geteuid().is_root() {
            return make();
        }
        let condor = CondorUser::find(condor_ids).map_err(MungeFailure::NoCondor)?;
        as_user(&condor, make)
    }

    /// Asks munged who made a credential, and the user database for the name. Blocks for as long as either takes.
    ///
    /// # Errors
    /// [`MungeFailure`].
    pub fn decode(&self, request: &DecodeCredential) -> Result<MungeMaker, MungeFailure> {
        let decoded = self.get()?.decode(&request.0).map_err(failure)?;
        Ok(MungeMaker {
            uid: decoded.uid,
            name: user_name(decoded.uid),
            payload: decoded.payload,
        })
    }
}

/// Runs this as another user, on a thread that ends with it: on Linux each thread has its own ids, and no other thread of
/// the process is ever this user.
fn as_user<T: Send>(
    user: &CondorUser,
    run: impl FnOnce() -> Result<T, MungeFailure> + Send,
) -> Result<T, MungeFailure> {
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    let on_thread = || {
        set_thread_res_gid(None, gid, None)
            .and_then(|()| set_thread_res_uid(None, uid, None))
            .map_err(|error| {
                let name = &user.name;
                MungeFailure::NoCondor(format!("root cannot become {name}: {error}"))
            })?;
        run()
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().spawn_scoped(scope, on_thread);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(output)) => output,
            Ok(Err(_)) | Err(_) => Err(MungeFailure::Unperformed),
        }
    })
}

fn failure(error: MungeError) -> MungeFailure {
    match error {
        MungeError::Reported { code, text } => MungeFailure::Reported { code, text },
        other => MungeFailure::Unusable(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_user_on_one_thread_alone() {
        let before = rustix::process::geteuid();
        let user = |uid| CondorUser {
            name: "condor".into(),
            uid,
            gid: rustix::process::getegid().as_raw(),
        };
        let own = as_user(&user(before.as_raw()), || Ok(rustix::process::geteuid()));
        assert_eq!(own, Ok(before));
        let other = as_user(&user(7001), || Ok(rustix::process::geteuid().as_raw()));
        if before.is_root() {
            assert_eq!(other, Ok(7001));
        } else {
            assert!(matches!(other, Err(MungeFailure::NoCondor(_))));
        }
        assert_eq!(rustix::process::geteuid(), before);
    }

    #[test]
    fn each_failure_keeps_its_reason() {
        let text = "Socket communication error".to_owned();
        let code = MungeFailure::SOCKET;
        let reported = failure(MungeError::Reported { code, text });
        assert!(matches!(reported, MungeFailure::Reported { code: 6, .. }));
        let unusable = failure(MungeError::Unusable("no credential"));
        assert_eq!(unusable.to_string(), "libmunge gave no credential");
    }
}
