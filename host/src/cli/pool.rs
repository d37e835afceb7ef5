//! Several songs at a time, with a bar each, until Ctrl-C.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use host::render::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::console::tell;
use super::failure::{Failure, Status};
use super::inputs::{Input, bar_name};
use super::signals;

/// Songs worked on at a time unless told otherwise: one a core.
pub(super) fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Runs `work` over all songs, each with the file to read, as many at a time as told or as there are cores; see [`run_all`].
pub(super) fn run_songs<'a, R: Send>(
    songs: &'a [Input],
    jobs: Option<u32>,
    work: impl Fn(&'a Input, &'a Path, &mut Tell) -> Result<R, Failure> + Sync,
) -> Result<Vec<Result<R, Failure>>, Failure> {
    let workers = jobs.map_or_else(default_workers, |jobs| jobs as usize);
    run_all(songs, workers, |song| song.given.as_path(), |song, tell| work(song, song.path()?, tell))
}

/// Tells how far a job is; answered with `false`, the job is to stop.
pub(super) type Tell<'t> = dyn FnMut(Progress) -> bool + Send + 't;

/// Runs `work` over all jobs, `workers` at a time, and shows a bar under the name of each one's file. Results are in the
/// order of the jobs. `work` is to stop when the progress that it tells is answered with `false`.
pub(super) fn run_all<'a, J: Sync, R: Send>(
    jobs: &'a [J],
    workers: usize,
    file: impl Fn(&'a J) -> &'a Path + Sync,
    work: impl Fn(&'a J, &mut Tell) -> Result<R, Failure> + Sync,
) -> Result<Vec<Result<R, Failure>>, Failure> {
    signals::watch()?;
    // indicatif draws nothing on what is no terminal, but would still keep its clock.
    let bars = std::io::stderr().is_terminal().then(MultiProgress::new);
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<R, Failure>>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..workers.min(jobs.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(at) else { break };
                    let bar = bars.as_ref().map(|bars| bars.add(bar(file(job))));
                    let result = work(job, &mut |progress| {
                        if let Some(bar) = &bar {
                            bar.set_length(progress.total.unwrap_or(progress.done));
                            bar.set_position(progress.done);
                        }
                        !signals::stopped()
                    });
                    if let Some(bar) = bar {
                        bar.finish_and_clear();
                    }
                    *results[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                }
            });
        }
    });
    Ok(results
        .into_iter()
        .map(|result| {
            result.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(|| {
                // Only a panic of a worker leaves a song without a result, and the scope has passed that on already.
                Err(Failure { status: Status::Plugin, message: "a song ended without a result".into() })
            })
        })
        .collect())
}

/// Prints the failures among results and returns the good ones with the gravest status: one bad song must not keep the
/// others.
pub(super) fn sift<R>(results: Vec<Result<R, Failure>>) -> (Vec<R>, Status) {
    let mut status = Status::Done;
    let mut good = Vec::new();
    for result in results {
        match result {
            Ok(result) => good.push(result),
            Err(failure) => {
                // An interruption is told once.
                if failure.status != Status::Interrupted || status != Status::Interrupted {
                    tell("error", &failure.message);
                }
                status = status.max(failure.status);
            }
        }
    }
    (good, status)
}

fn bar(input: &Path) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:24!} {bar:40} {percent:>3} %  {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style).with_message(bar_name(input))
}
