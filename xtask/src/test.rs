//! `cargo xtask test`: everything that CI asks, in one command that works first on a fresh machine.

use std::{
    io::{BufRead, BufReader},
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use anyhow::Context;

use crate::{
    bundle,
    machine::{self, Need},
    workspace::{Workspace, cargo},
};

/// What was counted in the output of `cargo test`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    /// Adds the counts of a line such as "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; ..."; any other
    /// line is no result.
    fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        for count in counts.split("; ") {
            let Some((number, what)) = count.split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }

    /// The closing line that CI reads.
    fn summary(self) -> String {
        let skipped = if self.skipped == 0 { String::new() } else { format!(", {} skipped", self.skipped) };
        format!("{} passed, {} failed{skipped}", self.passed, self.failed)
    }
}

/// What failing tests said, kept to be said again at the end: there it is found, and there CI's record begins to be cut.
#[derive(Debug, Default)]
struct Failures {
    lines: Vec<String>,
    /// Within what one test program says of its failures, and how many lines of it were kept.
    kept_of_program: Option<usize>,
}

impl Failures {
    /// So much of one test program is told again.
    const MAX_LINES: usize = 80;

    /// Reads a line of the output of `cargo test`: what stands between "failures:" and the result is kept.
    fn read(&mut self, line: &str) {
        if line.starts_with("test result: ") {
            self.kept_of_program = None;
        } else if let Some(kept) = &mut self.kept_of_program {
            if *kept < Self::MAX_LINES && !line.is_empty() && line != "failures:" {
                self.lines.push(line.to_owned());
                *kept += 1;
            }
        } else if line == "failures:" {
            self.kept_of_program = Some(0);
        }
    }
}

/// The steps taken so far.
#[derive(Debug, Default)]
struct Run {
    tally: Tally,
    failures: Failures,
    /// A line for each step, for the table at the end.
    table: Vec<String>,
}

impl Run {
    /// Records a step, says how long it took, and counts it as one failure if it failed without a failing test to show
    /// for it (a lint, or a test that does not compile). Returns whether it succeeded: a later step goes on all the same.
    fn step(&mut self, name: &str, work: impl FnOnce(&mut Tally, &mut Failures) -> anyhow::Result<bool>) -> bool {
        println!("\n==> {name}");
        let (start, before) = (Instant::now(), self.tally);
        let fine = work(&mut self.tally, &mut self.failures).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            false
        });
        if !fine && self.tally.failed == before.failed {
            self.tally.failed += 1;
        }
        let verdict = if fine { "ok    " } else { "FAILED" };
        self.table.push(format!("{verdict} {:>5.0} s  {name}", start.elapsed().as_secs_f64()));
        fine
    }
}

/// Runs every check; succeeds when all did.
pub fn test(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    machine::require(&[Need::Python, Need::Window])?;
    let python = machine::virtual_environment(
        &workspace.target_dir().join("venv"),
        &workspace.root().join("xtask/requirements.txt"),
    )?;

    let mut run = Run::default();
    run.step("formatting", |_, _| quiet(Command::new(cargo()).args(["fmt", "--all", "--check"])));
    run.step("clippy, warnings denied", |_, _| {
        quiet(Command::new(cargo()).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    });
    run.step("documentation, warnings denied", |_, _| {
        quiet(Command::new(cargo()).args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    });
    // The test profile, with debug assertions: there the framework aborts a `process` that allocates.
    run.step("tests of the crates", |tally, failures| {
        let arguments = ["test", "--workspace", "--exclude", "suite-tests", "--no-fail-fast"];
        counted(Command::new(cargo()).args(arguments), tally, failures)
    });
    let mut bundles = None;
    let bundled = run.step("release bundles", |_, _| {
        bundles = Some(bundle::bundle_for_tests(workspace)?);
        Ok(true)
    });
    if let (true, Some(bundles)) = (bundled, bundles) {
        // In release like the bundles: these tests synthesise and analyse minutes of audio.
        run.step("tests of the suite, on the bundles", |tally, failures| {
            let mut command = Command::new(cargo());
            command.args(["test", "--package", "suite-tests", "--release", "--no-fail-fast"]);
            command.env("TWOBUS_BUNDLES", bundles).env("TWOBUS_PYTHON", python).env("TWOBUS_CLI", workspace.twobus());
            counted(&mut command, tally, failures)
        });
    }

    println!();
    for line in run.failures.lines.iter().chain(&run.table) {
        println!("{line}");
    }
    println!("{}", run.tally.summary());
    Ok(if run.tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a command that says by its exit status alone whether all is well.
fn quiet(command: &mut Command) -> anyhow::Result<bool> {
    let status = command.stdin(Stdio::null()).status();
    Ok(status.with_context(|| format!("cannot run {}", command.get_program().display()))?.success())
}

/// Runs a command that prints `cargo test` results: passes its output on and counts it.
fn counted(command: &mut Command, tally: &mut Tally, failures: &mut Failures) -> anyhow::Result<bool> {
    let name = command.get_program().to_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", name.display()))?;
    if let Some(output) = child.stdout.take() {
        // Bytes, not `lines()`: what a test prints need not be UTF-8, and must not stop the count.
        for line in BufReader::new(output).split(b'\n') {
            let line = line.context("cannot read the output of the tests")?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            tally.read(line.trim_end());
            failures.read(line.trim_end());
        }
    }
    Ok(child.wait().context("cannot wait for the tests")?.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_summed_over_results() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.11s",
            "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 7 filtered out; finished in 2.50s",
            "99 passed; 99 failed",
        ] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 15, failed: 2, skipped: 1 });
        assert_eq!(tally.summary(), "15 passed, 2 failed, 1 skipped");
        assert_eq!(Tally { passed: 4, ..Tally::default() }.summary(), "4 passed, 0 failed");
    }

    #[test]
    fn what_failing_tests_said_is_said_again() {
        let mut failures = Failures::default();
        for line in [
            "test fine ... ok",
            "",
            "failures:",
            "",
            "---- broken stdout ----",
            "thread 'broken' panicked at tests/a.rs:1:1:",
            "left: 1",
            "",
            "failures:",
            "    broken",
            "",
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.11s",
            "running 1 test",
        ] {
            failures.read(line);
        }
        let told = ["---- broken stdout ----", "thread 'broken' panicked at tests/a.rs:1:1:", "left: 1", "    broken"];
        assert_eq!(failures.lines, told);
        failures.read("failures:");
        (0..1000).for_each(|_| failures.read("a long picture"));
        assert_eq!(failures.lines.len(), told.len() + Failures::MAX_LINES);
    }

    #[test]
    fn a_step_that_fails_without_a_test_is_one_failure() {
        let mut run = Run::default();
        assert!(!run.step("lint", |_, _| Ok(false)));
        assert!(!run.step("broken", |_, _| anyhow::bail!("no such program")));
        assert!(!run.step("tests", |tally, _| {
            tally.failed += 3;
            Ok(false)
        }));
        assert!(run.step("fine", |_, _| Ok(true)));
        assert_eq!(run.tally.failed, 5);
    }
}
