//! Lists made by dice.

use crate::dice::Dice;

/// The names that lists of a collector go by. HOSTALLOW_READ and ALLOW_OWNER mean nothing, and so do another subsystem's.
const LEVELS: [&str; 13] = [
    "READ",
    "WRITE",
    "READ",
    "WRITE",
    "DAEMON",
    "DAEMON",
    "ADMINISTRATOR",
    "NEGOTIATOR",
    "CONFIG",
    "ADVERTISE_STARTD",
    "ADVERTISE_SCHEDD",
    "ADVERTISE_MASTER",
    "DEFAULT",
];

const USERS: [&str; 25] = [
    "*",
    "alice@pool.example",
    "ALICE@Pool.example",
    "alice@*",
    "*@pool.example",
    "*@POOL.example",
    "bob@*",
    "bob@good.org",
    "*@good.org",
    "*@good.org.evil",
    "u@*",
    "*ice@*",
    "a*e@*e",
    "*@pool*",
    "condor@*",
    "condor@pool.example",
    "condor_pool@pool.example",
    "CONDOR_POOL@*",
    "carol@pool.example",
    "*arol@pool.example",
    "unauthenticated@*",
    "unauthenticated@unmapped",
    "*@unmapped",
    "condor@*",
    "*@pool.example",
];

/// Not `ip6-localhost`: glibc makes 127.0.0.1 of it where IPv4 is asked for.
const HOSTS: [&str; 33] = [
    "*",
    "127.0.0.1",
    "127.0.0.2",
    "127.0.0.3",
    "127.0.0.4",
    "127.0.0.*",
    "127.*",
    "127.0.0.2/31",
    "127.0.0.0/30",
    "127.0.0.2/255.255.255.254",
    "127.0.0.1/32",
    "127.0.0.4/255.255.255.255",
    "127.0.0.0/255.255.255.0",
    "10.0.0.0/8",
    "10.0.0.1",
    "127.0.0.1.",
    "127.0.*.1",
    "1*",
    "0.0.0.0/0",
    "::1",
    "::/0",
    "::1/128",
    "::*",
    "::ffff:127.0.0.1",
    "localhost",
    "LOCALHOST",
    "local*",
    "two",
    "two.pool.example",
    "*.pool.example",
    "*.good.org",
    "three.*",
    "nosuch.host.example",
];

fn entry(dice: &mut Dice) -> String {
    match dice.below(10) {
        0..=3 => dice.pick(&USERS).to_owned(),
        4..=6 => dice.pick(&HOSTS).to_owned(),
        7 if dice.percent(30) => format!("alice/{}", dice.pick(&HOSTS)),
        _ => format!("{}/{}", dice.pick(&USERS), dice.pick(&HOSTS)),
    }
}

fn list(dice: &mut Dice) -> String {
    match dice.below(14) {
        0 | 1 => "*".to_owned(),
        2 => "*/*".to_owned(),
        3 if dice.percent(40) => ",".to_owned(),
        3 if dice.percent(40) => String::new(),
        _ => {
            let separator = dice.pick(&[", ", " ", ",", " ,\t"]);
            let count = 1 + dice.below(4);
            let entries: Vec<String> = (0..count).map(|_| entry(dice)).collect();
            entries.join(separator)
        }
    }
}

/// The lines of a configuration that say who may do what.
pub(super) fn lines(dice: &mut Dice) -> Vec<String> {
    let mut lines = Vec::new();
    if dice.percent(30) {
        // Little enough that what one level implies decides.
        let level = dice.pick(&LEVELS);
        let wide = dice.pick(&["*", "*@*", "127.*, ::1", "*@pool.example", "alice@*"]);
        lines.push(format!("ALLOW_{level} = {wide}"));
        if dice.percent(50) {
            lines.push(format!("DENY_{} = {}", dice.pick(&LEVELS), list(dice)));
        }
        return lines;
    }
    for _ in 0..3 + dice.below(7) {
        let kind = dice.pick(&["ALLOW", "ALLOW", "ALLOW", "DENY"]);
        let level = dice.pick(&LEVELS);
        let list = list(dice);
        let knob = match dice.below(16) {
            0..=10 => format!("{kind}_{level}"),
            11 | 12 => format!("{kind}_{level}_COLLECTOR"),
            13 => format!("COLLECTOR.{kind}_{level}"),
            14 => format!("{kind}_{level}_SCHEDD"),
            _ => dice
                .pick(&[
                    "HOSTALLOW_READ",
                    "ALLOW_OWNER",
                    "DENY_OWNER",
                    "HOSTDENY_READ",
                ])
                .to_owned(),
        };
        lines.push(format!("{knob} = {list}"));
    }
    if dice.percent(20) {
        lines.push("LEGACY_ALLOW_SEMANTICS = True".to_owned());
    }
    if dice.percent(40) {
        lines.push("USE_POOL_USERNAME_EQUIVALENT = False".to_owned());
    }
    lines
}
