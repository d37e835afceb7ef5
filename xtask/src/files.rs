//! Bundles as files: a bundle is one file or a folder, depending on format and system.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context;

/// Copies a file, or a folder with all it holds. Symbolic links inside a folder are followed.
pub fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    if !fs::metadata(from)?.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_tree(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Removes a file, a symbolic link (never what it points to), or a folder with all it holds. Returns whether there
/// was anything.
pub fn remove_tree(path: &Path) -> io::Result<bool> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        other => other.map(|()| true),
    }
}

/// Puts a copy of the bundle `from` in `folder`, under its own name, in place of one that stands there already.
/// Returns the path of the copy and whether it replaced another.
///
/// A host that scans meanwhile sees the old bundle or the new one, never half of one: the copy is made in a temporary folder
/// beside it, under a name that no host takes for a plugin, and renamed. (Where a bundle is a folder there is a moment between two
/// renames in which it sees none; no portable call exchanges two folders.)
pub fn replace(from: &Path, folder: &Path) -> anyhow::Result<(PathBuf, bool)> {
    let name = from.file_name().context("a bundle without a name")?.to_string_lossy().into_owned();
    let goal = folder.join(&name);
    let put = || -> io::Result<bool> {
        fs::create_dir_all(folder)?;
        let prefix = format!(".{name}.twobus-");
        clear(folder, &prefix)?;
        let beside = tempfile::Builder::new().prefix(&prefix).tempdir_in(folder)?;
        let (fresh, stale) = (beside.path().join("new"), beside.path().join("old"));
        copy_tree(from, &fresh)?;
        let replaced = fs::symlink_metadata(&goal).is_ok();
        if replaced && (fresh.is_dir() || goal.is_dir()) {
            fs::rename(&goal, &stale)?;
            if let Err(error) = fs::rename(&fresh, &goal) {
                if let Err(error) = fs::rename(&stale, &goal) {
                    // Better a bundle under an odd name than none.
                    let _ = beside.keep();
                    return Err(error);
                }
                return Err(error);
            }
        } else {
            fs::rename(&fresh, &goal)?;
        }
        beside.close()?;
        Ok(replaced)
    };
    let replaced = put().with_context(|| format!("cannot put {} in {}", from.display(), folder.display()))?;
    Ok((goal, replaced))
}

/// Removes what runs that were killed have left in `folder`: all whose name begins with `prefix`.
fn clear(folder: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            remove_tree(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bundle that is a folder, with `text` in its library.
    fn folder_bundle(parent: &Path, text: &str) -> PathBuf {
        let bundle = parent.join("Twobus Test.vst3");
        fs::create_dir_all(bundle.join("Contents")).unwrap();
        fs::write(bundle.join("Contents/lib.so"), text).unwrap();
        bundle
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_is_replaced_whole_and_neighbours_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (built, goal) = (dir.path().join("built"), dir.path().join("deep/user"));
        let bundle = folder_bundle(&built, "one");
        assert!(!replace(&bundle, &goal).unwrap().1);
        fs::write(goal.join("Another.vst3"), "not ours").unwrap();
        // What an older version had and the new one has not must go.
        fs::write(goal.join("Twobus Test.vst3/Contents/old.txt"), "old").unwrap();
        // A run that was killed leaves these.
        fs::create_dir(goal.join(".Twobus Test.vst3.twobus-new")).unwrap();
        fs::create_dir(goal.join(".Twobus Test.vst3.twobus-old")).unwrap();

        fs::write(bundle.join("Contents/lib.so"), "two").unwrap();
        assert!(replace(&bundle, &goal).unwrap().1);
        assert_eq!(fs::read_to_string(goal.join("Twobus Test.vst3/Contents/lib.so")).unwrap(), "two");
        assert_eq!(names(&goal.join("Twobus Test.vst3/Contents")), ["lib.so"]);
        assert_eq!(names(&goal), ["Another.vst3", "Twobus Test.vst3"]);
    }

    #[test]
    fn a_file_is_replaced_and_a_failure_leaves_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let goal = dir.path().join("user");
        let bundle = dir.path().join("Twobus Test.clap");
        fs::write(&bundle, "one").unwrap();
        replace(&bundle, &goal).unwrap();
        fs::write(&bundle, "two").unwrap();
        assert!(replace(&bundle, &goal).unwrap().1);
        assert_eq!(fs::read_to_string(goal.join("Twobus Test.clap")).unwrap(), "two");

        fs::remove_file(&bundle).unwrap();
        let error = replace(&bundle, &goal).unwrap_err();
        assert!(format!("{error:#}").contains("Twobus Test.clap"));
        assert_eq!(fs::read_to_string(goal.join("Twobus Test.clap")).unwrap(), "two");
        assert_eq!(names(&goal), ["Twobus Test.clap"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_goes_and_what_it_points_to_stays() {
        let dir = tempfile::tempdir().unwrap();
        let bundle = folder_bundle(&dir.path().join("built"), "new");
        let elsewhere = folder_bundle(&dir.path().join("elsewhere"), "kept");
        let goal = dir.path().join("user");
        fs::create_dir(&goal).unwrap();
        std::os::unix::fs::symlink(&elsewhere, goal.join("Twobus Test.vst3")).unwrap();

        assert!(replace(&bundle, &goal).unwrap().1);
        assert_eq!(fs::read_to_string(goal.join("Twobus Test.vst3/Contents/lib.so")).unwrap(), "new");
        assert_eq!(fs::read_to_string(elsewhere.join("Contents/lib.so")).unwrap(), "kept");
        assert!(!remove_tree(&dir.path().join("nothing")).unwrap());
    }
}
