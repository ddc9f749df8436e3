//! A resumption altered: its server's word is in clear, but no command passes.

use countersign_core::session::Session;

use super::{FLIPS, Pair};
use crate::meet::{Meeting, nobody};

fn held(pair: &Pair) -> Session {
    pair.meeting().run().client.unwrap().into_session()
}

#[test]
fn every_byte_of_a_resumption() {
    let pair = Pair::strict("IDTOKENS");
    let session = held(&pair);
    let meeting = || Meeting {
        resumes: Some(session.clone()),
        seed: 9,
        ..pair.meeting()
    };
    let mut honest = meeting().run_with(&mut nobody);
    honest.talk().unwrap();
    let (mut runs, mut believed) = (0, 0);
    for (message, sent) in honest.messages.iter().enumerate() {
        for place in 0..sent.bytes.len() {
            for flip in FLIPS {
                let mut met = meeting().run_with(&mut |at, _, bytes| {
                    if at == message {
                        bytes[place] ^= flip;
                    }
                });
                runs += 1;
                believed += usize::from(met.client.is_ok());
                assert!(
                    met.talk().is_err(),
                    "{message} {place} {flip}\n{}",
                    met.story()
                );
                if let Some(caller) = met.caller()
                    && !met.is_nobodys_bare_command()
                {
                    let (_, expected) = honest.both().unwrap();
                    assert_eq!(caller.identity.user, expected.identity.user);
                    assert_eq!(caller.limits, expected.limits);
                    assert_eq!(caller.method, expected.method);
                }
                let session = pair.server.sessions.find(&session.id, crate::world::NOW);
                assert!(session.is_some(), "nobody can end somebody else's session");
            }
        }
    }
    println!(
        "a resumption: {runs} alterations, the client sent a command after {believed}, none was understood"
    );
    assert!(runs > 1_000);
}
