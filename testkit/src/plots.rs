//! The plots of the READMEs, which the tests draw from what they measure.

use std::path::Path;

/// Keeps a plot in `docs/` under `name`. Written only when it has changed, so that a test run leaves the work tree alone.
///
/// # Errors
///
/// What the file system says.
pub fn keep(name: &str, svg: &str) -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if std::fs::read_to_string(&path).ok().as_deref() == Some(svg) {
        return Ok(());
    }
    std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
    std::fs::write(&path, svg)
}
