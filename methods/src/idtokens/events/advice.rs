//! What would change it. Nothing here grants more than the identity that was asked with.

use std::path::Path;

use super::IdTokensEvent;
use crate::akep2::ProofDefect;
use crate::idtokens::credentials::FolderOrigin;
use crate::idtokens::select::Search;

/// The most files that advice is given about.
const MOST: usize = 3;

pub(super) fn remedy(event: &IdTokensEvent) -> Option<String> {
    Some(match event {
        IdTokensEvent::NothingToOffer { search } => {
            in_folder(search, "put a token for this pool into")
        }
        IdTokensEvent::NoToken {
            trust_domain,
            keys,
            search,
            ..
        } => in_folder(
            search,
            &format!(
                "on a host that has the pool's key {}run {}, and put what it prints into",
                keys.first()
                    .map_or_else(String::new, |key| format!("{key} ")),
                create(keys.first(), &format!("USER@{trust_domain}")),
            ),
        ),
        IdTokensEvent::NotProven {
            subject,
            path,
            line,
            key,
            announced,
            defect,
            expired_since,
            passed_over,
        } => {
            let Some(line) = line else {
                return Some(made_here(key, path, *defect));
            };
            let place = format!("line {line} of {}", path.display());
            let anew = format!(
                "{} on a host that has that key makes a new one",
                create(Some(key), subject)
            );
            match (expired_since, passed_over, defect) {
                (Some(_), Some(other), _) => {
                    format!("the token has expired: {}", first(path, *line, other))
                }
                (Some(_), None, _) => format!("replace the expired token in {place}; {anew}"),
                (None, Some(other), ProofDefect::WrongMac) => first(path, *line, other),
                (None, None, ProofDefect::WrongMac) => format!(
                    "the key {key} was replaced on the server, or this is another server, or the \
                     token was never signed with that key: replace {place}; {anew}"
                ),
                (None, other, _) => format!(
                    "only the server knows why: look for `User token` in its log (D_SECURITY). {}; a \
                     revoked token cannot be told from a replaced key or a wrong clock there{}",
                    if *announced {
                        format!(
                            "It announced this token's trust domain and the key {key} itself, so \
                             it is neither of them"
                        )
                    } else {
                        format!(
                            "It did not announce its keys or its trust domain, so it may not have \
                             the key {key} or be of another domain"
                        )
                    },
                    other.as_ref().map_or_else(String::new, |other| format!(
                        ". To try the next one, {}",
                        first(path, *line, other)
                    ))
                ),
            }
        }
        _ => return None,
    })
}

fn create(key: Option<&String>, identity: &str) -> String {
    match key {
        Some(key) => format!("`condor_token_create -key {key} -identity {identity}`"),
        None => format!("`condor_token_create -identity {identity}`"),
    }
}

/// How `other` comes to be the first token.
fn first(path: &Path, line: usize, other: &str) -> String {
    let file = path.display().to_string();
    let same_file = other
        .strip_prefix(&file)
        .is_some_and(|rest| rest.starts_with(" line "));
    if same_file {
        format!("take line {line} out of {file}, so that {other} comes first")
    } else {
        format!("move {file} away, so that {other} comes first")
    }
}

/// The key itself is nobody's to hand round: whoever has it is anybody.
fn made_here(key: &str, path: &Path, defect: ProofDefect) -> String {
    let path = path.display();
    match defect {
        ProofDefect::WrongMac => format!(
            "{path} is another pool's key {key}, or an old one: use a token that was signed with \
             the server's key ({} there), and --no-self-token to try nothing else",
            create(Some(&key.to_owned()), "USER@DOMAIN")
        ),
        _ => format!(
            "only the server knows why: look for `User token` in its log (D_SECURITY); it announced the \
             key {key} and this trust domain itself, so it is neither of them. Its clock may \
             differ: such a token is good for a minute"
        ),
    }
}

/// What to do about a folder in which nothing suited; `put` says how to get a token.
fn in_folder(search: &Search, put: &str) -> String {
    let folder = search.folder.display();
    let setting = setting(search.origin);
    if search.folder.as_os_str().is_empty() {
        return format!("set {setting} to a folder of tokens");
    }
    if search.folder.starts_with("~") {
        return format!(
            "write {setting} = {folder} out from the root: HTCondor does not expand `~`"
        );
    }
    if let Some(problem) = &search.problem {
        return if problem.contains("os error 2)") {
            format!("make the folder {folder} (mkdir -m 700), owned by this user; then {put} it")
        } else if problem.contains("os error 13)") {
            format!(
                "this user may not read {folder}, which {setting} names: run this as the user \
                 whose tokens are there, or set SEC_TOKEN_DIRECTORY to a folder of this user's own"
            )
        } else {
            format!("mend that first; {setting} names the folder")
        };
    }
    let mut mends: Vec<String> = search
        .files
        .iter()
        .filter_map(|file| file.outcome.as_ref().err()?.mend(&file.path))
        .collect();
    let more = mends.len().saturating_sub(MOST);
    mends.truncate(MOST);
    if more > 0 {
        mends.push(format!("and so on for {more} more"));
    }
    let put = format!("{put} {folder}, owned by this user with mode 600");
    match (mends.is_empty(), search.files.len()) {
        (true, _) => put,
        (false, 1) => mends.concat(),
        (false, _) => format!("{}; or {put}", mends.join("; ")),
    }
}

fn setting(origin: FolderOrigin) -> &'static str {
    match origin {
        FolderOrigin::TokenDirectory => "SEC_TOKEN_DIRECTORY",
        FolderOrigin::Home => "the home folder of this user, since SEC_TOKEN_DIRECTORY is not set,",
        FolderOrigin::SystemDirectory => "SEC_TOKEN_SYSTEM_DIRECTORY",
    }
}
