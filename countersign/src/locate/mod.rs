//! stub
use crate::settings::Host;
use crate::*;
use countersign_core::trace::Trace;
/// k
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DaemonKind {
    /// s
    Schedd,
}
impl DaemonKind {
    /// p
    pub fn parse(_: &str) -> Option<Self> {
        None
    }
}
/// r
pub struct LocateRequest {
    /// k
    pub kind: DaemonKind,
    /// n
    pub name: Option<String>,
    /// p
    pub pool: Option<String>,
}
/// l
pub struct Located {
    /// t
    pub target: Target,
    /// i
    pub id: String,
}
/// e
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct LocateError;
impl LocateError {
    /// c
    pub fn condor_text(&self) -> String {
        String::new()
    }
    /// l
    pub fn is_loud(&self) -> bool {
        false
    }
    /// x
    pub fn exit_status(&self) -> u8 {
        1
    }
}
impl Client {
    /// l
    pub async fn locate(
        &self,
        _: &countersign_config::Config,
        _: &Host,
        _: &LocateRequest,
        _: std::time::Duration,
    ) -> (Trace, Result<Located, LocateError>) {
        (Trace::default(), Err(LocateError))
    }
}
