//! CPU time of a whole process, user and system, from the scheduler's own accounts.

use std::collections::BTreeSet;
use std::fs;

/// Nanoseconds on a CPU so far, and which threads they are the sum of.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) nanoseconds: u64,
    threads: BTreeSet<u32>,
}

/// Reads `/proc/PID/task/*/schedstat`, whose first field is the time on a CPU in nanoseconds.
pub(crate) fn read(pid: u32) -> Result<Reading, String> {
    let folder = format!("/proc/{pid}/task");
    let mut reading = Reading {
        nanoseconds: 0,
        threads: BTreeSet::new(),
    };
    for entry in fs::read_dir(&folder).map_err(|error| format!("{folder}: {error}"))? {
        let entry = entry.map_err(|error| format!("{folder}: {error}"))?;
        let path = entry.path().join("schedstat");
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let time = text
            .split(' ')
            .next()
            .and_then(|field| field.parse::<u64>().ok());
        let thread = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let (Some(time), Some(thread)) = (time, thread) else {
            return Err(format!("{}: {text}", path.display()));
        };
        reading.nanoseconds += time;
        reading.threads.insert(thread);
    }
    Ok(reading)
}

impl Reading {
    /// The time since `earlier`, if no thread that was there then has ended.
    pub(crate) fn since(&self, earlier: &Self) -> Result<u64, String> {
        if !earlier.threads.is_subset(&self.threads) {
            return Err("a thread ended while it was measured".to_owned());
        }
        Ok(self.nanoseconds - earlier.nanoseconds)
    }
}

/// Values in the order of their size.
#[derive(Debug)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    pub(crate) fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    pub(crate) fn median(&self) -> f64 {
        let (low, high) = ((self.0.len() - 1) / 2, self.0.len() / 2);
        f64::midpoint(self.0[low], self.0[high])
    }

    pub(crate) fn min(&self) -> f64 {
        self.0[0]
    }

    pub(crate) fn max(&self) -> f64 {
        self.0[self.0.len() - 1]
    }
}
