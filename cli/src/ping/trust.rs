//! Asking the person at the terminal about a server that nobody vouches for, as `condor_ping` does.

use std::io::{BufRead as _, IsTerminal as _};

use countersign::effects::Performed;
use countersign::effects::tls::{KnownHosts, note_down};
use countersign::methods::ssl::{Bootstrap, TrustAnswer, TrustServer};
use countersign::{Client, Settings};

use crate::output::Output;

/// The most lines of an answer that are neither yes nor no.
const PATIENCE: usize = 20;

/// A client that asks, where there is a terminal and the configuration lets it.
pub(super) fn client(mut settings: Settings) -> Client {
    let asks = settings.may_ask_about_servers
        && settings.ssl.bootstrap == Bootstrap::Refuse
        && std::io::stdin().is_terminal();
    if !asks {
        return Client::new(settings);
    }
    settings.ssl.bootstrap = Bootstrap::Ask;
    let file = settings.tls.known_hosts.clone();
    Client::builder(settings)
        .performer(move |question: TrustServer| Performed::from(ask(&question, &file)))
        .build()
}

fn ask(question: &TrustServer, file: &KnownHosts) -> TrustAnswer {
    let mut output = Output;
    output.complain(&format!(
        "The remote host {} presented an untrusted {}certificate with the following fingerprint:\nSHA-256: {}\nSubject: \
         {}\nWould you like to trust this server for current and future communications?\nPlease type 'yes' or 'no':",
        question.host,
        if question.is_authority { "CA " } else { "" },
        question.fingerprint,
        question.subject,
    ));
    for line in std::io::stdin().lock().lines().take(PATIENCE) {
        match line.as_deref().map(str::trim) {
            Ok("yes") => {
                let noted = note_down(file, question);
                return TrustAnswer::Believed { noted };
            }
            Ok("no") => {
                let why = "you said no".to_owned();
                return TrustAnswer::Refused { why };
            }
            Ok(_) => output.complain("Please type 'yes' or 'no':"),
            Err(_) => break,
        }
    }
    TrustAnswer::Refused {
        why: "nobody answered".into(),
    }
}
