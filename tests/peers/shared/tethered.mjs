// Loaded into every child before its own code: it ends when the program that started it is gone,
// even when that was killed and could end nothing itself.

process.on("disconnect", () => process.exit());
