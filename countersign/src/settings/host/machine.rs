//! DETECTED_CPUS, DETECTED_MEMORY and their like.

use std::collections::BTreeSet;
use std::fs;

/// What HTCondor finds out about processors and memory. What the system does not tell is left out.
pub(super) fn detect(variables: impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    let mut values = Vec::new();
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let threads = info
        .lines()
        .filter(|line| field(line, "processor").is_some())
        .count();
    if threads > 0 {
        let cores = cores(&info, threads);
        values.push(("DETECTED_PHYSICAL_CPUS", cores.to_string()));
        values.push(("DETECTED_CPUS", threads.to_string()));
        values.push(("DETECTED_CORES", threads.to_string()));
        let limits = ["OMP_THREAD_LIMIT", "SLURM_CPUS_ON_NODE"];
        let limit = limits
            .into_iter()
            .filter_map(|name| variables(name)?.trim().parse().ok())
            .filter(|limit: &usize| *limit > 0 && *limit < threads)
            .min();
        if let Some(limit) = limit {
            values.push(("DETECTED_CPUS_LIMIT", limit.to_string()));
        }
    }
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = memory.lines().find_map(|line| field(line, "MemTotal"));
    let kilobytes = total.and_then(|total| total.split(' ').next()?.parse::<u64>().ok());
    if let Some(kilobytes) = kilobytes {
        values.push(("DETECTED_MEMORY", (kilobytes / 1024).to_string()));
    }
    values
}

/// How many of the threads are cores of their own.
fn cores(info: &str, threads: usize) -> usize {
    let mut package = "";
    let mut cores = BTreeSet::new();
    for line in info.lines() {
        if let Some(id) = field(line, "physical id") {
            package = id;
        } else if let Some(id) = field(line, "core id") {
            cores.insert((package, id));
        }
    }
    if cores.is_empty() {
        threads
    } else {
        cores.len()
    }
}

fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (known, value) = line.split_once(':')?;
    (known.trim_end() == name).then(|| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_of_a_core_count_once() {
        let thread = |number: u32, package: u32, core: u32| {
            format!("processor\t: {number}\nphysical id\t: {package}\ncore id\t\t: {core}\n\n")
        };
        let info: String = [(0, 0, 0), (1, 0, 1), (2, 0, 0), (3, 1, 0)]
            .map(|(number, package, core)| thread(number, package, core))
            .concat();
        assert_eq!(cores(&info, 4), 3);
        assert_eq!(cores("processor: 0\n", 1), 1);
    }
}
