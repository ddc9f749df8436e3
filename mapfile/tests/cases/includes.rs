//! `@include` of files, of folders, and of what is neither.

use super::tree::{File, Maker};

impl Maker<'_, '_> {
    pub(super) fn include(&mut self, file: &mut File, is_root: bool) {
        let number = self.tree.files.len() + self.tree.links.len();
        let mut name = format!("i{number}");
        let mut feature = "include of a file";
        let folder = self.folder;
        let written = match self.dice.below(if is_root { 24 } else { 2 }) {
            0 => name.clone(),
            1 => format!("{folder}/{name}"),
            2 => {
                name = format!("sub {number}/{name}");
                format!("\"{name}\"")
            }
            3..=5 => {
                feature = "include of a folder";
                self.folder_of(number);
                let end = self.dice.pick(&["", "/", "//"]);
                self.dice.pick(&["", "./"]).to_owned() + &format!("d{number}{end}")
            }
            6 | 15 => {
                feature = "include of nothing that can be read";
                match self.dice.below(4) {
                    0 => "missing".to_owned(),
                    1 => {
                        self.tree.links.push((name.clone(), "missing".to_owned()));
                        name.clone()
                    }
                    2 => {
                        self.tree.links.push((name.clone(), name.clone()));
                        name.clone()
                    }
                    _ => "map/x".to_owned(),
                }
            }
            7 | 16 => {
                feature = "include of nothing";
                self.dice.pick(&["", "\"\""]).to_owned()
            }
            8 | 17 => {
                feature = "include of a link";
                self.tree.links.push((format!("l{number}"), name.clone()));
                format!("l{number}")
            }
            9 | 18 => {
                feature = "include of itself";
                "map".to_owned()
            }
            10 | 14 | 20..=23 if !self.tree.files.is_empty() => {
                feature = "include of the same again";
                let at = self.dice.below(self.tree.files.len());
                self.tree
                    .files
                    .get(at)
                    .map_or("map".to_owned(), |file| format!("\"{}\"", file.path))
            }
            11 | 19 => {
                feature = "include of an empty folder";
                self.tree.folders.push(format!("e{number}"));
                format!("e{number}")
            }
            12 => format!("\"{name}"),
            _ => format!(
                "../{}/{name}",
                folder.rsplit('/').next().unwrap_or_default()
            ),
        };
        let directive = self.dice.pick(&[
            "@include ",
            "@include ",
            "@include\t",
            " @include ",
            "\"@include\" ",
            "@include  ",
        ]);
        let junk = self.dice.pick(&["", "", "", " junk"]);
        let (directive, feature) = if self.dice.percent(7) {
            (
                self.dice.pick(&["@INCLUDE ", "@includes ", "#@include "]),
                "no include, but nearly",
            )
        } else if is_root {
            (directive, feature)
        } else {
            (directive, "include in an included file")
        };
        let unclosed = written.starts_with('"') && !written.ends_with('"');
        let junk = if unclosed { "" } else { junk };
        // An open quote takes the newline with it, so that nothing has that name.
        file.add(
            format!("{directive}{written}{junk}").into_bytes(),
            vec![feature],
            b"\n",
        );
        let names_it = written.contains(&name) || feature == "include of a link";
        if names_it && !self.tree.links.iter().any(|(link, _)| *link == name) {
            let included = self.file(name, false);
            self.tree.files.push(included);
        }
    }

    /// A folder with names in and out of order, and such as are passed over.
    fn folder_of(&mut self, number: usize) {
        let all = [
            "10-a",
            "9-b",
            "a",
            "B",
            "b.conf",
            "é",
            ".hidden",
            "c~",
            "d.sh",
            "e.rpmsave",
            "#f#",
            "g.pl",
            "h.py",
            "i.dpkg-old",
            "j.sh.x",
            "Z.cfsaved",
            "k.rpmnew",
            "l.dpkg-dist",
            " m",
            "~n",
        ];
        self.tree.folders.push(format!("d{number}/subfolder"));
        for _ in 0..2 + self.dice.below(4) {
            let path = format!("d{number}/{}", self.dice.pick(&all));
            if self.tree.files.iter().any(|file| file.path == path) {
                continue;
            }
            let mut file = File {
                path,
                ..File::default()
            };
            for _ in 0..1 + self.dice.below(2) {
                self.literal(&mut file);
            }
            self.tree.files.push(file);
        }
        if self.dice.percent(20) {
            self.tree
                .links
                .push((format!("d{number}/link"), "../map".to_owned()));
        }
    }
}
