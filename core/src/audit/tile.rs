//! Tiles of the audit log, by C2SP's tlog-tiles: hashes and leaves in pieces of up to 256 that never change, so
//! that any auditor of such logs can read this one and prove to itself that it only grows.

use std::fmt;
use std::str::FromStr;

/// How many hashes or leaves a full tile has.
pub const FULL: u16 = 256;
/// How many levels of the tree one tile spans.
pub const LEVELS_OF_TILE: u32 = 8;
/// The highest level that a tile can have.
const HIGHEST: u8 = 63;

/// What is in a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileContent {
    /// The hashes of subtrees over `256^level` leaves each.
    Hashes {
        /// The level, in steps of a tile's height.
        level: u8,
    },
    /// The leaves themselves, each after its length in two bytes.
    Entries,
}

/// One tile, as its address names it: `0/x001/067`, `entries/004.p/12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// What is in it.
    pub content: TileContent,
    /// Which one of its kind, from 0.
    pub index: u64,
    /// How many hashes or leaves are asked for: 256, or fewer for the last one.
    pub width: u16,
}

/// An address that names no tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this names no tile: LEVEL/INDEX or entries/INDEX, INDEX in threes of digits as x001/234, then .p/WIDTH for a partial one"
)]
pub struct NoTile;

impl Tile {
    /// The first hash or leaf of the tile, counted on its level.
    pub const fn first(&self) -> Option<u64> {
        self.index.checked_mul(FULL as u64)
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            TileContent::Hashes { level } => write!(f, "{level}")?,
            TileContent::Entries => f.write_str("entries")?,
        }
        let mut groups = vec![self.index % 1_000];
        let mut rest = self.index / 1_000;
        while rest > 0 {
            groups.push(rest % 1_000);
            rest /= 1_000;
        }
        for (at, group) in groups.iter().enumerate().rev() {
            write!(f, "/{}{group:03}", if at > 0 { "x" } else { "" })?;
        }
        if self.width < FULL { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for Tile {
    type Err = NoTile;

    fn from_str(text: &str) -> Result<Self, NoTile> {
        let (kind, rest) = text.split_once('/').ok_or(NoTile)?;
        let content = match kind {
            "entries" => TileContent::Entries,
            level => TileContent::Hashes { level: level.parse().map_err(|_| NoTile)? },
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().map_err(|_| NoTile)?),
            None => (rest, FULL),
        };
        let mut number = 0_u64;
        for group in index.split('/') {
            let digits: u64 = group.trim_start_matches('x').parse().map_err(|_| NoTile)?;
            number = number.checked_mul(1_000).and_then(|n| n.checked_add(digits)).ok_or(NoTile)?;
        }
        let tile = Self { content, index: number, width };
        let fits = tile.width > 0 && !matches!(content, TileContent::Hashes { level } if level > HIGHEST);
        // One tile has one address: whatever is written otherwise is none.
        if fits && tile.to_string() == text { Ok(tile) } else { Err(NoTile) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_tile_and_a_tile_has_one_address() {
        let hashes = |level, index, width| Tile { content: TileContent::Hashes { level }, index, width };
        let entries = |index, width| Tile { content: TileContent::Entries, index, width };
        for (text, tile) in [
            ("0/000", hashes(0, 0, FULL)),
            ("1/005.p/17", hashes(1, 5, 17)),
            ("0/x001/x234/067", hashes(0, 1_234_067, FULL)),
            ("63/x001/000.p/255", hashes(63, 1_000, 255)),
            ("entries/x010/004.p/1", entries(10_004, 1)),
        ] {
            assert_eq!(text.parse(), Ok(tile), "{text}");
            assert_eq!(tile.to_string(), text);
        }
        for wrong in [
            "",
            "0",
            "0/",
            "0/0",
            "00/000",
            "64/000",
            "0/1000",
            "0/x000/001",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/",
            "0/000/001",
            "0/-01",
            "data/000",
            "0/x18446744073709551615/000",
            "0/000.p/01",
        ] {
            assert_eq!(wrong.parse::<Tile>(), Err(NoTile), "{wrong}");
        }
    }
}
