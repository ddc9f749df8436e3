//! A whole configuration: the files, the environment, who reads it.

use super::{Maker, NAMES};
use crate::configuration::{Case, HERE};
use crate::dice::Dice;
use crate::run::User;

/// What conditions, includes and functions refer to.
fn beginning(maker: &mut Maker<'_>) -> Vec<String> {
    let mut lines = vec![
        format!("C_Folder = {HERE}"),
        format!("C_Index = {}", maker.dice.below(3)),
        "C_Size = 42".to_owned(),
        "C_Ratio = 2.75".to_owned(),
        "C_Items = p, q,r".to_owned(),
        "C_True = yes".to_owned(),
        "C_Nothing =".to_owned(),
        "C_Name = C_Num".to_owned(),
        "C_Category = role".to_owned(),
    ];
    for (name, values) in [
        ("C_Num", ["17", "-4", "3 * 4", "0", "12345678901"]),
        ("c_real", ["3.75", "-0.5", "1e3", "2", "7/2.0"]),
        (
            "C_Path",
            ["/a/b/c.tar.gz", "d/e.txt", "\"/q r/s.x\"", "/only/", "name"],
        ),
        (
            "C_List",
            ["a, b c,d", "x", "a:b, c", "  one  two ", "'p','q'"],
        ),
    ] {
        if maker.dice.percent(85) {
            lines.push(format!("{name} = {}", maker.dice.pick(&values)));
        }
    }
    lines
}

pub(super) fn case(dice: &mut Dice, number: u64, wrong: bool) -> Case {
    let mut case = Case::new("", "");
    let mut maker = Maker::new(dice);
    if maker.dice.percent(30) {
        let subsystem = maker
            .dice
            .pick(&["SCHEDD", "STARTD", "COLLECTOR", "MASTER"]);
        maker.subsystem = subsystem.to_owned();
        case.subsystem = Some(subsystem.to_owned());
    }
    if maker.dice.percent(25) {
        let local = maker.dice.pick(&["east", "South_2"]);
        maker.local_name = local.to_owned();
        case.local_name = Some(local.to_owned());
    }
    maker.may_break = number % 10 == 3;
    let is_plain_user = maker.dice.percent(15);
    maker.files.push(("condor_config".to_owned(), Vec::new()));
    let mut lines = beginning(&mut maker);
    lines.extend(sources(&mut maker, is_plain_user));
    let count = 4 + maker.dice.below(14);
    let mistake_at = wrong.then(|| maker.dice.below(count));
    for place in 0..count {
        if mistake_at == Some(place) {
            lines.extend(maker.mistake());
        }
        if maker.dice.percent(22) {
            lines.extend(maker.branches(0));
        } else {
            lines.extend(maker.statement());
        }
    }
    if number % 16 == 5 {
        let length = 1 + maker.dice.below(16);
        lines.extend(maker.chain(length));
    }
    if maker.dice.percent(12) {
        maker.note("source: AUTO_USE_");
        lines.push(
            maker
                .dice
                .pick(&[
                    "AUTO_USE_FEATURE_GPUs = true",
                    "AUTO_USE_feature_gpus = $(C_True)",
                    "AUTO_USE_SECURITY_HOST_BASED = ! $(C_Nothing)",
                    "AUTO_USE_FEATURE_NoSuch = 1",
                    "AUTO_USE_ROLE_Personal = version >= 24.0.0",
                    "AUTO_USE_POLICY_Always_Run_Jobs = false",
                ])
                .to_owned(),
        );
    }
    case.variables = variables(&mut maker);
    let text = maker.text(&lines);
    maker.files[0].1 = text;
    case.files = maker.files;
    case.features = maker.features;
    case.chances = maker.chances;
    if is_plain_user
        && !case
            .files
            .iter()
            .any(|(_, text)| String::from_utf8_lossy(text).contains(" into "))
    {
        case.user = User::Alice;
    }
    case
}

