//! Linear filters: coefficients apart from state, each answering for its own response.
