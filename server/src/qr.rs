//! A text as a QR code that a terminal shows, for phones to scan.

use std::io::IsTerminal;

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

/// The code where standard output is a terminal; nothing in a pipe or a file, which are to hold what was asked for.
pub fn to_be_scanned(text: &str) -> Option<String> {
    if std::io::stdout().is_terminal() { for_a_terminal(text) } else { None }
}

/// The code, two rows of it in a line, light on a dark ground as terminals are; nothing when the text is too long for
/// one.
fn for_a_terminal(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    Some(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the upper and the lower half of a place are lit.
    fn halves(sign: char) -> [bool; 2] {
        match sign {
            '█' => [true, true],
            '▀' => [true, false],
            '▄' => [false, true],
            _ => [false, false],
        }
    }

    #[test]
    fn what_a_terminal_shows_is_read_by_a_scanner() {
        const SCALE: usize = 4;
        let text = "tingfang:enrol?code=ABCD-EFGH-JKMN-PQRS&server=https://法援.example:8443&key=00ff";
        let shown = for_a_terminal(text).expect("short enough");
        let lit: Vec<Vec<bool>> = shown
            .lines()
            .flat_map(|line| [0, 1].map(|half| line.chars().map(|sign| halves(sign)[half]).collect()))
            .collect();
        let (width, height) = (lit[0].len(), lit.len());
        let grey = |x: usize, y: usize| if lit[y / SCALE][x / SCALE] { u8::MAX } else { 0 };
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width * SCALE, height * SCALE, grey);
        let grids = picture.detect_grids();
        let read: Vec<String> = grids.iter().map(|grid| grid.decode().expect("whole").1).collect();
        assert_eq!(read, [text]);
        assert_eq!(for_a_terminal(&"长".repeat(2_000)), None, "no code holds so much");
    }
}