/// Local files and folders.
fn sources(maker: &mut Maker<'_>, is_plain_user: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if maker.dice.percent(30) {
        maker.note("source: LOCAL_CONFIG_DIR");
        let folders = 1 + maker.dice.below(2);
        for folder in 0..folders {
            for _ in 0..=maker.dice.below(3) {
                let name =
                    maker
                        .dice
                        .pick(&["10-site", "20-pool.config", "9-late", "Zed", "a b", "_x"]);
                let statements = 1 + maker.dice.below(3);
                let name = format!("d{folder}/{name}");
                if maker.files.iter().all(|(known, _)| *known != name) {
                    maker.file(name, statements);
                }
            }
            if maker.dice.percent(40) {
                maker.note("source: excluded file of LOCAL_CONFIG_DIR");
                let name = maker.dice.pick(&[
                    "50-old~",
                    ".hidden",
                    "60.rpmsave",
                    "#70#",
                    "80.rpmnew",
                    "skip.me",
                ]);
                maker.files.push((
                    format!("d{folder}/{name}"),
                    b"C_Last_1 = excluded\n".to_vec(),
                ));
            }
            if maker.dice.percent(20) {
                maker.files.push((
                    format!("d{folder}/below/x"),
                    b"C_Last_1 = too deep\n".to_vec(),
                ));
            }
        }
        let list: Vec<String> = (0..folders)
            .map(|folder| format!("{HERE}/d{folder}"))
            .collect();
        lines.push(format!(
            "LOCAL_CONFIG_DIR = {}",
            list.join(maker.dice.pick(&[",", " ", ", "]))
        ));
        if maker.dice.percent(25) {
            lines.push("LOCAL_CONFIG_DIR_EXCLUDE_REGEXP = ^skip".to_owned());
        }
    }
    if maker.dice.percent(30) {
        maker.note("source: LOCAL_CONFIG_FILE");
        let statements = 1 + maker.dice.below(4);
        let one = maker.file("local.1".to_owned(), statements);
        let two = maker.file("local.2".to_owned(), statements);
        let between = maker.dice.pick(&[",", " ", ", "]);
        lines.push(format!(
            "LOCAL_CONFIG_FILE = {HERE}/{one}{between}{HERE}/{two}"
        ));
        if maker.dice.percent(40) {
            maker.note("source: LOCAL_CONFIG_FILE changed on the way");
            maker.files.push((
                "local.3".to_owned(),
                b"C_Last_2 = from the third\n".to_vec(),
            ));
            let line = maker.dice.pick(&[
                "\nLOCAL_CONFIG_FILE = @HERE@/local.3\n",
                "\nLOCAL_CONFIG_FILE = $(LOCAL_CONFIG_FILE), @HERE@/local.3\n",
                "\nLOCAL_CONFIG_FILE = @HERE@/local.1, @HERE@/local.3\n",
                "\nLOCAL_CONFIG_FILE =\n",
                "\nLOCAL_CONFIG_DIR = @HERE@/d0\n",
            ]);
            let place = maker
                .files
                .iter()
                .position(|(name, _)| *name == one)
                .unwrap();
            let text = &mut maker.files[place].1;
            if !text.ends_with(b"\\") && !text.ends_with(b"\\\n") {
                text.extend_from_slice(line.as_bytes());
            }
            if !maker.files.iter().any(|(name, _)| name.starts_with("d0/")) {
                maker.files.push((
                    "d0/only".to_owned(),
                    b"C_Last_3 = from the folder\n".to_vec(),
                ));
            }
        }
        if maker.dice.percent(25) {
            lines.push("REQUIRE_LOCAL_CONFIG_FILE = false".to_owned());
            lines.push(format!(
                "LOCAL_CONFIG_FILE = $(LOCAL_CONFIG_FILE) {HERE}/missing"
            ));
        }
    }
    if is_plain_user {
        maker.file("mine".to_owned(), 2);
        lines.push(format!("USER_CONFIG_FILE = {HERE}/mine"));
    }
    lines
}

fn variables(maker: &mut Maker<'_>) -> Vec<(String, String)> {
    let mut made = vec![("CASE_VARIABLE".to_owned(), "value of a variable".to_owned())];
    for _ in 0..maker.dice.below(4) {
        if maker.dice.percent(50) {
            continue;
        }
        maker.note("source: _CONDOR_ variable");
        let index = maker.dice.below(NAMES.len());
        let mut value = maker.value(index);
        // HTCondor does not replace the former value in a variable's, and then finds no end.
        let own = NAMES[index].to_ascii_uppercase();
        while value.to_ascii_uppercase().contains(&own) {
            value = maker.value(index);
        }
        let name = match maker.dice.below(5) {
            0 => format!("_condor_{}", NAMES[index].to_ascii_lowercase()),
            1 => format!("_CONDOR_{}.{}", maker.subsystem, NAMES[index]),
            2 => format!("_Condor_{}", NAMES[index]),
            _ => format!("_CONDOR_{}", NAMES[index]),
        };
        if made
            .iter()
            .all(|(known, _)| !known.eq_ignore_ascii_case(&name))
        {
            made.push((name, value));
        }
    }
    made
}
