//! SSL and SCITOKENS: ours and the real ones, as clients and as servers, with certificates, issuers and tokens of every
//! kind.

mod authority;
mod case;
mod certificates;
mod ciphers;
mod compare;
mod issuers;
mod libraries;
mod orders;
mod rotation;
mod scitokens;
mod site;
mod ssl;

use std::sync::{Arc, OnceLock};

use libtest_mimic::{Failed, Trial};

use self::certificates::Certificates;
use self::site::Site;
use crate::compare::Bench;

/// What all share, made when the first test needs it.
type Shared = Arc<OnceLock<Result<Site, String>>>;

/// A test for each server's configuration; `itself` leaves them out.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>, itself: bool) -> Vec<Trial> {
    let shared = Shared::default();
    let trial = |name: String, check: Check| {
        let (bench, shared) = (bench.cloned(), shared.clone());
        let test = move || match bench {
            Some(bench) => shared
                .get_or_init(|| Site::new(&bench))
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|site| check(&bench, site))
                .map_err(Failed::from),
            None => Ok(()),
        };
        Trial::test(format!("tls/{name}"), test).with_ignored_flag(itself)
    };
    // Names are known before there are certificates.
    let names = ssl::groups(&Certificates::default())
        .into_iter()
        .chain(scitokens::groups())
        .chain(orders::groups())
        .chain(ciphers::groups())
        .map(|group| group.name);
    let mut trials: Vec<Trial> = names
        .map(|name| {
            let check = move |bench: &Bench, site: &Site| {
                let mut groups = ssl::groups(&site.certificates);
                groups.extend(scitokens::groups());
                groups.extend(orders::groups());
                groups.extend(ciphers::groups());
                let group = groups.iter().find(|group| group.name == name);
                compare::group(bench, site, group.ok_or("no such group")?)
            };
            trial(name.to_owned(), Box::new(check))
        })
        .chain([
            trial("ciphers/sent-key".into(), Box::new(ciphers::sent_key)),
            trial("ciphers/recipe".into(), Box::new(ciphers::recipe)),
        ])
        .collect();
    for version in libraries::VERSIONS {
        let check = move |bench: &Bench, site: &Site| libraries::same_answers(bench, site, version);
        trials.push(trial(format!("python/{version}"), Box::new(check)));
    }
    trials.push(trial(
        "rotation/between-handshakes".to_owned(),
        Box::new(rotation::between_handshakes),
    ));
    trials
}

/// A test of one kind.
type Check = Box<dyn FnOnce(&Bench, &Site) -> Result<(), String> + Send>;
