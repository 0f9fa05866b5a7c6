/** Progress with its rate and its estimate. */

import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import type { ProgressStream } from "../src/runtime/progress.ts";
import { durationText, stateText, workProgress } from "../src/runtime/work-progress.ts";

describe("the text", () => {
  it.each([
    [{ done: 300, total: 1000 }, 10, "300 of 1000, 30/s, about 24 s left"],
    [{ done: 5 }, 2, "5, 2.5/s"],
    [{ done: 0, total: 7 }, 0, "0 of 7"],
    [{ done: 7, total: 7, note: "2 failed" }, 1, "7 of 7, 7.0/s, 2 failed"],
    [{ done: 1, total: 10, rate: 400, secondsLeft: 7300 }, 1, "1 of 10, 400/s, about 2 h 1 min left"],
  ])("%j after %d s", (state, seconds, text) => {
    expect(stateText(state, seconds)).toBe(text);
  });

  it.each([
    [0, "0 s"],
    [59.2, "1 min"],
    [200, "3 min 20 s"],
    [3600, "1 h"],
    [273_600, "3 d 4 h"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

/** A stream that is a terminal, or not. */
function stream(isTTY: boolean): { stream: ProgressStream; text: () => string } {
  const through = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  let text = "";
  through.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return { stream: through, text: () => text };
}

describe("the lines", () => {
  it("are one line on a terminal, taken away at the end", () => {
    const terminal = stream(true);
    const progress = workProgress("keys", { json: true }, terminal.stream);
    progress.show({ done: 1, total: 2 });
    progress.end();
    const [, after] = terminal.text().split("keys: 1 of 2");
    expect(after).toContain("\u001b[");
  });

  it("are plain elsewhere, and only for work that takes a while; none with --json", () => {
    const pipe = stream(false);
    const progress = workProgress("keys", { json: false }, pipe.stream);
    progress.show({ done: 1, total: 2, rate: 1 });
    progress.show({ done: 2, total: 2, rate: 1 });
    progress.end();
    expect(pipe.text()).toBe("");
    vi.useFakeTimers({ toFake: ["performance"] });
    const slow = workProgress("keys", { json: false }, pipe.stream);
    slow.show({ done: 1, total: 3, rate: 1 });
    vi.advanceTimersByTime(10_001);
    slow.show({ done: 2, total: 3, rate: 1 });
    slow.show({ done: 3, total: 3, rate: 1 });
    slow.end();
    vi.useRealTimers();
    expect(pipe.text()).toBe("keys: 2 of 3, 1.0/s, about 1 s left\nkeys: 3 of 3, 1.0/s\n");
    const json = stream(false);
    const silent = workProgress("keys", { json: true }, json.stream);
    silent.show({ done: 1 });
    silent.end();
    expect(json.text()).toBe("");
  });
});
