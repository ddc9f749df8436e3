//! Being a good child of condor_master: the sessions and the socket that it gave, the word that this process
//! lives, and the end when the parent ends.

use std::sync::Arc;
use std::time::Duration;

use countersign::PeerBuilder;
use countersign::config::Config;
use countersign::core::names::{Command, DC_RAISESIGNAL, Level};
use countersign::core::trace::{Event, Trace};
use countersign::handover::Inheritance;
use countersign::peer::Call;
use countersign::settings::{Host, Lookup};
use countersign::{Attempt, Client, DEFAULT_TIMEOUT, Settings};
use rustix::process::{Pid, test_kill_process};
use serde_json::json;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Interval, interval};

/// How long a child may be silent before it is taken for hung: NOT_RESPONDING_TIMEOUT's default, in seconds.
const NOT_RESPONDING: u64 = 3600;

/// How many raised signals wait.
const SIGNALS: usize = 4;

/// Signals that a daemon obeys, by the numbers that every Unix has.
const HANGUP: i32 = 1;
const QUIT: i32 = 3;
const TERMINATE: i32 = 15;

/// How often the parent is looked for (HTCondor: PARENT_CHECK_INTERVAL).
const LOOK: Duration = Duration::from_secs(5);

/// What a parent daemon gave, and how it is told that this process lives.
pub(super) struct Parent {
    pub(super) inheritance: Inheritance,
    client: Arc<Client>,
    hung_after: Duration,
    alive: Interval,
    look: Interval,
    pid: Option<Pid>,
    raised: Receiver<i64>,
    raise: Sender<i64>,
}

/// What is to be done.
pub(super) enum Due {
    /// To tell the parent.
    Tell,
    /// To read the configuration anew: the parent raised SIGHUP by DC_RAISESIGNAL.
    Reconfigure,
    /// To end: the parent has.
    End,
}

/// What this process inherited. `None` if no daemon started it.
pub(super) fn inherited(family: bool) -> Result<Option<Inheritance>, String> {
    Inheritance::of_process(family).map_err(|error| error.to_string())
}

impl Parent {
    /// Reads what the parent is told with. Must be called within a runtime.
    pub(super) fn new(
        inheritance: Inheritance,
        config: &Config,
        host: &Host,
    ) -> Result<Self, String> {
        let settings = Settings::from_config(config, host).map_err(|error| error.to_string())?;
        let hung_after = Duration::from_secs(not_responding(config, host)?);
        let client = Client::builder(settings).inherited(&inheritance).build();
        // As HTCondor's daemons: three times within the time, and half a minute to spare.
        let every = (hung_after / 3)
            .saturating_sub(Duration::from_secs(30))
            .max(Duration::from_secs(1));
        let (raise, raised) = channel(SIGNALS);
        Ok(Self {
            pid: inheritance
                .inherit()
                .and_then(|inherit| Pid::from_raw(inherit.parent_pid)),
            inheritance,
            client: Arc::new(client),
            hung_after,
            raised,
            raise,
            alive: interval(every),
            look: interval(LOOK),
        })
    }

    /// The next thing to do.
    pub(super) async fn due(&mut self) -> Due {
        loop {
            tokio::select! {
                _ = self.alive.tick() => return Due::Tell,
                Some(signal) = self.raised.recv() => match i32::try_from(signal) {
                    Ok(HANGUP) => return Due::Reconfigure,
                    Ok(TERMINATE | QUIT) => return Due::End,
                    _ => {}
                },
                _ = self.look.tick() => {
                    if self.pid.is_some_and(|pid| test_kill_process(pid).is_err()) {
                        return Due::End;
                    }
                }
            }
        }
    }

    /// Takes the signals that a parent raises by command, where it does not send them (with
    /// NEVER_USE_KILL_FOR_DC_SIGNALS, or from another machine).
    pub(super) fn taking_signals(&self, builder: PeerBuilder) -> PeerBuilder {
        let raise = self.raise.clone();
        let command = Command::new(DC_RAISESIGNAL, "DC_RAISESIGNAL", Level::Daemon);
        builder.command(command, DEFAULT_TIMEOUT, move |mut call: Call| {
            let raise = raise.clone();
            async move {
                if let Ok(message) = call.receive().await
                    && let Ok(signal) = message.decoder().int("the signal")
                {
                    // A flood of them is one.
                    let _ = raise.try_send(signal);
                }
            }
        })
    }

    /// Tells the parent, beside everything else; what comes of it is a line.
    pub(super) fn tell(&self) -> impl Future<Output = Option<String>> + Send + 'static {
        let (client, inheritance) = (self.client.clone(), self.inheritance.clone());
        let hung_after = self.hung_after;
        async move {
            let told = client
                .child_alive(&inheritance, hung_after, DEFAULT_TIMEOUT)
                .await?;
            Some(line(&told))
        }
    }
}

fn line(told: &Attempt<()>) -> String {
    let mut fields = json!({ "event": "told the parent", "server": server(&told.trace) });
    if let (Err(failure), Some(fields)) = (&told.result, fields.as_object_mut()) {
        fields.insert("reason".into(), failure.to_string().into());
        fields.insert("event".into(), "could not tell the parent".into());
    }
    fields.to_string()
}

/// What the parent is by the session that was used, the last one if several were tried.
fn server(trace: &Trace) -> Option<&'static str> {
    let mut handed = trace.iter().filter_map(|event| match event {
        Event::HandedOver { role, .. } => Some(role.user()),
        _ => None,
    });
    handed.next_back()
}

/// NOT_RESPONDING_TIMEOUT, of this subsystem if it has its own.
fn not_responding(config: &Config, host: &Host) -> Result<u64, String> {
    let lookup = Lookup::new(config, &host.subsystem);
    let own = format!("{}_NOT_RESPONDING_TIMEOUT", host.subsystem);
    for name in [own.as_str(), "NOT_RESPONDING_TIMEOUT"] {
        if let Some(text) = lookup.text(name).map_err(|error| error.to_string())? {
            return match text.trim().parse() {
                Ok(seconds @ 1..) => Ok(seconds),
                _ => Err(format!(
                    "{name} is {text:?}, and must be a number of seconds above 0"
                )),
            };
        }
    }
    Ok(NOT_RESPONDING)
}
