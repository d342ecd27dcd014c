/**
 * Notebook 12: low-rank adapters, from two small matrices to a fine-tuned model and PEFT's count of parameters.
 *
 * title: LoRA, by hand and by library
 * goal: write down what LoRA adds to a layer, and why it changes nothing before the first step
 * goal: work out its gradients by hand, and check them
 * goal: merge an adapter into a weight and take it out again
 * goal: count trained parameters to the last digit, as PEFT prints them
 * goal: name target modules that exist, and see what happens when they do not
 * reading: 40 minutes
 * running: 30 seconds
 * memory: 0.6 GB
 * needs: the memory rule (notebook 11), products of matrices
 * graded: seven exercises, 18 points
 * previous: 11, Can you run it?
 * next: 13, QLoRA
 */

// %% [markdown]
/*
Notebook 11 ended with a bill: training every weight of a model costs 6 to 16 bytes a parameter. LoRA (Hu et
al., 2021) pays for a thousandth of them. The idea fits on one line, and in this notebook we take that line
apart until nothing in it is magic.

*y* = *W x* + (α/r) *B A x*
*/

// %% setup id=setup
import { checkClose, checkEqual, checkSameType } from "residency/exercise";

// %% import the charts
import { lineChart } from "residency/viz";

// %% [markdown]
/*
## A change that is thin

Fine-tuning turns a weight *W* into *W* + Δ*W*. The change has as many numbers as the weight. But it need not
have as much *to say*. Here is a change of 4 × 6 numbers that holds only 4 + 6 of them: each row is a multiple
of one row.
*/

// %% a matrix of rank one
const column = [1, -2, 0.5, 3];
const row = [2, 0, 1, -1, 4, 1];
const rankOne = column.map((left) => row.map((right) => left * right)); // [4, 6]
for (const line of rankOne) console.log(line.map((value) => String(value).padStart(5)).join(" "));

// %% [markdown]
/*
How many independent rows a matrix has is its **rank**. LoRA bets that the change that a task needs has a small
rank *r*, and stores it as a product: *B* with *r* columns times *A* with *r* rows.
*/

// %% the size of a thin change, for a weight of phi-2
const width = 2560;
console.log(`all of it: ${(width * width).toLocaleString("en-US")} numbers`);
for (const r of [1, 4, 16, 64]) {
  const thin = r * (width + width);
  const share = ((100 * thin) / (width * width)).toFixed(2);
  console.log(
    `rank ${String(r).padStart(2)}: ${thin.toLocaleString("en-US").padStart(7)} numbers, ${share} %`,
  );
}

// %% draw the share
const ranks = Array.from({ length: 64 }, (_, index) => index + 1);
lineChart([{ name: "share", x: ranks, y: ranks.map((r) => (100 * 2 * r) / width) }], {
  title: "Share of a 2560 × 2560 weight that LoRA trains",
  xLabel: "rank",
  yLabel: "%",
});

// %% [markdown]
/*
## A layer by hand

We write matrices as lists of rows and need one operation: a matrix times a vector.
*/

// %% a matrix times a vector
type Matrix = readonly (readonly number[])[];
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);
/** m [rows, columns] times x [columns] gives [rows]. */
const times = (m: Matrix, x: readonly number[]) => m.map((line) => dot(line, x));
times(
  [
    [1, 2],
    [3, 4],
  ],
  [10, 1],
);

// %% what a layer with an adapter has
interface LoraLayer {
  /** W: `[out, in]`, frozen. */
  weight: Matrix;
  /** A: `[r, in]`, trained. */
  a: Matrix;
  /** B: `[out, r]`, trained. */
  b: Matrix;
  alpha: number;
}

// %% exercise id=lora-forward title="The forward pass" difficulty=2 importance=5 minutes=8 hint="Never build B A: it is as large as the weight. Multiply x by A first, then the short result by B." hint="The rank is the number of rows of A: `layer.a.length`." hint="`times(layer.weight, x)` and `times(layer.b, times(layer.a, x))`; add them place by place, the second times α/r."
/*
Complete `loraForward`: *W x* + (α/r) *B A x*. You should see four check marks below.
*/
/** The output [out] of a linear layer with an adapter beside it, for x [in]. */
function loraForward(layer: LoraLayer, x: readonly number[]): number[] {
  // BEGIN SOLUTION
  const scale = layer.alpha / layer.a.length;
  const added = times(layer.b, times(layer.a, x));
  return times(layer.weight, x).map((value, index) => value + scale * added[index]!);
  // END SOLUTION
}

// %% tests points=2
const m = (text: string) => text.split(";").map((line) => line.trim().split(" ").map(Number));
const frozen = { weight: m("1 2; 0 1; 3 -1"), alpha: 2 };
const oneRow = { ...frozen, a: m("1 -1"), b: m("1; 0; 2") };
checkEqual("B of zeros adds nothing", loraForward({ ...oneRow, b: m("0; 0; 0") }, [3, 1]), [5, 1, 8]);
checkEqual("rank 1", loraForward(oneRow, [3, 1]), [9, 1, 16]);
const twoRows = { ...frozen, a: m("1 -1; 0 1"), b: m("1 0; 0 1; 2 0") };
checkEqual("rank 2 halves the scale", loraForward(twoRows, [3, 1]), [7, 2, 12]);
checkEqual("the layer is unchanged", twoRows.weight, m("1 2; 0 1; 3 -1"));
// BEGIN HIDDEN TESTS: one output, many inputs
const narrow = { weight: m("1 1 1 1"), a: m("1 0 0 2"), b: m("3"), alpha: 0.5 };
checkClose("hidden: one output", loraForward(narrow, [1, 2, 3, 4]), [23.5]);
// END HIDDEN TESTS

// %% mutant title="alpha without r" caught="rank 2 halves the scale"
/*
  const added = times(layer.b, times(layer.a, x));
  return times(layer.weight, x).map((value, index) => value + layer.alpha * added[index]!);
*/

// %% mutant title="r over alpha" caught="rank 1"
/*
  const scale = layer.a.length / layer.alpha;
  const added = times(layer.b, times(layer.a, x));
  return times(layer.weight, x).map((value, index) => value + scale * added[index]!);
*/

