//! Which files of a folder are opened.

use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};

/// Folders that are watched.
#[derive(Debug)]
pub(crate) struct Watch(OwnedFd);

impl Watch {
    pub(crate) fn new() -> Self {
        Self(init(CreateFlags::NONBLOCK).unwrap())
    }

    /// Watches a folder and all below it.
    pub(crate) fn all(&self, folder: &Path) {
        let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            add_watch(&self.0, &folder, WatchFlags::OPEN | WatchFlags::ACCESS).unwrap();
            for entry in std::fs::read_dir(&folder).unwrap().flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(entry.path());
                }
            }
        }
        self.opened();
    }

    /// What was opened since this was asked last.
    pub(crate) fn opened(&self) -> Vec<String> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.0, &mut buffer);
        let mut names = Vec::new();
        while let Ok(event) = reader.next() {
            names.push(format!("{:?}", event.file_name()));
        }
        names
    }
}
