// Records as tests/src/bulk.rs makes them for our own figures: 44 values and a comment of about a
// hundred characters. The bytes are not the same (another generator), what they hold is.

const PAPERS = [
  "assignment_notice", "agency_agreement", "power_of_attorney", "interview_record", "meeting_certificate",
  "meeting_record", "file_reading_notes", "evidence", "submission", "hearing_record", "judgment", "pleading",
  "settlement", "mediation_document", "retrial_application", "arbitration_application", "written_opinion",
  "civil_claim_in_criminal_case", "closing_report", "other",
];
const PAPER_STATES = ["present", "defective", "missing", "not_required"];
const MARKS = ["full", "mostly", "half", "little"];
const PHRASES = [
  "案卷材料基本齐全,",
  "会见笔录要素完整,",
  "阅卷笔录未附主要证据摘录,",
  "辩护意见紧扣争议焦点,",
  "归档及时。",
];

/** How alike the comments are: out of a few phrases, or a hundred characters drawn one by one. */
export const TEXTS = ["templated", "high-entropy"];

/** As many records as asked for, the same ones in every run. */
export function* records(count, texts) {
  const random = generator(1);
  const below = (bound) => Math.floor(random() * bound);
  const one = (choices) => choices[below(choices.length)];
  for (let made = 0; made < count; made += 1) {
    const papers = Object.fromEntries(PAPERS.map((paper) => [paper, one(PAPER_STATES)]));
    const items = Array.from({ length: 24 }, (_, item) => `CRM-${Math.floor(item / 5) + 1}.${(item % 5) + 1}`);
    const marks = Object.fromEntries(items.map((item) => [item, one(MARKS)]));
    const comment = texts === "templated"
      ? Array.from({ length: 9 }, () => one(PHRASES)).join("")
      : String.fromCharCode(...Array.from({ length: 100 }, () => 0x4e00 + below(0x9fa5 - 0x4e00)));
    yield { papers, marks, comment };
  }
}

/** Mulberry32: small, seeded, and random enough for texts. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
