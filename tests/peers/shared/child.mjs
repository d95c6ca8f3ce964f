// Server and client are processes of their own, as they are in life: neither takes the other's
// event loop, and the memory of each can be told apart.

import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { ofProcess } from "./processor.mjs";

const TETHERED = new URL("tethered.mjs", import.meta.url).href;
const running = new Set();

// However the program ends, nothing that it started lives on.
process.on("exit", () => running.forEach((child) => child.process.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** A program that we started, ours or a package's. Its messages are objects of named facts. */
export class Child {
  /** All that it has told so far; a later fact replaces an earlier one of the same name. */
  said = {};

  /** What it prints goes to our standard error: standard output is for the figures. */
  constructor(file, args, options = {}) {
    const stdio = ["ignore", 2, 2, "ipc"];
    this.process = fork(file, args.map(String), { stdio, execArgv: ["--import", TETHERED], ...options });
    running.add(this);
    this.process.on("message", (facts) => Object.assign(this.said, facts));
    this.process.once("exit", () => running.delete(this));
  }

  /** A fact as soon as it is told, or undefined when the time is over. */
  told(name, bound_s) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (name in this.said) settle(resolve, this.said[name]);
        else if (!running.has(this)) settle(reject, new Error(`a child ended before it told "${name}"`));
      };
      const settle = (how, value) => {
        clearTimeout(over);
        this.process.off("message", look).off("exit", look);
        how(value);
      };
      const over = setTimeout(() => settle(resolve, undefined), bound_s * 1000);
      this.process.on("message", look).on("exit", look);
      look();
    });
  }

  /** The same, where without the fact nothing can go on. */
  async needed(name, bound_s) {
    const fact = await this.told(name, bound_s);
    if (fact === undefined) throw new Error(`a child did not tell "${name}" within ${bound_s} s`);
    return fact;
  }

  /** Lets the peak begin anew, so that filling a server does not count; where the system cannot, it counts. */
  forgetPeakMemory() {
    try {
      writeFileSync(`/proc/${this.process.pid}/clear_refs`, "5");
    } catch {
      // Not Linux, or not ours to reset.
    }
  }

  /** The most memory that it has held since, in MB; null where the system does not say. */
  peakMemoryMb() {
    try {
      const [, kib] = readFileSync(`/proc/${this.process.pid}/status`, "utf8").match(/VmHWM:\s+(\d+) kB/);
      return Math.round((kib * 1024) / 1e6);
    } catch {
      return null;
    }
  }

  /** The processor time that it has taken so far, in seconds. */
  processorSeconds() {
    return ofProcess(this.process.pid);
  }

  /** Ends it and waits: gently, then not. */
  async end() {
    if (!running.has(this)) return;
    const exit = once(this.process, "exit");
    this.process.kill("SIGINT");
    const hard = setTimeout(() => this.process.kill("SIGKILL"), 5000);
    await exit;
    clearTimeout(hard);
  }
}
