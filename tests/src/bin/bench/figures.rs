//! The table of figures, printed as it grows.

/// The table.
pub(crate) struct Figures(());

impl Figures {
    /// Begins it with its header.
    pub(crate) fn begin() -> Self {
        println!("| what | target | measured |\n|---|---|---|");
        Self(())
    }

    /// Adds a line.
    pub(crate) fn row(&mut self, what: &str, target: &str, measured: &str) {
        println!("| {what} | {target} | {measured} |");
    }
}
