/** The terminal: progress as text, a live line, tables. */
import assert from "node:assert/strict";
import {
  createLiveTerminal,
  formatBar,
  formatDuration,
  formatPlainProgress,
  formatProgress,
  formatTable,
  progressMime,
  progressOf,
} from "../../cli/terminal/index.ts";

describe("formatDuration", () => {
  it("names the two largest units", () => {
    assert.deepEqual([0, 0.44, 9.9, 12.4, 59.6, 125, 3725].map(formatDuration), [
      "0.0 s",
      "0.4 s",
      "9.9 s",
      "12 s",
      "1 min 00 s",
      "2 min 05 s",
      "1 h 02 min",
    ]);
  });
});

describe("progressOf", () => {
  it("reads a report of training", () => {
    const report = { label: "train", step: 3, total: 9, loss: 1.5, tokensPerSecond: 1520, etaSeconds: 75 };
    assert.deepEqual(progressOf({ [progressMime]: report }), report);
  });

  it("gives undefined for bundles without usable progress", () => {
    for (const value of [
      undefined,
      null,
      "3/9",
      [],
      { step: 1 },
      { step: "1", total: 2 },
      { step: 1, total: NaN },
    ]) {
      assert.equal(progressOf({ [progressMime]: value }), undefined);
    }
    assert.equal(progressOf({ "text/plain": "3/9" }), undefined);
  });

  it("takes control characters out of labels and drops figures that are not finite", () => {
    const report = { label: "a\u001b[2Jb\nc", step: 1, total: 2, loss: Number.NaN };
    assert.deepEqual(progressOf({ [progressMime]: report }), { label: "a [2Jb c", step: 1, total: 2 });
  });
});

describe("formatProgress", () => {
  const progress = {
    label: "train",
    step: 120,
    total: 240,
    loss: 1.2345,
    tokensPerSecond: 1520.4,
    etaSeconds: 125,
  };

  it("shows bar, steps, loss, speed and the time left", () => {
    assert.equal(
      formatProgress(progress, 100),
      "train  ████████████░░░░░░░░░░░░  120/240 steps · loss 1.234 · 1,520 tok/s · 2 min 05 s left",
    );
  });

  it("shortens the bar, then leaves it out, on a narrow terminal", () => {
    assert.equal(formatProgress(progress, 80).length, 80);
    assert.equal(
      formatProgress(progress, 60),
      "train  120/240 steps · loss 1.234 · 1,520 tok/s · 2 min 05 s left",
    );
  });

  it("shows counts alone where the end is not known", () => {
    assert.equal(formatProgress({ label: "read", step: 1200, total: 0, unit: "rows" }), "read  1,200 rows");
  });

  it("shows a percentage instead of a bar in a log", () => {
    assert.equal(
      formatPlainProgress(progress),
      "train: 120/240 steps · loss 1.234 · 1,520 tok/s · 2 min 05 s left (50 %)",
    );
  });
});

describe("formatBar", () => {
  it("always has its width, whatever the fraction is", () => {
    for (const fraction of [-1, 0, 0.01, 0.3333, 0.5, 0.99, 1, 7])
      assert.equal(formatBar(fraction, 10).length, 10);
    assert.equal(formatBar(0.5, 3), "█▌░");
  });
});

describe("createLiveTerminal", () => {
  function record(isTTY: boolean, columns = 20) {
    const written: string[] = [];
    let time = 0;
    const screen = { isTTY, columns, write: (text: string) => written.push(text) };
    const terminal = createLiveTerminal(screen, { now: () => time });
    return { written, terminal, advance: (ms: number) => (time += ms) };
  }

  it("redraws the live line on a terminal, cut to its width and at most ten times a second", () => {
    const { written, terminal, advance } = record(true);
    terminal.status("x".repeat(50));
    terminal.status("too soon");
    advance(100);
    terminal.status("two");
    terminal.line("done");
    assert.deepEqual(written, ["x".repeat(19), "\r\u001b[2K", "two", "\r\u001b[2K", "done\n"]);
  });

  it("writes plain lines to a log, at most one in five seconds", () => {
    const { written, terminal, advance } = record(false);
    terminal.status("live", "one");
    advance(4999);
    terminal.status("live", "two");
    advance(1);
    terminal.status("live", "three");
    terminal.status("live");
    terminal.clear();
    assert.deepEqual(written, ["one\n", "three\n"]);
  });
});

describe("formatTable", () => {
  it("aligns text to the left and numbers to the right", () => {
    assert.equal(
      formatTable(
        ["name", "points"],
        [
          ["a", 2],
          ["longer", 10],
        ],
      ),
      "name    points\n──────  ──────\na            2\nlonger      10",
    );
  });
});