// %% mutant title="scales the frozen part, too" caught="B of zeros adds nothing"
/*
  const scale = layer.alpha / layer.a.length;
  const added = times(layer.b, times(layer.a, x));
  return times(layer.weight, x).map((value, index) => scale * (value + added[index]!));
*/

// %% mutant title="the rank is the number of inputs" caught="rank 1"
/*
  const scale = layer.alpha / x.length;
  const added = times(layer.b, times(layer.a, x));
  return times(layer.weight, x).map((value, index) => value + scale * added[index]!);
*/

// %% mutant title="the rank is the number of rows of B" caught="rank 1"
/*
  const scale = layer.alpha / layer.b.length;
  const added = times(layer.b, times(layer.a, x));
  return times(layer.weight, x).map((value, index) => value + scale * added[index]!);
*/

// %% [markdown]
/*
## How should it start?

Two tempting starts are wrong. The first: draw both matrices at random. Then the model is another one before it
has seen a single example.
*/

// %% the wrong start, once
import { mulberry32 } from "residency/data"; // random numbers from a seed
const random = mulberry32(12);
const draw = (length: number) => Array.from({ length }, () => 2 * random.next() - 1);
const drawnA = [draw(4), draw(4)]; // [r, in]
const drawnB = [draw(2), draw(2), draw(2)]; // [out, r]
const input = [1, 0.5, -1, 2];
const disturbance = times(drawnB, times(drawnA, input));
console.log("added before any training:", disturbance.map((value) => value.toFixed(2)).join(", "));

// %% [markdown]
/*
The second: make both zero. Then nothing is disturbed, and nothing is ever learnt. The gradient of *A* is made
of *B*, and that of *B* is made of *A x*; if both are zero, so are both gradients, for ever.

LoRA draws *A* and makes *B* **zero**. The model starts unchanged, and *B* can move at once.
*/

// %% [markdown]
/*
## The gradients

Let *g* be the gradient of the loss with respect to the output *y*, which the layers above send down. With *s* =
α/r the chain rule gives

∂*B* = *s* · *g* (*A x*)ᵀ  and  ∂*A* = *s* · (*B*ᵀ *g*) *x*ᵀ

*W* gets none: it is frozen, and that is what saves the memory.
*/

// %% an outer product
/** u [rows] and v [columns] give [rows, columns]. */
const outer = (u: readonly number[], v: readonly number[]) => u.map((left) => v.map((right) => left * right));
outer([1, 2], [10, 20, 30]);

// %% exercise id=lora-gradients title="The gradients, by hand" difficulty=3 importance=4 minutes=15 hint="Bᵀ g has r numbers: the j-th is the sum over i of B[i][j] · g[i]." hint="∂B has the shape of B, `[out, r]`; ∂A has the shape of A, `[r, in]`. `outer` makes both." hint="Both carry the scale α/r."
/*
Complete `loraGradients` for one input *x* and one *g*. The tests hold it against finite differences: they nudge
each number of *A* and *B* and look at how much *g · y* moves. You should see two check marks, then two more.
*/
/** Gradients of A and B in their own shapes, given x [in] and the gradient g [out] of the output. */
function loraGradients(
  layer: LoraLayer,
  x: readonly number[],
  g: readonly number[],
): { a: number[][]; b: number[][] } {
  // BEGIN SOLUTION
  const scale = layer.alpha / layer.a.length;
  const low = times(layer.a, x); // [r]
  const back = low.map((_, j) => layer.b.reduce((sum, line, i) => sum + line[j]! * g[i]!, 0)); // Bᵀ g: [r]
  const scaled = (m: number[][]) => m.map((line) => line.map((value) => scale * value));
  return { a: scaled(outer(back, x)), b: scaled(outer(g, low)) };
  // END SOLUTION
}

// %% tests points=1
const matrix = (text: string) => text.split(";").map((line) => line.trim().split(" ").map(Number));
const start = { weight: matrix("1 2; 0 1"), a: matrix("1 -1; 2 1"), b: matrix("0 0; 0 0"), alpha: 4 };
const atStart = loraGradients(start, [3, 1], [1, -2]);
checkClose("at the start A gets no gradient", atStart.a.flat().map(Math.abs), [0, 0, 0, 0]);
checkClose("at the start B gets one", atStart.b, matrix("4 14; -8 -28"));

// %% tests id=lora-gradients-measured points=2
const numbers = [1, -1, 2, 1, 1, 0.5, -1, 2]; // A [2, 2] row by row, then B [2, 2]
/** The layer with one of its numbers nudged. */
const moved = (place: number, by: number) => {
  const n = numbers.map((value, i) => (i === place ? value + by : value));
  const weight = [
    [1, 2],
    [0, 1],
  ];
  return { weight, a: [n.slice(0, 2), n.slice(2, 4)], b: [n.slice(4, 6), n.slice(6)], alpha: 4 };
};
/** g · y for x = (3, 1) and g = (1, -2), written out. */
const outcome = ({ a, b }: ReturnType<typeof moved>) => {
  const low = a.map(([p, q]) => 3 * p! + q!);
  const [first, second] = b.map(([p, q]) => 2 * (p! * low[0]! + q! * low[1]!));
  return 5 + first! - 2 * (1 + second!);
};
const slope = (place: number) => (outcome(moved(place, 1e-4)) - outcome(moved(place, -1e-4))) / 2e-4;
const byHand = loraGradients(moved(0, 0), [3, 1], [1, -2]);
checkClose("A, against finite differences", byHand.a.flat(), [0, 1, 2, 3].map(slope), 1e-5);
checkClose("B, against finite differences", byHand.b.flat(), [4, 5, 6, 7].map(slope), 1e-5);
// BEGIN HIDDEN TESTS: shapes that are not square
const narrowB = { weight: [[0, 0, 0]], a: [[1, 2, 3]], b: [[2]], alpha: 1 };
const narrowGradients = loraGradients(narrowB, [1, 1, 2], [2]);
checkClose("hidden: A of another shape", narrowGradients.a.flat(), [4, 4, 8]);
checkClose("hidden: B of another shape", narrowGradients.b.flat(), [18]);
// END HIDDEN TESTS

