//! Running a plugin of SCITOKENS.
//!
//! Rule: `Condor_Auth_SSL::ContinueScitokensPlugins` and `PluginReaper` in HTCondor: 0 is yes, 1 is no, and anything else
//! fails the handshake. What it prints is bounded, and so is its time.

use std::process::Stdio;
use std::time::Duration;

use crate::handover::{PRIVATE_VARIABLE, VARIABLE};
use countersign_methods::scitokens::{PluginAnswer, RunPlugin};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

/// The most that is read of what it prints, in bytes (PIPE_BUFFER_MAX).
const MAX_OUTPUT: u64 = 10_240;

/// How the variables start that say what is in a token.
const PREFIX: &str = "BEARER_TOKEN_0_";

/// Runs it, for at most `limit`. It is killed if nobody waits for it any more.
pub async fn run_plugin(request: RunPlugin, limit: Duration) -> PluginAnswer {
    let failed = |problem: String| PluginAnswer::Failed { problem };
    let Some((program, arguments)) = request.command.split_first() else {
        return failed("it has no command".into());
    };
    let mut command = Command::new(program);
    // What it learns of a token comes from that token alone, not from whoever started this process. And
    // the sessions that a daemon gave to this process are for nobody else.
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(PREFIX.as_bytes())
            || name == VARIABLE
            || name == PRIVATE_VARIABLE
        {
            command.env_remove(name);
        }
    }
    let started = command
        .args(arguments)
        .envs(request.variables)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return failed(format!("{program} cannot be started: {error}")),
    };
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let talk = async {
        let write = async {
            if let Some(mut input) = input {
                // One that does not read it may still know the answer.
                let _ = input.write_all(request.payload.as_bytes()).await;
            }
        };
        let read = async {
            let mut text = Vec::new();
            if let Some(output) = output {
                output.take(MAX_OUTPUT).read_to_end(&mut text).await?;
            }
            Ok::<_, std::io::Error>(text)
        };
        let ((), text) = tokio::join!(write, read);
        Ok::<_, std::io::Error>((child.wait().await?, text?))
    };
    match tokio::time::timeout(limit, talk).await {
        Err(_) => failed(format!("{program} took more than {} s", limit.as_secs())),
        Ok(Err(error)) => failed(format!("{program}: {error}")),
        Ok(Ok((status, text))) => match status.code() {
            Some(0) => PluginAnswer::Accepted {
                output: String::from_utf8_lossy(&text).into_owned(),
            },
            Some(1) => PluginAnswer::Declined,
            _ => failed(format!("{program} ended with {status}")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str) -> PluginAnswer {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let request = RunPlugin {
            name: "T".into(),
            command: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
            payload: "{}".into(),
            variables: vec![("BEARER_TOKEN_0_SUBJECT".into(), "s".into())],
        };
        runtime.block_on(run_plugin(request, Duration::from_secs(1)))
    }

    #[test]
    fn what_its_end_means() {
        let accepted = |output: &str| PluginAnswer::Accepted {
            output: output.into(),
        };
        assert_eq!(
            run("cat; echo \" $BEARER_TOKEN_0_SUBJECT\""),
            accepted("{} s\n")
        );
        assert_eq!(run("exit 1"), PluginAnswer::Declined);
        assert!(matches!(run("exit 2"), PluginAnswer::Failed { .. }));
        assert!(matches!(run("kill -9 $$"), PluginAnswer::Failed { .. }));
        assert!(matches!(run("exec sleep 60"), PluginAnswer::Failed { .. }));
    }
}
