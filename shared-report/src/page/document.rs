//! A page: the look that all reports of the suite share, around a body of one's own.

use super::plot::escape;

/// The look: the colours and measures of the plugins' windows.
const STYLE: &str = include_str!("page.css");

/// A whole page around `body`, which is HTML; `style` and `script` are what it has of its own.
#[must_use]
pub fn document(title: &str, style: &str, script: &str, body: &str) -> String {
    let script = if script.is_empty() { String::new() } else { format!("<script>\n{script}</script>\n") };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n<main>\n{body}</main>\n{script}\
         </body>\n</html>\n",
        title = escape(title),
    )
}