// %% mutant title="forgets the scale of A" caught="A, against finite differences"
/*
  const scale = layer.alpha / layer.a.length;
  const low = times(layer.a, x);
  const back = low.map((_, j) => layer.b.reduce((sum, line, i) => sum + line[j]! * g[i]!, 0));
  return { a: outer(back, x), b: outer(g, low).map((line) => line.map((value) => scale * value)) };
*/

// %% mutant title="forgets the scale of B" caught="at the start B gets one"
/*
  const scale = layer.alpha / layer.a.length;
  const low = times(layer.a, x);
  const back = low.map((_, j) => layer.b.reduce((sum, line, i) => sum + line[j]! * g[i]!, 0));
  return { a: outer(back, x).map((line) => line.map((value) => scale * value)), b: outer(g, low) };
*/

// %% mutant title="B in place of its transpose" caught="A, against finite differences"
/*
  const scale = layer.alpha / layer.a.length;
  const low = times(layer.a, x);
  const scaled = (m: number[][]) => m.map((line) => line.map((value) => scale * value));
  return { a: scaled(outer(times(layer.b, g), x)), b: scaled(outer(g, low)) };
*/

// %% mutant title="the gradient of the weight in place of B's" caught="at the start B gets one"
/*
  const scale = layer.alpha / layer.a.length;
  const low = times(layer.a, x);
  const back = low.map((_, j) => layer.b.reduce((sum, line, i) => sum + line[j]! * g[i]!, 0));
  const scaled = (m: number[][]) => m.map((line) => line.map((value) => scale * value));
  return { a: scaled(outer(back, x)), b: scaled(outer(g, [...x])) };
*/

// %% mutant title="A learns without B" caught="at the start A gets no gradient"
/*
  const scale = layer.alpha / layer.a.length;
  const low = times(layer.a, x);
  const scaled = (m: number[][]) => m.map((line) => line.map((value) => scale * value));
  return { a: scaled(outer(low, x)), b: scaled(outer(g, low)) };
*/

// %% [markdown]
/*
## The same, by library

`getPeftModel` walks through a model, puts such a pair beside each layer that we name, and freezes the rest. Our
model is `intern`, the small clinical one of notebook 14.
*/

// %% import the library
import { assetPath, AutoModelForCausalLM, AutoTokenizer, getPeftModel, LoraConfig } from "residency";
import { modelOutline, PhiForCausalLM, setBackend } from "residency";

// %% load the model output=varies
const engine = await setBackend();
const modelName = assetPath("intern"); // or one of the hub, such as "HuggingFaceTB/SmolLM2-135M"
const base = await AutoModelForCausalLM.fromPretrained(modelName);
const tokenizer = await AutoTokenizer.fromPretrained(modelName);
console.log(engine.name);

// %% logits before there is an adapter
const prompt = [tokenizer.encode("Dx: pneumonia. Pt was treated with")];
const logitsNow = () => {
  const { logits } = base.forward({ inputIds: prompt }); // [1, T, V]
  const values = [...logits.dataSync()];
  logits.dispose();
  return values;
};
const largestDifference = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
const before = logitsNow();
console.log(`${before.length.toLocaleString("en-US")} logits for ${prompt[0]!.length} tokens`);

// %% add an adapter
const linears = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
const peft = getPeftModel(base, new LoraConfig({ r: 8, loraAlpha: 16, targetModules: linears }));
peft.printTrainableParameters();
console.log("largest difference of a logit:", largestDifference(before, logitsNow()));

// %% [markdown]
/*
Not small: zero. *B* is zero, so the sum is the same to the last bit. Now we train for a moment, and keep the
adapter away from one question to see that the base is still there.
*/

// %% import what training needs
import { readJsonlFile, SFTConfig, SFTTrainer } from "residency";
import { formatExample, parseClinicalRow } from "residency/clinical";

// %% examples of the clinical data
const trainRows = await readJsonlFile(assetPath("corpus", "train.jsonl.gz"), { parse: parseClinicalRow });
const heldoutRows = await readJsonlFile(assetPath("corpus", "test.jsonl.gz"), { parse: parseClinicalRow });
const trainDataset = trainRows.slice(0, 400).map(formatExample);
const evalDataset = heldoutRows.slice(0, 8).map(formatExample);
console.log(`${trainDataset.length} examples to train on, ${evalDataset.length} to measure with`);

// %% ten steps output=varies
const argsOf = (maxSteps: number) =>
  new SFTConfig({
    maxSteps,
    perDeviceTrainBatchSize: 4,
    perDeviceEvalBatchSize: 8,
    learningRate: 5e-3,
    lrSchedulerType: "cosine",
    maxLength: 512,
    seed: 1,
  });
const trainer = new SFTTrainer({ model: peft, tokenizer, trainDataset, evalDataset, args: argsOf(10) });
const { evalLoss: lossBefore } = await trainer.evaluate();
await trainer.train();
const { evalLoss: lossAfter } = await trainer.evaluate();
console.log(`held-out loss ${lossBefore.toFixed(2)} → ${lossAfter.toFixed(2)}`);

// %% the base is still there output=varies
const tuned = logitsNow();
const disabled = await peft.disableAdapter(() => logitsNow());
console.log("with the adapter:   ", largestDifference(before, tuned).toFixed(2));
console.log("without the adapter:", largestDifference(before, disabled));

// %% [markdown]
/*
One model in memory, two behaviours. Notebook 15 uses this to compare base and tuned answers side by side.

## Merging

When training is over, the two thin products cost time at every token. But *W x* + *s B A x* is (*W* + *s B A*)
*x*: the adapter can be added **into** the weight, and the layer is a plain one again.
*/

// %% exercise id=merge title="Merge, and take it out again" difficulty=2 importance=4 minutes=10 hint="(B A)[i][j] is the sum over k of B[i][k] · A[k][j]." hint="Make new rows with `map`; assigning into `weight` would change the caller's matrix."
/*
Complete `withAdapter`: `weight` plus `sign` · (α/r) *B A*, as a new matrix. With 1 it merges, with −1 it takes
out what was merged. You should see four check marks below.
*/
/** A new weight [out, in] with the adapter added (sign 1) or taken away (sign -1). */
function withAdapter({ weight, a, b, alpha }: LoraLayer, sign: 1 | -1): number[][] {
  // BEGIN SOLUTION
  const scale = (sign * alpha) / a.length;
  return weight.map((line, i) =>
    line.map((value, j) => value + scale * b[i]!.reduce((sum, left, k) => sum + left * a[k]![j]!, 0)),
  );
  // END SOLUTION
}

