//! Step 0: how much a change claims to hold, told from its columns without unfolding them. A column is
//! run-length encoded, so a few bytes can stand for more operations than anybody lives to count: the library
//! would begin to.

use super::{MAX_OPERATIONS, Rejection, malformed};

/// The most entries of one column: an operation may replace several values.
const MAX_ENTRIES: u64 = 8 * MAX_OPERATIONS as u64;
/// What stands before the length of a chunk: four magic bytes, the checksum and the type.
const PREFIX_BYTES: usize = 9;
const HASH_BYTES: usize = 32;

/// Refuses a change whose columns claim more than is taken, or cannot be followed.
pub(super) fn check(bytes: &[u8]) -> Result<(), Rejection> {
    let mut body = Reader(bytes.get(PREFIX_BYTES..).unwrap_or_default());
    let columns = columns(&mut body).ok_or(malformed("unreadable"))?;
    for (kind, length) in columns {
        let data = body.take(length).ok_or(malformed("unreadable"))?;
        let entries = entries(kind, Reader(data)).ok_or(malformed("unreadable"))?;
        if entries > MAX_ENTRIES {
            return Err(malformed("too_many_operations"));
        }
    }
    Ok(())
}

/// What a column holds, from the last bits of its specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// How many entries of the columns of its group belong to each operation.
    Group,
    /// Numbers, each of them one or more bytes.
    Numbers,
    /// Runs of no and yes by turns.
    Flags,
    /// Texts with their lengths.
    Texts,
    /// The bytes of values.
    Bytes,
}

impl Kind {
    const fn of(specification: u64) -> Option<Self> {
        match specification & 0b1111 {
            0 => Some(Self::Group),
            1..=3 | 6 => Some(Self::Numbers),
            4 => Some(Self::Flags),
            5 => Some(Self::Texts),
            7 => Some(Self::Bytes),
            // A change has no compressed columns.
            _ => None,
        }
    }
}

/// The columns with their lengths, after everything that stands before them.
fn columns(body: &mut Reader<'_>) -> Option<Vec<(Kind, usize)>> {
    let _length = body.number()?;
    let dependencies = body.length()?;
    body.take(dependencies.checked_mul(HASH_BYTES)?)?;
    let actor = body.length()?;
    body.take(actor)?;
    // Sequence, first operation, and the time, whose sign does not matter here.
    for _ in 0..3 {
        body.number()?;
    }
    let message = body.length()?;
    body.take(message)?;
    for _ in 0..body.number()? {
        let actor = body.length()?;
        body.take(actor)?;
    }
    let count = body.length()?;
    // Each takes two bytes at least.
    if count > body.0.len() {
        return None;
    }
    (0..count).map(|_| Some((Kind::of(body.number()?)?, body.length()?))).collect()
}

/// How many entries a column claims; for a group, how many those of its columns have together.
fn entries(kind: Kind, mut data: Reader<'_>) -> Option<u64> {
    let mut entries: u64 = 0;
    while !data.0.is_empty() {
        let more = match kind {
            Kind::Bytes => return Some(0),
            Kind::Flags => data.number()?,
            Kind::Group | Kind::Numbers | Kind::Texts => run(kind, &mut data)?,
        };
        entries = entries.checked_add(more)?;
        if entries > MAX_ENTRIES {
            break;
        }
    }
    Some(entries)
}

/// One run: the same value many times, several values one after the other, or nothing many times.
fn run(kind: Kind, data: &mut Reader<'_>) -> Option<u64> {
    let value = |data: &mut Reader<'_>| match kind {
        Kind::Texts => {
            let length = data.length()?;
            data.take(length).map(|_| 1)
        }
        Kind::Group => data.number().map(|belong| belong.max(1)),
        _ => data.number().map(|_| 1),
    };
    match data.signed()? {
        0 => data.number(),
        repeated @ 1.. => Some(repeated.unsigned_abs().saturating_mul(value(data)?)),
        listed => {
            let mut sum: u64 = 0;
            for _ in 0..listed.unsigned_abs() {
                sum = sum.saturating_add(value(data)?);
            }
            Some(sum)
        }
    }
}

