/** Training cells: a run that was cut off goes on in a new kernel, and ends with the loss of one that was not (`npm run test:course`). */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { runNotebook } from "../../cli/run/index.ts";
import { repositoryRoot } from "../support/paths.ts";

/** Notebooks whose training takes longer than it should take twice, and the title of the cell that does it. */
const trainings = [
  { file: "14-clinical-sft.ipynb", title: "train" },
  { file: "15-compare-evaluate-publish.ipynb", title: "train for a moment" },
  { file: "S-the-two-hour-session.ipynb", title: "train" },
];

const hasCheckpoint = (output: string): boolean =>
  fs
    .readdirSync(output, { recursive: true, encoding: "utf8" })
    .some((name) => /^checkpoints[^/]*\/checkpoint-\d+\/residency_checkpoint\.json$/.test(name));

/** Runs a notebook up to its training cell, through it or until its first checkpoint, and gives what the cell printed. */
async function trainOnce(
  { file, title }: (typeof trainings)[number],
  output: string,
  { cutOff }: { cutOff: boolean },
): Promise<string> {
  const controller = new AbortController();
  let watch: NodeJS.Timeout | undefined;
  let trained: number | undefined;
  const { notebook, status, failure } = await runNotebook(path.join(repositoryRoot, "notebooks", file), {
    signal: controller.signal,
    env: { RESIDENCY_OUTPUT: output, RESIDENCY_FAST: "1" },
    listener: {
      cellStarted(place) {
        if (place.title !== title) return;
        trained = place.index;
        if (cutOff) watch = setInterval(() => hasCheckpoint(output) && controller.abort(), 20);
      },
      progress: () => undefined,
      cellEnded(place) {
        if (place.title === title) controller.abort();
      },
    },
  });
  clearInterval(watch);
  assert.equal(status, "interrupted", `${failure?.place.title}: ${failure?.evalue}`);
  assert.ok(trained !== undefined, `there is no cell "${title}"`);
  const cell = notebook.cells[trained]!;
  assert.ok(cell.cell_type === "code");
  return cell.outputs
    .map((output) => (output.output_type === "stream" ? [output.text].flat().join("") : ""))
    .join("");
}

const meanLoss = (printed: string): string | undefined => /mean loss (\d+\.\d+)/.exec(printed)?.[1];

describe("training cells of the course", function () {
  this.timeout(600_000);
  this.slow(120_000);
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-course-resume-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  for (const training of trainings) {
    it(`${training.file} goes on where a run was cut off, to the same loss`, async () => {
      const [cut, whole] = [path.join(folder, "cut"), path.join(folder, "whole")];
      for (const output of [cut, whole]) fs.mkdirSync(output);
      const before = await trainOnce(training, cut, { cutOff: true });
      assert.equal(meanLoss(before), undefined, "the run was over before it was cut off");
      const resumed = await trainOnce(training, cut, { cutOff: false });
      const uninterrupted = await trainOnce(training, whole, { cutOff: false });
      assert.match(resumed, /goes on from .*checkpoint-\d+/);
      assert.match(uninterrupted, /from the first step/);
      assert.ok(meanLoss(uninterrupted) !== undefined, uninterrupted);
      assert.equal(meanLoss(resumed), meanLoss(uninterrupted));
    });
  }
});