// %% tests points=2
const grid = (text: string) => text.split(";").map((line) => line.trim().split(" ").map(Number));
const mergeable = {
  weight: grid("1 2 3; 4 5 6"),
  a: grid("1 0 -1; 0.5 0.5 0"),
  b: grid("1 0; 2 -4"),
  alpha: 1,
};
const merged = withAdapter(mergeable, 1);
checkClose("merged", merged, grid("1.5 2 2.5; 4 4 5"));
checkClose("the given weight is unchanged", mergeable.weight, grid("1 2 3; 4 5 6"));
checkClose("taken out again", withAdapter({ ...mergeable, weight: merged }, -1), grid("1 2 3; 4 5 6"), 1e-5);
const product = merged.map((line) => 2 * line[0]! - line[1]! + 0.5 * line[2]!);
checkClose("one product gives what two gave", product, [2.25, 6.5], 1e-5);
// BEGIN HIDDEN TESTS: larger matrices
const wave = (columns: number, k: number) => (_: unknown, i: number) =>
  Array.from({ length: columns }, (_, j) => Math.sin(k + 7 * i + 3 * j));
const noise = (rows: number, columns: number, k: number) => Array.from({ length: rows }, wave(columns, k));
const noisy = { weight: noise(5, 4, 1), a: noise(3, 4, 2), b: noise(5, 3, 3), alpha: 6 };
const there = withAdapter(noisy, 1);
checkClose("hidden: back within 1e-5", withAdapter({ ...noisy, weight: there }, -1), noisy.weight, 1e-5);
checkClose("hidden: one value", there[4]![2]!, -0.5281542376294297, 1e-5);
// END HIDDEN TESTS

// %% mutant title="changes the given weight" caught="the given weight is unchanged"
/*
  const scale = (sign * alpha) / a.length;
  const rows = weight as number[][];
  rows.forEach((line, i) => line.forEach((_, j) => (line[j]! += scale * b[i]!.reduce((sum, v, k) => sum + v * a[k]![j]!, 0))));
  return rows;
*/

// %% mutant title="forgets the scale" caught="merged"
/*
  return weight.map((line, i) => line.map((value, j) => value + sign * b[i]!.reduce((sum, v, k) => sum + v * a[k]![j]!, 0)));
*/

// %% mutant title="always merges" caught="taken out again"
/*
  const scale = alpha / a.length;
  return weight.map((line, i) => line.map((value, j) => value + scale * b[i]!.reduce((sum, v, k) => sum + v * a[k]![j]!, 0)));
*/

// %% mutant title="takes the first rank alone" caught="merged"
/*
  const scale = (sign * alpha) / a.length;
  return weight.map((line, i) => line.map((value, j) => value + scale * b[i]![0]! * a[0]![j]!));
*/

// %% merge the trained adapter
peft.mergeAdapter();
const inOne = logitsNow();
console.log(
  `adapter beside and merged differ by ${largestDifference(tuned, inOne).toExponential(1)} at most`,
);
peft.unmergeAdapter();
console.log(
  "taken out again, with the adapter off:",
  largestDifference(before, await peft.disableAdapter(logitsNow)),
);

// %% [markdown]
/*
The first figure is rounding: sums in another order. The second is exactly zero, since the library lays the old
weight aside. Subtracting would not do that. In half precision it loses more:
*/

// %% adding and taking away in few digits
const toBfloat16 = (value: number) => {
  const scale = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 7); // 8 significant bits
  return Math.round(value / scale) * scale;
};
const stored = toBfloat16(1.0078125);
const afterMerge = toBfloat16(stored + 0.0031);
console.log(stored, "+ 0.0031 →", afterMerge, "− 0.0031 →", toBfloat16(afterMerge - 0.0031));
console.log("a change of 0.0031 that the weight cannot hold:", afterMerge - stored);

// %% [markdown]
/*
A small change next to a large weight vanishes altogether. So keep the adapter's file: it is the only exact copy
of what was learnt.

## How many parameters is that?

The talk ends on a line that PEFT printed for mt0-large, an encoder and decoder with 1.2 billion parameters, and
rank 8 on `q` and `v`. We can count what it counted without downloading anything: an outline of the model has
names and shapes, and no values.
*/

// %% an outline of mt0-large
const mt0Large = {
  ...{ model_type: "mt5", vocab_size: 250_112, d_model: 1024, d_kv: 64, d_ff: 2816 },
  ...{ num_layers: 24, num_heads: 16, tie_word_embeddings: false },
};
const outline = modelOutline(mt0Large);
const queriesAndValues = [...outline.namedParameters()].filter(([name]) => /\.[qv]\.weight$/.test(name));
const [firstName, firstWeight] = queriesAndValues[0]!;
console.log(firstName, firstWeight.shape);
console.log(`${queriesAndValues.length} such weights, in 24 encoder blocks and 24 decoder blocks`);

// %% [markdown]
/*
24 blocks of the encoder attend once, 24 of the decoder twice: 72 attentions with a `q` and a `v` each, 144
weights of 1024 × 1024. And the model itself has this many:
*/

// %% all parameters of mt0-large
import { parameterCount, targetCoverage } from "residency";
const mt0Parameters = parameterCount(mt0Large);
console.log(mt0Parameters.toLocaleString("en-US"));

