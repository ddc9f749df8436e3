//! A real startd's claim id.

use std::time::Duration;

use countersign::core::session::ClaimId;
use countersign::core::wire::AdLimits;
use countersign::{Client, Sessions};

use super::{Family, SOON, nobody, runtime, target, until};
use crate::compare::Bench;
use crate::roots::Release;
use crate::run::{Output, User, command, finish};

/// Its answer holds the claim ids.
const QUERY_STARTD_PVT_ADS: i32 = 10;

const LIMIT: Duration = Duration::from_secs(60);

/// Who has it may do to the startd what DAEMON may, and no more; who has all but its last letter may do nothing.
pub(super) fn of_a_startd(bench: &Bench, release: Release) -> Result<(), String> {
    let family = Family::start(
        bench,
        release,
        "",
        "MORE_DAEMONS = STARTD\nSTARTD_DEBUG = D_SECURITY\n",
    )?;
    family.ready(bench)?;
    let inheritance = family.inheritance(bench)?;
    let client = Client::builder(nobody()).inherited(&inheritance).build();
    let collector = target(&family.daemon.address);
    let runtime = runtime();
    let claim = until(|| {
        let query = claim_id(&client, &collector);
        runtime.block_on(query).ok().flatten()
    })
    .ok_or_else(|| format!("no claim id\n{}", family.daemon.story(&bench.roots)))?;
    let claim = ClaimId::parse(&claim).map_err(|error| error.to_string())?;
    let text = String::from_utf8(claim.expose().expose().to_vec()).unwrap();

    let good = ping(bench, &family, &text, "good");
    let rows: Vec<&str> = good.stdout.lines().skip(1).map(str::trim).collect();
    let [daemon, read, negotiator] = rows[..] else {
        return Err(format!("{good:?}\n{}", family.daemon.story(&bench.roots)));
    };
    let as_expected = daemon.starts_with("DAEMON           none        AES       AES    ALLOW")
        && read.starts_with("READ           none        AES       AES    ALLOW")
        && negotiator.starts_with("NEGOTIATOR           FAIL");
    let log = family.daemon.log_of(&bench.roots, "StartLog");
    if !as_expected || !log.contains("submit-side@matchsession") {
        return Err(format!("{}{}\n{log}", good.stdout, good.stderr));
    }
    let mut forged = text.clone();
    let last = if forged.pop() == Some('0') { '1' } else { '0' };
    forged.push(last);
    let bad = ping(bench, &family, &forged, "bad");
    if bad.stdout.contains("ALLOW") || bad.status == Some(0) {
        return Err(format!("with another secret: {bad:?}"));
    }
    for output in [&good, &bad] {
        let secret = std::str::from_utf8(claim.key().expose()).unwrap();
        if output.stdout.contains(secret) || output.stderr.contains(secret) {
            return Err(format!("the secret is shown: {output:?}"));
        }
    }
    Ok(())
}

fn ping(bench: &Bench, family: &Family, claim: &str, name: &str) -> Output {
    let file = format!("{}/{name}", family.folder);
    bench.roots.write(&file, format!("{claim}\n"), 0, 0o600);
    let config = family.daemon.config();
    let mut ping = command(&bench.roots.root(Release::Newest), User::Root, config);
    ping.args(&bench.subject.command).args([
        "--claim-id-file",
        &file,
        "-debug",
        "-table",
        "DAEMON",
        "READ",
        "NEGOTIATOR",
    ]);
    finish(ping, LIMIT)
}

/// The claim id of the one slot, once the collector has it.
async fn claim_id(
    client: &Client,
    collector: &countersign::Target,
) -> Result<Option<String>, String> {
    let opened = client
        .open(
            collector,
            QUERY_STARTD_PVT_ADS,
            None,
            Sessions::Cached,
            SOON,
        )
        .await;
    let mut connection = opened.result.map_err(|failure| failure.to_string())?;
    let mut ad = countersign::classad::ClassAd::new();
    ad.insert("MyType", "Query");
    ad.insert("TargetType", "Machine");
    ad.insert("Requirements", true);
    let message = connection.encoder().ad(&ad).finish();
    connection
        .send(&message)
        .await
        .map_err(|error| error.to_string())?;
    let limits = AdLimits {
        attributes: 10_000,
        attribute_len: 1 << 20,
        literals_only: false,
    };
    let mut found = None;
    loop {
        let message = connection
            .receive()
            .await
            .map_err(|error| error.to_string())?;
        let mut decoder = message.decoder();
        while !decoder.is_at_end() {
            if decoder
                .int("whether more follows")
                .map_err(|e| e.to_string())?
                == 0
            {
                return Ok(found);
            }
            let ad = decoder.ad("an ad", limits).map_err(|e| e.to_string())?;
            for name in ["ClaimId", "Capability"] {
                found = found.or(ad.get_str(name).map(str::to_owned));
            }
        }
    }
}
