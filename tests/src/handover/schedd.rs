//! A claim id of ours, used by a real schedd.

use countersign::classad::ClassAd;
use countersign::core::PROTOCOL_VERSION;
use countersign::core::names::{Command, Level, Role};
use countersign::core::session::MAX_CLAIM_ID;
use countersign::handover::ClaimTerms;
use countersign::peer::{Call, Event};
use countersign::settings::Host;
use countersign::{Client, Peer, PeerHandle, Sessions, Settings, Target};

use super::{Family, SOON, runtime, target};
use crate::compare::Bench;
use crate::roots::Release;
use crate::run::{User, command, finish};
use crate::tokens::Token;

const DIRECT_ATTACH: i32 = 531;
const REQUEST_CLAIM: i32 = 442;

/// The schedd of Alice's job hears of a slot of our peer's and its claim id, and asks for the claim in its session.
pub(super) fn requests_a_claim(bench: &Bench, release: Release) -> Result<(), String> {
    let mut family = Family::start(
        bench,
        release,
        "",
        "MORE_DAEMONS = SCHEDD\nALLOW_READ = *\nALLOW_WRITE = alice@pool.example\n\
         SEC_DEFAULT_AUTHENTICATION_METHODS = FS, IDTOKENS\n\
         SEC_PASSWORD_DIRECTORY = /etc/condor/passwords.d\nSCHEDD_DEBUG = D_FULLDEBUG D_MATCH\n",
    )?;
    family.ready(bench)?;
    let schedd = family.daemon.schedd(&bench.roots)?;
    submit(bench, release, &family)?;

    let runtime = runtime();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let request = Command::new(REQUEST_CLAIM, "REQUEST_CLAIM", Level::Daemon);
    let builder = Peer::builder().command(request, SOON, move |mut call: Call| {
        let tell = tell.clone();
        async move {
            if let Ok(message) = call.receive().await {
                let claim = message.decoder().string("the claim id", MAX_CLAIM_ID);
                let _ = tell.send(claim.map(str::to_owned));
            }
        }
    });
    let peer = runtime
        .block_on(builder.start())
        .map_err(|error| error.to_string())?;
    let claim = peer
        .issue_claim(&ClaimTerms::new(Role::SubmitSide))
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8(claim.expose().expose().to_vec()).unwrap();

    let client = alice(bench, &family);
    runtime
        .block_on(attach(&client, &target(&schedd), &peer, &text))
        .map_err(|error| format!("{error}\n{}", family.daemon.story(&bench.roots)))?;
    let requested = runtime.block_on(async { tokio::time::timeout(SOON, told.recv()).await });
    match requested {
        Ok(Some(Ok(requested))) if requested == text => {}
        other => {
            let log = family.daemon.log_of(&bench.roots, "SchedLog");
            let how = if other.is_ok() {
                "another claim"
            } else {
                "none"
            };
            return Err(format!("{how}\n{:?}\n{log}", peer.decisions()));
        }
    }
    let by_claim = peer.decisions().iter().any(|occurrence| {
        matches!(&occurrence.event, Event::Command { command: REQUEST_CLAIM, caller, .. }
            if caller.identity.user == "submit-side@matchsession" && caller.handed == Some(Role::SubmitSide))
    });
    if by_claim {
        Ok(())
    } else {
        Err(format!("{:?}", peer.decisions()))
    }
}

/// Alice with her token: the schedd gives her slots to her own jobs alone.
fn alice(bench: &Bench, family: &Family) -> Client {
    let folder = format!("{}/tokens", family.folder);
    let outside = bench.roots.host(&folder);
    std::fs::create_dir(&outside).unwrap();
    let token = bench.tokens.file(&[Token::Alice]);
    bench
        .roots
        .write(&format!("{folder}/alice"), token, 0, 0o600);
    let text = format!(
        "TRUST_DOMAIN = pool.example\nALLOW_CLIENT = *\nSEC_TOKEN_DIRECTORY = {}\n\
         SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n",
        outside.display()
    );
    let host = Host::detect("TOOL");
    Client::new(Settings::from_config(&text.parse().unwrap(), &host).unwrap())
}

/// Alice submits a job that any slot will do for.
fn submit(bench: &Bench, release: Release, family: &Family) -> Result<(), String> {
    let file = format!("{}/job", family.folder);
    let job = "executable = /bin/true\ntransfer_executable = false\nrequirements = true\nqueue\n";
    bench.roots.write(&file, job, User::Alice.id(), 0o644);
    let config = family.daemon.config();
    let mut submit = command(&bench.roots.root(release), User::Alice, config);
    submit.args(["condor_submit", &file]);
    let output = finish(submit, SOON);
    if output.status == Some(0) {
        return Ok(());
    }
    let log = family.daemon.log_of(&bench.roots, "SchedLog");
    Err(format!("{output:?}\n{log}"))
}

/// Offers a slot of the peer's to the schedd, as a startd with STARTD_DIRECT_ATTACH_SCHEDD_NAME would.
async fn attach(
    client: &Client,
    schedd: &Target,
    peer: &PeerHandle,
    claim: &str,
) -> Result<(), String> {
    let opened = client
        .open(schedd, DIRECT_ATTACH, None, Sessions::Fresh, SOON)
        .await;
    let mut connection = opened.result.map_err(|failure| failure.to_string())?;
    let mut offer = ClassAd::new();
    offer.insert("NumAds", 1);
    let mut slot = ClassAd::new();
    for (name, value) in [
        ("MyType", "Machine"),
        ("Name", "slot1@ours"),
        ("Machine", "ours"),
        ("MyAddress", peer.address()),
        ("StartdIpAddr", peer.address()),
        ("OpSys", "LINUX"),
        ("Arch", "X86_64"),
        ("State", "Unclaimed"),
        ("CondorVersion", PROTOCOL_VERSION),
    ] {
        slot.insert(name, value);
    }
    for (name, value) in [("Cpus", 1), ("Memory", 4096), ("Disk", 10_000_000)] {
        slot.insert(name, value);
    }
    slot.insert("Requirements", true);
    slot.insert("HasFileTransfer", true);
    let message = connection
        .encoder()
        .ad(&offer)
        .string(claim)
        .ad(&slot)
        .finish();
    connection
        .send(&message)
        .await
        .map_err(|error| error.to_string())?;
    connection
        .receive()
        .await
        .map_err(|error| error.to_string())?;
    Ok(())
}