// %% exercise id=count-line title="PEFT's line, to the last digit" difficulty=2 importance=3 minutes=12 hint="A layer adds r · in for A and r · out for B." hint="“all params” counts the adapter, too." hint="`toLocaleString(\"en-US\")` puts the commas; `toFixed(4)` the four decimals. The talk's line has neither."
/*
Complete `countLine`. `layers` are the adapted layers, `baseParameters` is the model without adapters. Two
styles:

- `"today"`: `trainable params: 2,359,296 || all params: 1,231,940,608 || trainable%: 0.1915`
- `"talk"`: the same with no commas, and the percentage with all digits that JavaScript has for it.

You should see three check marks below.
*/
/** The line that PEFT prints for LoRA of rank r on some layers. */
function countLine(
  layers: readonly { in: number; out: number }[],
  { r, baseParameters, style }: { r: number; baseParameters: number; style: "talk" | "today" },
): string {
  // BEGIN SOLUTION
  const trainable = layers.reduce((sum, layer) => sum + r * (layer.in + layer.out), 0);
  const all = baseParameters + trainable;
  const percent = (100 * trainable) / all;
  const shown = (count: number) => (style === "talk" ? String(count) : count.toLocaleString("en-US"));
  const share = style === "talk" ? String(percent) : percent.toFixed(4);
  return `trainable params: ${shown(trainable)} || all params: ${shown(all)} || trainable%: ${share}`;
  // END SOLUTION
}

// %% tests points=3
const mt0Layers = new Array<{ in: number; out: number }>(144).fill({ in: 1024, out: 1024 });
const mt0 = { r: 8, baseParameters: 1_229_581_312 };
const slide = "trainable params: 2359296 || all params: 1231940608 || trainable%: 0.19151053100118282";
checkEqual("mt0-large, the talk's line", countLine(mt0Layers, { ...mt0, style: "talk" }), slide);
const todaysLine = "trainable params: 2,359,296 || all params: 1,231,940,608 || trainable%: 0.1915";
checkEqual("mt0-large, today's line", countLine(mt0Layers, { ...mt0, style: "today" }), todaysLine);
const phiLayers = Array.from({ length: 64 }, (_, index) =>
  index % 2 === 0 ? { in: 2560, out: 10_240 } : { in: 10_240, out: 2560 },
);
const phiLine = "trainable params: 3,276,800 || all params: 2,782,960,640 || trainable%: 0.1177";
const phiBase = { r: 4, baseParameters: 2_779_683_840, style: "today" } as const;
checkEqual("phi-2, rank 4 on fc1 and fc2", countLine(phiLayers, phiBase), phiLine);
// BEGIN HIDDEN TESTS: grouped queries, where a layer is not square
const llama = { r: 8, baseParameters: 8_030_261_248, style: "today" } as const;
const llamaLayers = Array.from({ length: 64 }, (_, index) => ({ in: 4096, out: index % 2 ? 1024 : 4096 }));
const llamaLine = "trainable params: 3,407,872 || all params: 8,033,669,120 || trainable%: 0.0424";
checkEqual("hidden: Llama 3", countLine(llamaLayers, llama), llamaLine);
// END HIDDEN TESTS

// %% mutant title="all params without the adapter" caught="mt0-large, the talk's line"
/*
  const trainable = layers.reduce((sum, layer) => sum + r * (layer.in + layer.out), 0);
  const percent = (100 * trainable) / baseParameters;
  const shown = (count: number) => (style === "talk" ? String(count) : count.toLocaleString("en-US"));
  return `trainable params: ${shown(trainable)} || all params: ${shown(baseParameters)} || trainable%: ${style === "talk" ? percent : percent.toFixed(4)}`;
*/

// %% mutant title="counts A alone" caught="mt0-large, the talk's line"
/*
  const trainable = layers.reduce((sum, layer) => sum + r * layer.in, 0);
  const all = baseParameters + trainable;
  const percent = (100 * trainable) / all;
  const shown = (count: number) => (style === "talk" ? String(count) : count.toLocaleString("en-US"));
  return `trainable params: ${shown(trainable)} || all params: ${shown(all)} || trainable%: ${style === "talk" ? percent : percent.toFixed(4)}`;
*/

// %% mutant title="square layers" caught="phi-2, rank 4 on fc1 and fc2"
/*
  const trainable = layers.reduce((sum, layer) => sum + 2 * r * layer.in, 0) - (layers.some((l) => l.in !== l.out) ? 1 : 0);
  const all = baseParameters + trainable;
  const percent = (100 * trainable) / all;
  const shown = (count: number) => (style === "talk" ? String(count) : count.toLocaleString("en-US"));
  return `trainable params: ${shown(trainable)} || all params: ${shown(all)} || trainable%: ${style === "talk" ? percent : percent.toFixed(4)}`;
*/

// %% mutant title="commas in the talk's line" caught="mt0-large, the talk's line"
/*
  const trainable = layers.reduce((sum, layer) => sum + r * (layer.in + layer.out), 0);
  const all = baseParameters + trainable;
  const shown = (count: number) => count.toLocaleString("en-US");
  const percent = (100 * trainable) / all;
  return `trainable params: ${shown(trainable)} || all params: ${shown(all)} || trainable%: ${style === "talk" ? percent : percent.toFixed(4)}`;
*/

// %% mutant title="all digits, always" caught="mt0-large, today's line"
/*
  const trainable = layers.reduce((sum, layer) => sum + r * (layer.in + layer.out), 0);
  const all = baseParameters + trainable;
  const shown = (count: number) => (style === "talk" ? String(count) : count.toLocaleString("en-US"));
  return `trainable params: ${shown(trainable)} || all params: ${shown(all)} || trainable%: ${(100 * trainable) / all}`;
*/

// %% [markdown]
/*
## Names that are not there

The talk's notebook trains phi-2 with `target_modules=["Wqkv", "fc1", "fc2"]`. It runs, and prints a count. Here
is what those three names reach in today's phi-2.
*/

// %% what the talk's targets reach
const phi2 = {
  ...{ model_type: "phi", architectures: ["PhiForCausalLM"], vocab_size: 51_200, hidden_size: 2560 },
  ...{
    intermediate_size: 10_240,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    partial_rotary_factor: 0.4,
  },
};
const talkTargets = new LoraConfig({ r: 4, targetModules: ["Wqkv", "fc1", "fc2"] });
const coverage = targetCoverage(modelOutline(phi2), talkTargets);
for (const { target, layers } of coverage.targets) console.log(`${target.padEnd(5)} ${layers.length} layers`);
console.log(
  "not reached:",
  [...new Set(coverage.uncovered.map((name) => name.split(".").at(-1)))].join(", "),
);

