// Processor time says what work was done where the wall clock also says what else the machine did.

import { readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;

/**
 * Begins to measure; the result, called later, gives the seconds that the children took since, and
 * those that all else on the machine took: where `others_s` is not small, the wall clock is not to
 * be trusted. NaN where the system does not say.
 */
export function stopwatch(children) {
  const ours = () => children.reduce((sum, child) => sum + child.processorSeconds(), 0);
  const [oursBefore, allBefore] = [ours(), wholeMachine()];
  return () => {
    const processor_s = ours() - oursBefore;
    return { processor_s, others_s: wholeMachine() - allBefore - processor_s };
  };
}

/** The processor time of a process and its threads, in seconds. */
export function ofProcess(pid) {
  return ticks(`/proc/${pid}/stat`, /\) \S(?: -?\d+){10} (\d+) (\d+)/);
}

// user, nice, system; then idle and iowait, which are no work; then irq, softirq, steal.
function wholeMachine() {
  return ticks("/proc/stat", /^cpu +(\d+) (\d+) (\d+) \d+ \d+ (\d+) (\d+) (\d+)/);
}

function ticks(file, pattern) {
  try {
    const [, ...parts] = readFileSync(file, "utf8").match(pattern);
    return parts.reduce((sum, part) => sum + Number(part), 0) / TICKS_PER_SECOND;
  } catch {
    return NaN;
  }
}