/// Bytes that are read from the front; nothing comes of what is not there.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number in seven bits a byte.
    fn number(&mut self) -> Option<u64> {
        self.seven_bits().map(|(value, _)| value)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// The same with a sign.
    fn signed(&mut self) -> Option<i64> {
        let (value, bits) = self.seven_bits()?;
        let is_negative = bits < 64 && value >> (bits - 1) == 1;
        let value = if is_negative { value | (u64::MAX << bits) } else { value };
        Some(i64::from_le_bytes(value.to_le_bytes()))
    }

    /// A number, and how many bits it was written with.
    fn seven_bits(&mut self) -> Option<(u64, u32)> {
        let (mut value, mut bits) = (0_u64, 0_u32);
        loop {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            if bits < 64 {
                value |= u64::from(byte & 0x7f) << bits;
            }
            bits += 7;
            if byte & 0x80 == 0 {
                return Some((value, bits));
            }
            if bits > 70 {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use automerge::legacy::{Op, OpType};
    use automerge::{Change, ExpandedChange};

    use super::*;
    use crate::id::DocumentId;
    use crate::record::attendance::Attendance;
    use crate::record::document::{Actor, Document};
    use crate::record::edit::Edit;
    use crate::record::shape::RecordKind;
    use crate::record::value::Scalar;

    fn honest(edits: &[Edit]) -> Vec<u8> {
        let mut document = Document::begin(&Attendance::SHAPE, DocumentId::from_bytes([1; 16]));
        let made = document.edit(Actor([7; 16]), edits).expect("fits");
        made.last().expect("one").bytes.clone()
    }

    /// A number in seven bits a byte; one with a sign has room for it.
    fn seven_bits(mut value: u64, has_sign: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let byte = u8::try_from(value & 0x7f).expect("seven bits");
            value >>= 7;
            if value == 0 && (!has_sign || byte & 0x40 == 0) {
                bytes.push(byte);
                return bytes;
            }
            bytes.push(byte | 0x80);
        }
    }

    /// A change of three equal operations, with the count of every run in its columns made another.
    fn bomb(count: u64) -> Vec<u8> {
        let bytes = honest(&[Edit::set(["facts", "court_remark"], Scalar::Text("x".into()))]);
        let change = Change::try_from(bytes.as_slice()).expect("an own change");
        let mut expanded = ExpandedChange { hash: None, ..change.decode() };
        // What empties a field needs no bytes of a value.
        let clear = Op { action: OpType::Delete, ..expanded.operations[0].clone() };
        expanded.operations = vec![clear; 3];
        let three = Change::from(expanded).raw_bytes().to_vec();
        let mut body = Reader(&three[PREFIX_BYTES..]);
        let before = body.0;
        let columns = columns(&mut body).expect("columns");
        // The columns' own table is the last part of what stands before them: two small numbers for each.
        let head = &before[1..before.len() - body.0.len() - 2 * columns.len()];
        let table: Vec<u8> =
            before[before.len() - body.0.len() - 2 * columns.len()..before.len() - body.0.len()].to_vec();
        let (mut new_table, mut data) = (Vec::new(), Vec::new());
        for (nth, (kind, length)) in columns.iter().enumerate() {
            let old = body.take(*length).expect("its bytes");
            let new: Vec<u8> = match (kind, old.split_first()) {
                (Kind::Bytes, _) | (_, None) => old.to_vec(),
                (Kind::Flags, _) => seven_bits(count, false),
                (_, Some((3, value))) => [seven_bits(count, true), value.to_vec()].concat(),
                (_, Some((0, _))) => [vec![0], seven_bits(count, false)].concat(),
                other => panic!("three equal operations make runs of three: {other:?}"),
            };
            new_table.push(table[2 * nth]);
            new_table.extend(seven_bits(new.len() as u64, false));
            data.extend(new);
        }
        let body = [head, &new_table, &data].concat();
        let mut bytes = three[..PREFIX_BYTES].to_vec();
        bytes.extend(seven_bits(body.len() as u64, false));
        bytes.extend(body);
        bytes
    }

    #[test]
    fn honest_changes_claim_what_they_hold() {
        let text = "庭".repeat(2_000);
        for edits in [
            vec![Edit::set(["facts", "court_remark"], Scalar::Text("庭".repeat(500)))],
            vec![Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert: text }],
        ] {
            assert_eq!(check(&honest(&edits)), Ok(()));
        }
    }

    #[test]
    fn a_few_bytes_that_stand_for_more_operations_than_there_is_time_for_are_refused_unread() {
        for count in [MAX_ENTRIES + 1, 1_000_000_000_000, u64::from(u32::MAX) << 28] {
            let bomb = bomb(count);
            assert!(bomb.len() < 400, "{} bytes", bomb.len());
            assert_eq!(check(&bomb), Err(malformed("too_many_operations")), "{count}");
        }
        assert_eq!(check(&bomb(4)), Ok(()), "the same of an honest size");
        let unfolded = Change::try_from(bomb(300_000).as_slice()).expect("the library takes it");
        assert_eq!(unfolded.len(), 300_000, "and counts to the end");
    }

    #[test]
    fn bytes_that_break_off_anywhere_are_refused_without_a_panic() {
        let whole = honest(&[Edit::set(["facts", "court_remark"], Scalar::Text("文".into()))]);
        for length in 0..whole.len() {
            let _ = check(&whole[..length]);
            let mut flipped = whole.clone();
            flipped[length] ^= 0xff;
            let _ = check(&flipped);
        }
    }
}