// %% [markdown]
/*
`Wqkv` was the fused layer of an older implementation. Today the attention has `q_proj`, `k_proj` and `v_proj`,
and the old name matches **nothing**. PEFT goes on as long as one name matches, so that notebook
trains the feed-forward layers alone, without a word.

Here the compiler knows the names of each model's layers. Without its line `@ts-expect-error` the next cell
would not compile.
*/

// %% the same mistake, here
const phi = new PhiForCausalLM(phi2); // an outline: no weights are loaded
try {
  // @ts-expect-error: "Wqkv" is not assignable to "q_proj" | "k_proj" | "v_proj" | "dense" | "fc1" | "fc2" | …
  getPeftModel(phi, talkTargets);
} catch (error) {
  console.log((error as Error).message);
}

// %% the names that exist
getPeftModel(
  phi,
  new LoraConfig({ r: 4, targetModules: ["q_proj", "k_proj", "v_proj", "fc1", "fc2"] }),
).printTrainableParameters();

// %% exercise id=targets title="Refuse a name that matches nothing" difficulty=3 importance=4 minutes=12 hint="A target matches a whole name, or the end of one behind a dot: \"v_proj\" matches \"layers.0.v_proj\", \"proj\" does not." hint="`name === target || name.endsWith(`.${target}`)`" hint="Collect the unmatched targets first; if there are any, throw a RangeError that names all of them and the last parts that exist."
/*
Complete `resolveTargets`: the names of the layers that the targets reach, in the order of `names`, each once.

If **any** target reaches nothing, throw a `RangeError`. Its message must hold every such target, and the last
part of every name, so that the reader can see what to write instead. You should see five check marks below.
*/
/** The layers that some targets reach; throws RangeError when a target reaches none. */
function resolveTargets(names: readonly string[], targets: readonly string[]): string[] {
  // BEGIN SOLUTION
  const matches = (name: string, target: string) => name === target || name.endsWith(`.${target}`);
  const unmatched = targets.filter((target) => !names.some((name) => matches(name, target)));
  if (unmatched.length > 0) {
    const existing = new Set(names.map((name) => name.slice(name.lastIndexOf(".") + 1)));
    throw new RangeError(`No layer is called ${unmatched.join(", ")}; there are ${[...existing].join(", ")}`);
  }
  return names.filter((name) => targets.some((target) => matches(name, target)));
  // END SOLUTION
}

// %% tests points=3
const phiNames = ["layers.0.self_attn.q_proj", "layers.0.self_attn.v_proj", "layers.0.mlp.fc1", "lm_head"];
checkEqual("the end of a name", resolveTargets(phiNames, ["fc1", "q_proj"]), [phiNames[0]!, phiNames[2]!]);
checkEqual("a whole name", resolveTargets(phiNames, ["lm_head"]), ["lm_head"]);
checkEqual("each layer once", resolveTargets(phiNames, ["fc1", "mlp.fc1"]), ["layers.0.mlp.fc1"]);
const refusal = (targets: readonly string[]) => {
  try {
    return `reached ${resolveTargets(phiNames, targets).join(", ")}`;
  } catch (error) {
    return error instanceof RangeError ? error.message : `another error`;
  }
};
const said = refusal(["Wqkv", "fc1", "fc9"]);
checkEqual(
  "it names what matches nothing",
  ["Wqkv", "fc9"].filter((name) => said.includes(name)),
  ["Wqkv", "fc9"],
);
const lastParts = ["q_proj", "v_proj", "fc1", "lm_head"];
checkEqual(
  "it lists what exists",
  lastParts.filter((name) => said.includes(name)),
  lastParts,
);
// BEGIN HIDDEN TESTS: parts of a name are no match
const reached = ["proj", "layers.0", "head"].filter((target) => refusal([target]).startsWith("reached"));
checkEqual("hidden: a part of a name is no match", reached, []);
// END HIDDEN TESTS

// %% mutant title="goes on as long as one name matches" caught="it names what matches nothing"
/*
  const found = names.filter((name) => targets.some((target) => name === target || name.endsWith(`.${target}`)));
  if (found.length === 0) throw new RangeError(`No layer is called ${targets.join(", ")}`);
  return found;
*/

// %% mutant title="does not say what exists" caught="it lists what exists"
/*
  const matches = (name: string, target: string) => name === target || name.endsWith(`.${target}`);
  const unmatched = targets.filter((target) => !names.some((name) => matches(name, target)));
  if (unmatched.length > 0) throw new RangeError(`No layer is called ${unmatched.join(", ")}`);
  return names.filter((name) => targets.some((target) => matches(name, target)));
*/

// %% mutant title="any part of a name" caught="hidden: a part of a name is no match"
/*
  const unmatched = targets.filter((target) => !names.some((name) => name.includes(target)));
  if (unmatched.length > 0) throw new RangeError(`No layer is called ${unmatched.join(", ")}; there are ${names.join(", ")}`);
  return names.filter((name) => targets.some((target) => name.includes(target)));
*/

// %% mutant title="a layer for each target" caught="each layer once"
/*
  const matches = (name: string, target: string) => name === target || name.endsWith(`.${target}`);
  const unmatched = targets.filter((target) => !names.some((name) => matches(name, target)));
  if (unmatched.length > 0) throw new RangeError(`No layer is called ${unmatched.join(", ")}; there are ${names.join(", ")}`);
  return targets.flatMap((target) => names.filter((name) => matches(name, target))).sort((a, b) => names.indexOf(a) - names.indexOf(b));
*/

// %% mutant title="ends of words" caught="hidden: a part of a name is no match"
/*
  const unmatched = targets.filter((target) => !names.some((name) => name.endsWith(target)));
  if (unmatched.length > 0) throw new RangeError(`No layer is called ${unmatched.join(", ")}; there are ${names.join(", ")}`);
  return names.filter((name) => targets.some((target) => name.endsWith(target)));
*/

// %% [markdown]
/*
An error when the program runs is good. An error while you type is better, and TypeScript can have it: types may
be computed from strings.
*/

// %% types out of strings
type FirstWord<Text extends string> = Text extends `${infer Word} ${string}` ? Word : Text;
const greeting: FirstWord<"hello world"> = "hello"; // "world" would not compile
greeting;

