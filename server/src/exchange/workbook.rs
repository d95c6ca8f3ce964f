//! Rows of cells out of a workbook, one after the other, and the row of its headers.
//!
//! The sheet is streamed: of a sheet with 100,000 rows one row of cells is held at a time. (The
//! workbook's shared texts are held by the library.)

use std::io::Cursor;
use std::ops::ControlFlow;

use calamine::{Reader, SheetVisible, Xlsx, XlsxCellReader};

use super::cell::Cell;
use super::columns::SheetKind;
use super::layout::Layout;
use super::problem::WorkbookProblem;

/// Data rows that one upload may have; more are a mistake or an attack.
pub const MOST_ROWS: u32 = 200_000;

/// Rows from the top among which the headers are looked for: titles often stand above them.
const HEADERS_WITHIN: usize = 15;

/// A row: its number from zero, and its cells with their columns from zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The row's number, from zero.
    pub number: u32,
    /// Cells with something in them, from left to right.
    pub cells: Vec<(u32, Cell)>,
}

impl Row {
    /// The cell in a column.
    pub fn cell(&self, column: u32) -> Option<&Cell> {
        self.cells.iter().find(|(index, _)| *index == column).map(|(_, cell)| cell)
    }

    fn headers(&self) -> Vec<(u32, String)> {
        self.cells
            .iter()
            .filter_map(|(index, cell)| match cell {
                Cell::Text(text) => Some((*index, text.clone())),
                _ => None,
            })
            .collect()
    }
}

/// The sheet of a workbook that fits, before its rows are read.
pub struct Found {
    /// The sheet's name.
    pub sheet: String,
    /// Which column is what.
    pub layout: Layout,
    /// How many columns the sheet says it has. What it says need not be so.
    pub width: u32,
}

/// Finds the sheet that fits the kind best, then hands each of its rows to `each`: rows above the
/// headers, the headers and the data alike, as [`Found::layout`] tells them apart. `each` may break
/// off.
///
/// # Errors
/// When the workbook cannot be read, or no sheet has the columns that the kind needs.
pub fn read(
    kind: SheetKind,
    bytes: &[u8],
    each: &mut dyn FnMut(&Found, Row) -> ControlFlow<()>,
) -> Result<Found, WorkbookProblem> {
    let mut workbook = open(bytes)?;
    let sheets: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut best: Option<(String, Layout)> = None;
    for sheet in sheets {
        let Some(layout) = find_headers(kind, &mut workbook, &sheet)? else { continue };
        let better = best.as_ref().is_none_or(|(_, best)| layout.columns.len() > best.columns.len());
        if better {
            best = Some((sheet, layout));
        }
    }
    let (sheet, layout) = best.ok_or(WorkbookProblem::Empty)?;
    if !layout.missing.is_empty() {
        return Err(WorkbookProblem::MissingColumns(layout.missing));
    }
    let mut rows = Rows::of(&mut workbook, &sheet)?;
    let width = rows.cells.dimensions().end.1.saturating_add(1);
    let found = Found { sheet, layout, width };
    let mut data_rows = 0;
    while let Some(row) = rows.next()? {
        data_rows += u32::from(row.number > found.layout.header_row);
        if data_rows > MOST_ROWS {
            return Err(WorkbookProblem::TooManyRows { limit: MOST_ROWS });
        }
        if each(&found, row).is_break() {
            break;
        }
    }
    Ok(found)
}

fn open(bytes: &[u8]) -> Result<Xlsx<Cursor<&[u8]>>, WorkbookProblem> {
    // Old workbooks and encrypted new ones are both OLE containers.
    const OLE: [u8; 4] = [0xd0, 0xcf, 0x11, 0xe0];
    if bytes.starts_with(&OLE) {
        let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let is_encrypted = bytes.windows(encrypted.len()).any(|window| window == encrypted);
        return Err(if is_encrypted { WorkbookProblem::Encrypted } else { WorkbookProblem::OldFormat });
    }
    Xlsx::new(Cursor::new(bytes)).map_err(|error| WorkbookProblem::NotAWorkbook(Some(error)))
}

/// The row with the most headers of the kind among the first rows; the first row when there is none.
fn find_headers(
    kind: SheetKind,
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    sheet: &str,
) -> Result<Option<Layout>, WorkbookProblem> {
    let mut rows = Rows::of(workbook, sheet)?;
    let mut best: Option<Layout> = None;
    for _ in 0..HEADERS_WITHIN {
        let Some(row) = rows.next()? else { break };
        let layout = Layout::of(kind, row.number, &row.headers());
        if best.as_ref().is_none_or(|best| layout.columns.len() > best.columns.len()) {
            best = Some(layout);
        }
    }
    Ok(best)
}

/// The rows of a sheet that hold anything.
struct Rows<'a, 'b> {
    cells: XlsxCellReader<'a, Cursor<&'b [u8]>>,
    ahead: Option<(u32, u32, Cell)>,
    ended: bool,
}

impl<'a, 'b> Rows<'a, 'b> {
    fn of(workbook: &'a mut Xlsx<Cursor<&'b [u8]>>, sheet: &str) -> Result<Self, WorkbookProblem> {
        let cells = workbook.worksheet_cells_reader(sheet).map_err(WorkbookProblem::Damaged)?;
        Ok(Self { cells, ahead: None, ended: false })
    }

    fn next(&mut self) -> Result<Option<Row>, WorkbookProblem> {
        let mut row: Option<Row> = None;
        loop {
            let cell = match self.ahead.take() {
                Some(cell) => Some(cell),
                None => self.next_cell()?,
            };
            let Some((number, column, cell)) = cell else { return Ok(row) };
            match &mut row {
                Some(row) if row.number != number => {
                    self.ahead = Some((number, column, cell));
                    break;
                }
                Some(row) => row.cells.push((column, cell)),
                None => row = Some(Row { number, cells: vec![(column, cell)] }),
            }
        }
        Ok(row)
    }

    fn next_cell(&mut self) -> Result<Option<(u32, u32, Cell)>, WorkbookProblem> {
        if self.ended {
            return Ok(None);
        }
        while let Some(cell) = self.cells.next_cell().map_err(WorkbookProblem::Damaged)? {
            let (row, column) = cell.get_position();
            if let Some(value) = Cell::read(cell.get_value()) {
                return Ok(Some((row, column, value)));
            }
        }
        // Asked once more, the library would call the file damaged.
        self.ended = true;
        Ok(None)
    }
}
