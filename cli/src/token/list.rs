//! `countersign token list`: what condor_token_list prints.

use std::process::ExitCode;

use countersign::keys::{LooseFile, find_token_files, read_loosely};
use countersign::methods::idtokens::decoded_parts;
use countersign::settings::ServerMethods;

use super::arguments::Which;
use crate::output::Output;

/// Runs the command. As condor_token_list does, it succeeds whatever it finds; unlike that, it says what
/// it could not read.
pub(super) fn run(site: &ServerMethods, which: &Which, output: &mut Output) -> ExitCode {
    let files = match which {
        Which::File(path) => Ok(vec![read_loosely(path)]),
        Which::Folder(folder) => find_token_files(&site.keys, Some(folder)),
        Which::Configured => find_token_files(&site.keys, None),
    };
    match files {
        Ok(files) => {
            for file in &files {
                show(file, output);
            }
        }
        Err(problem) => output.complain(&format!("no tokens can be listed: {problem}")),
    }
    ExitCode::SUCCESS
}

fn show(file: &LooseFile, output: &mut Output) {
    if let Err(problem) = &file.content {
        output.complain(&format!("{}: {problem}", file.path.display()));
    }
    for (line, text) in file.lines() {
        let path = file.path.display();
        match decoded_parts(text) {
            Some((header, payload)) => {
                output.line(&format!("Header: {header} Payload: {payload} File: {path}"));
            }
            None => output.complain(&format!("{path}, line {line}: no token")),
        }
    }
}