// %% exercise id=layer-name title="The last part, as a type" difficulty=4 importance=2 minutes=12 hint="Match a dot: `Path extends `${string}.${infer Rest}``. `string` in front takes as little as it can, so Rest may have dots left." hint="A type may call itself: `LastPart<Rest>`."
/*
Complete the type `LastPart`: the part of a dotted name behind its last dot, and the name itself when there is
none. Given a union of layer names it is then the union of targets, and a target that does not exist is an error
while you type.

You should see two check marks below, and the line with `Wqkv` must not compile.
*/
/** What stands behind the last dot of a name. */
type LastPart<Path extends string> =
  // BEGIN SOLUTION: Path;
  Path extends `${string}.${infer Rest}` ? LastPart<Rest> : Path;
// END SOLUTION

// %% tests points=2
type PhiPath = "model.layers.0.self_attn.q_proj" | "model.layers.0.mlp.fc1" | "lm_head";
const goodTargets: LastPart<PhiPath>[] = ["q_proj", "fc1", "lm_head"];
checkEqual("three names that exist", goodTargets.length, 3);
// @ts-expect-error: there is no Wqkv
goodTargets.push("Wqkv");
// @ts-expect-error: a number of a block is no target
goodTargets.push("0");
// @ts-expect-error: the whole path is no last part
goodTargets.push("model.layers.0.mlp.fc1");
checkSameType<"q_proj" | "fc1" | "lm_head", LastPart<PhiPath>>("the union of last parts");
// BEGIN HIDDEN TESTS: no dot, many dots
checkSameType<"a", LastPart<"a">>("hidden: no dot");
checkSameType<"e", LastPart<"a.b.c.d.e">>("hidden: many dots");
// END HIDDEN TESTS

// %% mutant title="any string" caught="Unused '@ts-expect-error' directive"
/*
  Path extends string ? string : never;
*/

// %% mutant title="behind the first dot" caught="is not assignable"
/*
  Path extends `${string}.${infer Rest}` ? Rest : Path;
*/

// %% mutant title="never without a dot" caught="is not assignable"
/*
  Path extends `${string}.${infer Rest}` ? LastPart<Rest> : never;
*/

// %% [markdown]
/*
## Which rank?

Rank 1 is cheap, rank 64 is dear. There is no formula for how much a task needs, so one measures: the same data,
the same steps, several ranks.
*/

// %% train one rank
async function trainRank(r: number): Promise<{ trainable: number; loss: number }> {
  const model = await AutoModelForCausalLM.fromPretrained(modelName);
  const adapted = getPeftModel(model, new LoraConfig({ r, loraAlpha: 2 * r, targetModules: linears }));
  const run = new SFTTrainer({ model: adapted, tokenizer, trainDataset, evalDataset, args: argsOf(20) });
  await run.train();
  const { evalLoss: loss } = await run.evaluate();
  const { trainable } = adapted.parameterCounts();
  adapted.root.dispose();
  return { trainable, loss };
}

// %% the sweep output=varies
const sweep: { rank: number; trainable: number; loss: number }[] = [];
for (const rank of [1, 4, 16]) {
  const { trainable, loss } = await trainRank(rank);
  sweep.push({ rank, trainable, loss });
  console.log(
    `rank ${String(rank).padStart(2)}   ${String(trainable).padStart(6)} trained   loss ${loss.toFixed(2)}`,
  );
}

// %% draw it
lineChart([{ name: "loss", x: sweep.map(({ rank }) => rank), y: sweep.map(({ loss }) => loss) }], {
  title: "Held-out loss after 20 steps",
  xLabel: "rank",
  yLabel: "loss (nats a token)",
});

// %% [markdown]
/*
Read such a figure with care. Twenty steps are few, and a larger rank also moves faster at the same learning
rate; some of what looks like capacity is speed. The honest question is not “which is best?” but “what is the
smallest that is good enough?”.
*/

// %% exercise id=rank-sweep title="A sweep, and a choice" difficulty=3 importance=3 minutes=15 hint="`[...new Set(ranks)].sort((a, b) => a - b)`: without the function, sort compares as text, and 16 comes before 2." hint="Wait for each run before the next starts: `for … of` with `await`. Two models at once need twice the memory." hint="Good enough means `loss <= best * (1 + tolerance)`; the rows are sorted, so the first such row is the smallest."
/*
Complete `rankSweep`. It trains every rank **once**, from small to large, one after the other, and gives the
rows and the smallest rank whose loss is at most `1 + tolerance` times the best. The same rank may be asked for
twice. No rank at all is a `RangeError`.

You should see five check marks below.
*/
/** Trains several ranks and chooses the smallest that is good enough. */
async function rankSweep(
  ranks: readonly number[],
  train: (rank: number) => Promise<{ trainable: number; loss: number }>,
  tolerance: number,
): Promise<{ rows: { rank: number; trainable: number; loss: number }[]; chosen: number }> {
  // BEGIN SOLUTION
  if (ranks.length === 0) throw new RangeError("Give at least one rank");
  const rows: { rank: number; trainable: number; loss: number }[] = [];
  for (const rank of [...new Set(ranks)].sort((a, b) => a - b)) rows.push({ rank, ...(await train(rank)) });
  const best = Math.min(...rows.map(({ loss }) => loss));
  return { rows, chosen: rows.find(({ loss }) => loss <= best * (1 + tolerance))!.rank };
  // END SOLUTION
}

// %% tests points=3
let running = 0;
const log: string[] = [];
const losses: Record<number, number> = { 1: 3, 2: 2.1, 4: 2.05, 16: 2 };
const fake = async (rank: number) => {
  running += 1;
  log.push(`${rank}${running > 1 ? " at the same time" : ""}`);
  await new Promise((done) => setTimeout(done, 5));
  running -= 1;
  return { trainable: 100 * rank, loss: losses[rank]! };
};
const result = await rankSweep([16, 2, 1, 4, 2], fake, 0.05);
checkEqual("each rank once, from small to large", log, ["1", "2", "4", "16"]);
checkEqual("the rows", result.rows[1]!, { rank: 2, trainable: 200, loss: 2.1 });
checkEqual("the smallest within 5 %", result.chosen, 2);
checkEqual("the smallest within 3 %", (await rankSweep([1, 2, 4, 16], fake, 0.03)).chosen, 4);
const nothing = await rankSweep([], fake, 0.1).catch((error: unknown) => error instanceof RangeError);
checkEqual("no rank at all", nothing === true, true);
// BEGIN HIDDEN TESTS: the best is not the largest
const worse = (rank: number) => Promise.resolve({ trainable: rank, loss: Math.abs(rank - 8) + 1 });
checkEqual("hidden: too much is worse", (await rankSweep([2, 64, 8], worse, 0)).chosen, 8);
// END HIDDEN TESTS

