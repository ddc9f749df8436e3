//! Daemons on this host, by the files they leave.

use std::path::Path;

use countersign_core::trace::AddressSource;

use super::address_file::{Published, read_ad_file, read_address_file};
use super::{Cx, Problem};

impl Cx<'_> {
    /// The address that a local daemon published (the order of `Daemon::getDaemonInfo`): for the superuser, or with
    /// USE_SUPER_PORT, `<SUBSYSTEM>_SUPER_ADDRESS_FILE`, alone if that is set at all; for others
    /// `<SUBSYSTEM>_DAEMON_AD_FILE`, then `<SUBSYSTEM>_ADDRESS_FILE`.
    pub(super) fn local_files(
        &mut self,
        subsystem: &str,
    ) -> Result<Option<(Published, AddressSource)>, Problem> {
        if self.super_port()? {
            return self.address_file(subsystem);
        }
        let knob = format!("{subsystem}_DAEMON_AD_FILE");
        let attribute = format!("{subsystem}IpAddr");
        let ad = self.try_file(&knob, |path| read_ad_file(path, &attribute))?;
        match ad {
            Some(found) if found.0.complete => Ok(Some(found)),
            incomplete => Ok(self.address_file(subsystem)?.or(incomplete)),
        }
    }

    /// The address file (`Daemon::readAddressFile`), which is another for the superuser.
    pub(super) fn address_file(
        &mut self,
        subsystem: &str,
    ) -> Result<Option<(Published, AddressSource)>, Problem> {
        let privileged = format!("{subsystem}_SUPER_ADDRESS_FILE");
        let knob = if self.super_port()? && self.lookup.text(&privileged)?.is_some() {
            privileged
        } else {
            format!("{subsystem}_ADDRESS_FILE")
        };
        self.try_file(&knob, read_address_file)
    }

    fn super_port(&self) -> Result<bool, Problem> {
        Ok(self.host.is_root || self.lookup.boolean("USE_SUPER_PORT")?)
    }

    fn try_file(
        &mut self,
        knob: &str,
        read: impl FnOnce(&Path) -> Result<Published, String>,
    ) -> Result<Option<(Published, AddressSource)>, Problem> {
        let Some(path) = self.lookup.path(knob)? else {
            self.tried.push(format!("{knob} is not set"));
            return Ok(None);
        };
        match read(&path) {
            Ok(found) => Ok(Some((
                found,
                AddressSource::AddressFile(path.display().to_string()),
            ))),
            Err(problem) => {
                self.tried
                    .push(format!("{knob}, {}: {problem}", path.display()));
                Ok(None)
            }
        }
    }
}
