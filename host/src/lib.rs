//! A headless CLAP host, and the twobus command line on top of it.
