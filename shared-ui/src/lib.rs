//! Theme, widgets and plots of every Twobus window.
