extension FieldEdit {
    /// What a person changed in a long text, as the one part that is other than before; nothing when nothing is.
    ///
    /// `now` is what stands there by now, when others have written since the person began: what they wrote stays, and
    /// where both changed the same part, the part is there twice rather than gone.
    public static func change(
        of path: String, from before: String, to after: String, now: String? = nil
    ) -> FieldEdit? {
        let change = TextChange(from: before, to: after).after(TextChange(from: before, to: now ?? before))
        if change.isEmpty {
            return nil
        }
        return .splice(
            path: path,
            at: UInt32(clamping: change.at),
            delete: UInt32(clamping: change.delete),
            insert: change.insert
        )
    }
}

/// One part of a text that was replaced, counted in code points.
private struct TextChange {
    var at: Int
    var delete: Int
    let insert: String

    init(from before: String, to after: String) {
        let (old, new) = (Array(before.unicodeScalars), Array(after.unicodeScalars))
        let same = zip(old, new).prefix { $0 == $1 }.count
        let rest = min(old.count, new.count) - same
        let sameAtEnd = zip(old.reversed(), new.reversed()).prefix(rest).prefix { $0 == $1 }.count
        at = same
        delete = old.count - same - sameAtEnd
        var inserted = String.UnicodeScalarView()
        inserted.append(contentsOf: new[same..<(new.count - sameAtEnd)])
        insert = String(inserted)
    }

    var isEmpty: Bool {
        delete == 0 && insert.isEmpty
    }

    /// The same change of a text in which another was made before.
    func after(_ other: TextChange) -> TextChange {
        var moved = self
        if other.isEmpty || at + delete <= other.at {
            return moved
        }
        if other.at + other.delete <= at {
            moved.at += other.insert.unicodeScalars.count - other.delete
        } else {
            moved.at = other.at
            moved.delete = 0
        }
        return moved
    }
}
