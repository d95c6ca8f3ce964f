//! What the person at the terminal reads: Chinese first, English second.

use std::path::Path;
use std::time::Instant;

/// Tells what happens, step by step.
#[derive(Debug)]
pub(super) struct Narrator {
    begun: Instant,
    steps: usize,
}

impl Narrator {
    /// Begins.
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), steps: 0 }
    }

    /// Everything is built: from here on the demo's own time counts.
    pub(super) fn built(&mut self) {
        self.begun = Instant::now();
    }

    /// Begins a step.
    pub(super) fn step(&mut self, zh: &str, en: &str) {
        self.steps += 1;
        println!("\n━━ {:2} · {zh}\n        {en}", self.steps);
    }

    /// Says a sentence within a step.
    pub(super) fn say(&self, zh: &str, en: &str) {
        println!("   {zh}\n   {en}");
    }

    /// Says what was checked and holds.
    pub(super) fn checked(&self, zh: &str, en: &str) {
        println!("   ✓ {zh}\n     {en}");
    }

    /// Shows what a program printed.
    pub(super) fn show(&self, text: &str) {
        for line in text.trim_end().lines() {
            println!("   │ {line}");
        }
    }

    /// Ends, and says where everything lies.
    pub(super) fn end(&self, folder: &Path) {
        let seconds = self.begun.elapsed().as_secs();
        println!("\n━━ 演示结束，编译之后用时 {seconds} 秒；数据保存在 {}", folder.display());
        println!("   The demo took {seconds} s after the build; its data is in {}", folder.display());
    }
}
