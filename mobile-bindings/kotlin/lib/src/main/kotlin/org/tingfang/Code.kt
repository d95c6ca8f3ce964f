package org.tingfang

// The values of lists: the code by which labels and server know each, and what a person reads. The names are those of
// the Swift package.

val AssignmentKind.code: String get() = codeOf(this)
val AttachmentPurpose.code: String get() = codeOf(this)
val Channel.code: String get() = codeOf(this)
val ChannelState.code: String get() = codeOf(this)
val DecisionState.code: String get() = codeOf(this)
val DeviceStanding.code: String get() = codeOf(this)
val Duty.code: String get() = codeOf(this)
val FileState.code: String get() = codeOf(this)
val Grade.code: String get() = codeOf(this)
val RecordStage.code: String get() = codeOf(this)
val RepresentationState.code: String get() = codeOf(this)
val SyncState.code: String get() = codeOf(this)
val TaskProgress.code: String get() = codeOf(this)
val TaskState.code: String get() = codeOf(this)
val VisitStage.code: String get() = codeOf(this)

/** The name by which the internet knows the kind of file: a constant's own name says less. */
val MediaType.code: String
    get() = when (this) {
        MediaType.JPEG -> "image/jpeg"
        MediaType.PNG -> "image/png"
        MediaType.WEBP -> "image/webp"
        MediaType.PDF -> "application/pdf"
        MediaType.M4A -> "audio/mp4"
        MediaType.MP3 -> "audio/mpeg"
    }

fun AssignmentKind.label(language: Language): String = labelOf(language, "assignment_kind", code)
fun AttachmentPurpose.label(language: Language): String = labelOf(language, "attachment_purpose", code)
fun Channel.label(language: Language): String = labelOf(language, "channel", code)
fun ChannelState.label(language: Language): String = labelOf(language, "channel_state", code)
fun DecisionState.label(language: Language): String = labelOf(language, "decision_state", code)
fun DeviceStanding.label(language: Language): String = labelOf(language, "device_standing", code)
fun Duty.label(language: Language): String = labelOf(language, "duty", code)
fun FileState.label(language: Language): String = labelOf(language, "file_state", code)
fun Grade.label(language: Language): String = labelOf(language, "grade", code)
fun MediaType.label(language: Language): String = labelOf(language, "media_type", code)
fun RecordStage.label(language: Language): String = labelOf(language, "record_stage", code)
fun RepresentationState.label(language: Language): String = labelOf(language, "representation_state", code)
fun SyncState.label(language: Language): String = labelOf(language, "sync_state", code)
fun TaskProgress.label(language: Language): String = labelOf(language, "task_progress", code)
fun TaskState.label(language: Language): String = labelOf(language, "task_state", code)
fun VisitStage.label(language: Language): String = labelOf(language, "visit_stage", code)

/** UNDER_WAY is `under_way`. */
private fun codeOf(value: Enum<*>): String = value.name.lowercase()

/** A code that a later version has added shows as it is. */
private fun labelOf(language: Language, section: String, code: String): String = label(language, section, code) ?: code
