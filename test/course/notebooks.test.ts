/** The course: every notebook source keeps the house style, and notebook 03 computes what it says. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { buildNotebook, parsePercent } from "../../grader/index.ts";
import type { NotebookSource } from "../../grader/index.ts";
import { launchKernel } from "../../kernel/client/index.ts";
import { executeNotebook, parseNotebook } from "../../kernel/notebook/index.ts";
import type { Notebook } from "../../kernel/notebook/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const folder = path.join(repositoryRoot, "notebooks");

async function sourceOf(name: string): Promise<NotebookSource> {
  return parsePercent(name, await readFile(path.join(folder, `${name}.nb.ts`), "utf8"));
}

const names = readdirSync(folder)
  .filter((file) => file.endsWith(".nb.ts"))
  .map((file) => file.slice(0, -".nb.ts".length))
  .sort();

/** The texts of the last part of a source, from its summary on. */
function closeOf(source: NotebookSource): string[] {
  const texts = source.cells.flatMap((cell) => (cell.kind === "markdown" ? [cell.text] : []));
  const start = texts.findLastIndex((text) => /^## What you can now do$/m.test(text));
  assert.ok(start >= 0, "a last part, ## What you can now do");
  return texts.slice(start);
}

/** What a fold shows when it is opened, by its summary. */
const foldsOf = (text: string): [choice: string, reason: string][] =>
  [...text.matchAll(/<details>\s*<summary>([^]*?)<\/summary>([^]*?)<\/details>/g)].map(
    ([, choice = "", reason = ""]) => [choice.trim(), reason.trim()],
  );

/** Words of a text as a reader counts them: no tags, no signs that stand alone. */
const countWords = (text: string): number =>
  text
    .replaceAll(/<\/?(?:details|summary)>/g, " ")
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

describe("notebook sources", () => {
  it("say what a reader learns, and keep code cells to 25 lines without their imports", async () => {
    assert.ok(names.length > 0);
    for (const name of names) {
      const source = await sourceOf(name);
      assert.ok(
        source.header.title !== undefined && source.header.goals.length >= 2,
        `${name}: title and goals`,
      );
      for (const cell of source.cells) {
        if (cell.kind === "markdown" || cell.kind === "written" || cell.kind === "mutant") continue;
        const code = cell.regions.flatMap((region) => region.lines).join("\n");
        const lines = code.replaceAll(/^import [^;]+;\n?/gm, "").split("\n").length;
        assert.ok(lines <= 25, `${name}:${cell.line} has ${lines} lines`);
      }
    }
  });

  it("give code in hints as it can be pasted: on one line, and regular expressions that compile", async () => {
    for (const name of names) {
      for (const cell of (await sourceOf(name)).cells) {
        const hints = cell.kind === "exercise" || cell.kind === "written" ? cell.hints : [];
        for (const [, code = ""] of hints.flatMap((hint) => [...hint.matchAll(/`([^`]+)`/g)])) {
          assert.ok(!code.includes("\n"), `${name}:${cell.line}: a line break in the hint's ${code}`);
          const [, pattern, flags] = /^\/(.+)\/([a-z]*)$/.exec(code) ?? [];
          if (pattern === undefined) continue;
          const literal = pattern.replaceAll(/\[(?:\\.|[^\]])*\]|\\./g, "");
          assert.ok(!literal.includes("/"), `${name}:${cell.line}: ${code} ends at a slash of its own`);
          assert.doesNotThrow(() => new RegExp(pattern, flags), `${name}:${cell.line}`);
        }
      }
    }
  });

  it("say why each choice is right or wrong", async () => {
    for (const name of names) {
      for (const [choice, reason] of closeOf(await sourceOf(name)).flatMap(foldsOf)) {
        assert.ok(countWords(reason) >= 3, `${name}: "${choice}" is answered by "${reason}" alone`);
      }
    }
  });
});

/**
 * What is held of the house style. Where notebooks fall short of what is wanted, the bound is what all of them keep, and the
 * test's name says what is wanted.
 */
const style = {
  cells: [60, 110],
  words: [1200, 2500],
  cellsAPlot: 35,
  medianWords: 60,
  questions: 5,
} as const;

describe("the house style of the notebooks", () => {
  for (const [place, name] of names.entries()) {
    describe(name, () => {
      let source: NotebookSource;
      let cells: Notebook["cells"];
      let words: number[];
      before(async () => {
        source = await sourceOf(name);
        ({ cells } = parseNotebook(await readFile(path.join(folder, `${name}.ipynb`), "utf8")));
        words = cells.flatMap((cell) => (cell.cell_type === "markdown" ? [countWords(cell.source)] : []));
      });

      it("has a header: at least three goals, what it needs and takes, what comes before and after", () => {
        const { goals, facts } = source.header;
        assert.ok(goals.length >= 3, `${goals.length} goals; at least 3 are wanted`);
        // The first notebook has none before it; the session stands beside the sequence, and the last one leads to it.
        const previous = place === 0 ? [] : ["previous"];
        const wanted = ["reading", "running", "memory", "needs", "graded", ...previous, "next"];
        assert.deepEqual(
          wanted.filter((key) => !facts.has(key)),
          [],
          "facts that the header lacks",
        );
        assert.equal(facts.has("previous"), previous.length > 0, "nothing comes before the first");
      });

      it("names the notebooks before and after it by their numbers", () => {
        const number = name.split("-")[0]!;
        if (!/^\d+$/.test(number)) return; // the session says in words where it stands
        const numbered = (key: string, other: string | undefined) => {
          if (other === undefined) return;
          assert.match(source.header.facts.get(key) ?? "", new RegExp(`\\b${other.split("-")[0]!}\\b`), key);
        };
        numbered("previous", names[place - 1]);
        numbered("next", names[place + 1]);
      });

      it(`has ${style.cells.join(" to ")} cells, one idea in each`, () => {
        const [low, high] = style.cells;
        assert.ok(cells.length >= low && cells.length <= high, `${cells.length} cells`);
      });

      it(`has ${style.words.join(" to ")} words of text, half of its texts with ${style.medianWords} at most (wanted: all)`, () => {
        const sum = words.reduce((total, count) => total + count, 0);
        const [low, high] = style.words;
        assert.ok(sum >= low && sum <= high, `${sum} words`);
        const median = [...words].sort((a, b) => a - b)[words.length >> 1]!;
        assert.ok(median <= style.medianWords, `${median} words in the text in the middle`);
      });

      it(`draws a figure for each ${style.cellsAPlot} cells or fewer (wanted: 20)`, () => {
        const plots = cells.filter(
          (cell) =>
            cell.cell_type === "code" &&
            cell.outputs.some(
              (output) =>
                "data" in output &&
                // A mask in colours is a figure, too.
                ("application/vnd.plotly.v1+json" in output.data ||
                  JSON.stringify(output.data["text/html"] ?? "").includes("tokens trained <span")),
            ),
        ).length;
        assert.ok(plots * style.cellsAPlot >= cells.length, `${plots} figures in ${cells.length} cells`);
      });

      it("closes with what one can now do, five questions with a reason for every choice, words and a stretch", () => {
        const texts = closeOf(source);
        const close = texts.join("\n\n");
        assert.match(close, /^(?:## Glossary|\*\*(?:Glossary|Words of this notebook)\.\*\*)/m, "a glossary");
        assert.match(close, /^\*\*Stretch[.:]\*\*/m, "a stretch exercise");
        const questions = texts.filter((text) => foldsOf(text).length > 0);
        assert.equal(questions.length, style.questions, "questions");
        for (const [index, question] of questions.entries()) {
          assert.match(question, new RegExp(`^\\*\\*${index + 1}\\. `, "m"), "the questions in order");
          const choices = foldsOf(question);
          assert.ok(choices.length >= 3, `question ${index + 1} has ${choices.length} choices`);
          for (const [choice, reason] of choices) {
            // A right choice that says it all is confirmed by a word; a wrong one teaches by its reason.
            const fewest = /^Yes\b/.test(reason) ? 1 : 2;
            assert.ok(
              choice !== "" && countWords(reason) >= fewest,
              `question ${index + 1}: why “${choice}”?`,
            );
          }
        }
      });

      it("gives each exercise two hints and three mutants at least, and says what to see in all but one (wanted: all)", () => {
        const exercises = source.cells.filter((cell) => cell.kind === "exercise");
        for (const { id, hints } of exercises) {
          assert.ok(hints.length >= 2, `${id} has ${hints.length} hints`);
          const mutants = source.cells.filter((cell) => cell.kind === "mutant" && cell.exercise === id);
          assert.ok(mutants.length >= 3, `${id} has ${mutants.length} mutants`);
        }
        const silent = exercises.filter(({ prompt }) => !/you should see/i.test(prompt)).map(({ id }) => id);
        assert.ok(silent.length <= 1, `${silent.join(", ")} say nothing about what to see`);
      });
    });
  }
});

describe("notebook 03", function () {
  this.timeout(60_000);
  this.slow(10_000);
  let notebook: Notebook;
  before(async () => {
    notebook = buildNotebook(await sourceOf("03-next-token-prediction"), "course");
    const client = await launchKernel({ cwd: folder, env: { ...process.env, RESIDENCY_PLOTLY: "external" } });
    try {
      const failure = await executeNotebook(client, notebook);
      assert.equal(failure, undefined);
    } finally {
      await client.shutdown();
    }
  });

  /** Everything that the cell with this title printed or gave as its result. */
  const textOf = (title: string): string => {
    const cell = notebook.cells.find((each) => each.metadata["title"] === title);
    assert.ok(cell?.cell_type === "code", title);
    return cell.outputs
      .map((output) => {
        if (output.output_type === "stream") return output.text;
        const text = "data" in output ? output.data["text/plain"] : undefined;
        return typeof text === "string" ? text : "";
      })
      .join("");
  };

  it("shows the four training pairs of the sentence", () => {
    assert.equal(
      textOf("show the four training pairs").replaceAll(/ +→/g, " →"),
      '"The" → " sky"\n"The sky" → " is"\n"The sky is" → " blue"\n"The sky is blue" → "."\n',
    );
  });

  it("starts at log V, and ends far below", () => {
    assert.match(
      textOf("the expected first loss"),
      /^measured 2\.0794 {3}expected log V 2\.0794\nperplexity 8\.00 /,
    );
    const [, first, last] = /loss (\S+) → (\S+)/.exec(textOf("sixty steps of gradient descent")) ?? [];
    assert.equal(first, "2.079");
    assert.ok(Number(last) < 0.05);
  });

  it("has gradients by formula that equal the measured ones", () => {
    const lines = textOf("compare the formula with finite differences").trim().split("\n");
    assert.equal(lines.length, 4);
    for (const line of lines) {
      const [, formula, measured] = /=\s+(\S+) +measured +(\S+)/.exec(line) ?? [];
      assert.ok(Math.abs(Number(formula) - Number(measured)) < 2e-6, line);
    }
  });

  it("shows the wrong thing first: overflow, a logarithm of 0, a temperature of 0, labels that are not shifted", () => {
    assert.match(textOf("the wrong thing first"), /NaN/);
    assert.match(textOf("the wrong thing: the logarithm of a softmax"), /Infinity/);
    assert.match(textOf("the wrong thing: a temperature of 0"), /^NaN( NaN){7}\n$/);
    const [, shifted, unshifted] =
      /(\d\S+), not shifted (\S+)/.exec(textOf("each token is its own target")) ?? [];
    assert.equal(shifted, unshifted);
    assert.match(textOf("let both write"), /shifted: +The sky is blue\.\nnot shifted: (The){5}\n/);
  });

  it("finds the floor of two sentences, and the best step of a finite difference in between", () => {
    const [, loss, floor] = /steps (\S+), floor (\S+)/.exec(textOf("train on two sentences")) ?? [];
    assert.equal(floor, ((4 * Math.log(2)) / 8).toFixed(4));
    assert.ok(Number(loss) > Number(floor) && Number(loss) < Number(floor) + 0.002, loss);
    assert.match(textOf("the best step"), /best step 1e-[4-7]\n/);
  });

  it("has the mean over tokens that the library has, and two other means", () => {
    const means = [...textOf("three means of the same losses").matchAll(/ (\d\.\d{3})$/gm)].map(
      ([, value]) => value,
    );
    assert.equal(new Set(means).size, 3);
    const [, library, byHand] =
      /library (\S+) +by hand (\S+)/.exec(textOf("the library's cross-entropy")) ?? [];
    assert.ok(Math.abs(Number(library) - Number(byHand)) < 2e-4);
    assert.equal(Number(byHand).toFixed(3), means[2]);
  });

  it("draws eight figures", () => {
    const figures = notebook.cells.flatMap((cell) =>
      cell.cell_type === "code"
        ? cell.outputs.filter((output) => "data" in output && "application/vnd.plotly.v1+json" in output.data)
        : [],
    );
    assert.equal(figures.length, 8);
  });
});
