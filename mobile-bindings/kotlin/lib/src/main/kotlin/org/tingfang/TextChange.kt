package org.tingfang

/**
 * What a person changed in the long text [of] this path, as the one part that is other than before; nothing when
 * nothing is.
 *
 * [now] is what stands there by now, when others have written since the person began: what they wrote stays, and where
 * both changed the same part, the part is there twice rather than gone.
 */
fun FieldEdit.Companion.change(of: String, from: String, to: String, now: String = from): FieldEdit? {
    val change = TextChange.between(from, to).after(TextChange.between(from, now))
    if (change.isEmpty) return null
    return FieldEdit.Splice(of, change.at.toUInt(), change.delete.toUInt(), change.insert)
}

/** One part of a text that was replaced, counted in code points. */
private data class TextChange(val at: Int, val delete: Int, val insert: String) {
    val isEmpty get() = delete == 0 && insert.isEmpty()

    /** The same change of a text in which another was made before. */
    fun after(other: TextChange): TextChange = when {
        other.isEmpty || at + delete <= other.at -> this
        other.at + other.delete <= at ->
            copy(at = at + other.insert.codePointCount(0, other.insert.length) - other.delete)
        else -> copy(at = other.at, delete = 0)
    }

    companion object {
        fun between(before: String, after: String): TextChange {
            val old = before.codePoints().toArray()
            val new = after.codePoints().toArray()
            val most = minOf(old.size, new.size)
            var same = 0
            while (same < most && old[same] == new[same]) same++
            var sameAtEnd = 0
            val rest = most - same
            while (sameAtEnd < rest && old[old.lastIndex - sameAtEnd] == new[new.lastIndex - sameAtEnd]) sameAtEnd++
            return TextChange(
                at = same,
                delete = old.size - same - sameAtEnd,
                insert = String(new, same, new.size - same - sameAtEnd),
            )
        }
    }
}