// %% mutant title="all at once" caught="each rank once, from small to large"
/*
  if (ranks.length === 0) throw new RangeError("Give at least one rank");
  const order = [...new Set(ranks)].sort((a, b) => a - b);
  const rows = await Promise.all(order.map(async (rank) => ({ rank, ...(await train(rank)) })));
  const best = Math.min(...rows.map(({ loss }) => loss));
  return { rows, chosen: rows.find(({ loss }) => loss <= best * (1 + tolerance))!.rank };
*/

// %% mutant title="sorted as text" caught="each rank once, from small to large"
/*
  if (ranks.length === 0) throw new RangeError("Give at least one rank");
  const rows: { rank: number; trainable: number; loss: number }[] = [];
  for (const rank of [...new Set(ranks)].sort()) rows.push({ rank, ...(await train(rank)) });
  const best = Math.min(...rows.map(({ loss }) => loss));
  return { rows, chosen: rows.find(({ loss }) => loss <= best * (1 + tolerance))!.rank };
*/

// %% mutant title="the best, not the smallest" caught="the smallest within 5 %"
/*
  if (ranks.length === 0) throw new RangeError("Give at least one rank");
  const rows: { rank: number; trainable: number; loss: number }[] = [];
  for (const rank of [...new Set(ranks)].sort((a, b) => a - b)) rows.push({ rank, ...(await train(rank)) });
  const best = Math.min(...rows.map(({ loss }) => loss));
  return { rows, chosen: rows.find(({ loss }) => loss === best)!.rank };
*/

// %% mutant title="compares with the largest rank" caught="hidden: too much is worse"
/*
  if (ranks.length === 0) throw new RangeError("Give at least one rank");
  const rows: { rank: number; trainable: number; loss: number }[] = [];
  for (const rank of [...new Set(ranks)].sort((a, b) => a - b)) rows.push({ rank, ...(await train(rank)) });
  const best = rows.at(-1)!.loss;
  return { rows, chosen: rows.find(({ loss }) => loss <= best * (1 + tolerance))!.rank };
*/

// %% mutant title="no rank gives nothing" caught="no rank at all"
/*
  const rows: { rank: number; trainable: number; loss: number }[] = [];
  for (const rank of [...new Set(ranks)].sort((a, b) => a - b)) rows.push({ rank, ...(await train(rank)) });
  const best = Math.min(...rows.map(({ loss }) => loss));
  return { rows, chosen: rows.find(({ loss }) => loss <= best * (1 + tolerance))?.rank ?? 0 };
*/

// %% [markdown]
/*
## What you can now do

- Write **LoRA's line**, start it rightly, and differentiate it.
- **Merge** an adapter, and say what rounding does to it.
- Read and reproduce the **count** that PEFT prints.
- Choose **targets** that exist, and a **rank** by measuring.

## Check yourself

Choose an answer, then open it.
*/

// %% [markdown]
/*
**1. Why does *B* start at zero?**

<details><summary>To save memory.</summary>No. A zero takes as many bytes as any number.</details>
<details><summary>So that the model starts unchanged.</summary>Yes. *B A* is zero, whatever *A* is.</details>
<details><summary>Because its gradient is zero at first.</summary>No. It is *A* that has no gradient at first;
*B* has one at once.</details>
*/

// %% [markdown]
/*
**2. Rank and alpha are both doubled. The scale of the addition …**

<details><summary>doubles.</summary>No. Alpha alone would do that.</details>
<details><summary>stays.</summary>Yes: α/r. That is the point of dividing: the learning rate need not change
with the rank.</details>
<details><summary>quadruples.</summary>No. The rank divides.</details>
*/

// %% [markdown]
/*
**3. A merged model answers a little differently from base and adapter side by side. Why?**

<details><summary>The adapter is applied twice.</summary>No. A merged layer no longer adds the
adapter.</details>
<details><summary>Rounding.</summary>Yes. Sums in another order, and weights that cannot hold a small change,
most of all in few bits.</details>
<details><summary>Merging trains the model.</summary>No. Nothing is trained; two matrices are added.</details>
*/

// %% [markdown]
/*
**4. A colleague reports “trainable%: 0.1177” for phi-2, with `Wqkv`, `fc1` and `fc2`. What do you say?**

<details><summary>Nothing; the line looks normal.</summary>That is the trap. It is exactly the line for `fc1`
and `fc2` alone.</details>
<details><summary>The attention layers got no adapter.</summary>Yes. `Wqkv` matches nothing in today's
phi-2.</details>
<details><summary>0.1177 % is too little to learn anything.</summary>No. A thousandth of a model can learn a
great deal.</details>
*/

// %% [markdown]
/*
**5. With LoRA, the memory for activations …**

<details><summary>falls to a thousandth, too.</summary>No. Gradients flow through the whole frozen model to
reach the adapters.</details>
<details><summary>stays about the same.</summary>Yes. What falls are gradients and moments of weights.</details>
<details><summary>is not needed.</summary>No. *A x* and *x* are needed for the two gradients.</details>
*/

// %% [markdown]
/*
**Glossary.** *Rank*: how many independent rows a matrix has. *Adapter*: the trained part, kept beside a frozen
model. *Alpha*: the number that, divided by the rank, scales the addition. *Target module*: a layer that gets an
adapter, by name. *Merge*: add the adapter into the weight. *Coverage*: which layers a list of targets reaches.

**Stretch.** rsLoRA divides by √*r* in place of *r*. Repeat the sweep with `useRslora: true`. Which ranks gain,
and what would you do with the learning rate?
*/
