/**
 * Notebook 04: a transformer from parts, with numbers that can be followed by hand, and then the library's.
 *
 * title: A transformer from parts
 * goal: follow a sentence from ids to vectors, through attention, to the next word
 * goal: write causal attention, and show that no position sees what comes after it
 * goal: count the parameters of a model from its configuration
 * goal: train a small transformer, and check it by making it learn one batch by heart
 * reading: 35 minutes
 * running: 20 seconds
 * memory: 0.5 GB
 * needs: notebook 03 for logits, loss and gradient; products of tables from notebook 00
 * graded: four exercises, 15 points
 * previous: notebook 03, next-token prediction
 * next: notebook 05, pre-training and sampling
 */

// %% [markdown]
/*
The table of notebook 03 looked at one word, the last. “The sky is” and “The patient is” were the same to it. We want a
model that looks at **all** words before, without a table that grows beyond measure.

That model is the transformer (Vaswani et al., 2017). It has four parts, and we build each of them.
*/

// %% setup id=setup
import { checkClose, checkEqual, checkSameType } from "residency/exercise";
import { initializeWeights as drawWeights, modelFromConfig as makeModel } from "residency/models";
import { parameterCount as countByLibrary } from "residency/models";
import { causalAttention } from "residency/ops";
import { AdamW as Adam } from "residency/optim";
import { ensureBackend, tensor2d, tensor4d } from "residency/tensor";
import { valueAndGradients as gradientsOf } from "residency/train";

// %% import the charts
import { barChart, groupedBarChart, heatMap, lineChart } from "residency/viz";

// %% [markdown]
/*
## Part one: a word becomes a vector

A model computes with numbers, so each token of the vocabulary owns a row of a table, its **embedding**. To look a word
up is to take its row. In the beginning the rows are random; training moves them.
*/

// %% a vocabulary and a sentence
const vocabulary = "the a our no sky doctor nurse patient is reads sees in blue note pain tonight .".split(
  " ",
);
const V = vocabulary.length;
const sentence = "the sky is blue .".split(" ");
const ids = sentence.map((word) => vocabulary.indexOf(word));
console.log(ids, "of", V);

// %% random numbers from a seed, of mean 0 and variance 1
function createRandom(seed: number): () => number {
  let state = seed;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let skipped = 0; skipped < 3; skipped += 1) next();
  return () => (2 * next() - 1) * Math.sqrt(3);
}
const randomTable = (rows: number, columns: number, random: () => number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, random));

// %% look the words up
const C = 4; // numbers a token
const random = createRandom(1);
const embedding = randomTable(V, C, random); // [V, C]
const looked = ids.map((id) => embedding[id]!); // [T, C]
console.log("table", [V, C], " sentence", [looked.length, looked[0]!.length]);
heatMap(looked, {
  title: "Five words, four numbers each",
  rows: sentence,
  xLabel: "",
  yLabel: "",
  digits: 1,
});

// %% [markdown]
/*
Now a trap. If a model only mixes these rows, the order of the words is gone: “the nurse sees the doctor” and “the
doctor sees the nurse” have the same rows.
*/

// %% the wrong thing: forget the order
const meanRow = (text: string): string => {
  const rows = text.split(" ").map((word) => embedding[vocabulary.indexOf(word)]!);
  const means = rows[0]!.map((_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length);
  return means.map((mean) => mean.toFixed(3)).join(" ");
};
console.log(meanRow("the nurse sees the doctor"));
console.log(meanRow("the doctor sees the nurse"));

// %% [markdown]
/*
So each **position** gets a vector, too, and it is added to the word's. GPT-2 learns a row for each position. Llama
turns queries and keys by an angle instead, which you will meet as “rotary” in the library. We add rows.
*/

// %% add positions
const position = randomTable(8, C, random); // [positions, C]
const x = looked.map((row, t) => row.map((value, c) => value + position[t]![c]!)); // [T, C]
console.log([x.length, x[0]!.length]);

// %% [markdown]
/*
## Part two: attention

Each word may now ask the others. Three small tables of weights make three vectors from each row of `x`: a **query**,
what I am looking for; a **key**, what I can be found by; a **value**, what I give to whom I suit. The weights are
divided by √*C*, for a reason that comes in a moment.
*/

// %% queries, keys, values
const times = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] =>
  a.map((row) => b[0]!.map((_, column) => row.reduce((sum, value, k) => sum + value * b[k]![column]!, 0)));
const D = 4; // numbers a head
const project = () => randomTable(C, D, random).map((row) => row.map((value) => value / Math.sqrt(C)));
const queries = times(x, project()); // [T, D]
const keys = times(x, project()); // [T, D]
const values = times(x, project()); // [T, D]
console.log([queries.length, queries[0]!.length]);

// %% [markdown]
/*
How well does key *j* suit query *i*? Their dot product says it: large when they point the same way. All of them at
once are one product of tables.
*/

// %% scores
const transpose = (a: readonly (readonly number[])[]): number[][] =>
  a[0]!.map((_, c) => a.map((row) => row[c]!));
const rawScores = times(queries, transpose(keys)); // [T, T]
heatMap(rawScores, {
  title: "Scores: query of the row, key of the column",
  rows: sentence,
  columns: sentence,
  xLabel: "key",
  yLabel: "query",
  digits: 1,
});

// %% [markdown]
/*
## Why the scores are divided

Dot products grow with the number of terms. With vectors of variance 1, their spread is the square root of *D*. See it
for heads of three sizes.
*/

// %% how far dot products spread
const spread = (size: number): number => {
  const dots = Array.from({ length: 2000 }, () => {
    const [a, b] = randomTable(2, size, random);
    return a!.reduce((sum, value, k) => sum + value * b![k]!, 0);
  });
  return Math.sqrt(dots.reduce((sum, dot) => sum + dot * dot, 0) / dots.length);
};
for (const size of [4, 64, 256])
  console.log(`D = ${size}: ${spread(size).toFixed(2)}, √D = ${Math.sqrt(size)}`);

// %% [markdown]
/*
Why does that matter? A softmax of large numbers gives nearly everything to one. Then all gradients are nearly 0, and
nothing is learnt. Divided by √*D*, the scores keep a spread of 1 at any size.
*/

// %% softmax of small scores and of large ones
const softmax = (scores: readonly number[]): number[] => {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
};
const five = [1, 0.5, 0, -0.5, -1];
groupedBarChart(
  ["1", "2", "3", "4", "5"],
  [
    { name: "scores", values: softmax(five) },
    { name: "scores times 8", values: softmax(five.map((score) => score * 8)) },
  ],
  { title: "Large scores leave one winner", xLabel: "Key", yLabel: "Weight" },
);

// %% [markdown]
/*
## The future must stay hidden

The weights of a row say how much each word gives to it. Look at the first row, “the”. It takes from “blue”, three words
later.
*/

// %% the wrong thing: look ahead
const scaled = rawScores.map((row) => row.map((score) => score / Math.sqrt(D)));
const peeking = scaled.map(softmax);
console.log("“the” gives", peeking[0]!.map((weight, j) => `${sentence[j]!} ${weight.toFixed(2)}`).join(", "));

// %% [markdown]
/*
In training this is cheating: the model is asked for the next word while it looks at it. The loss would be wonderful,
and the model of no use, since when it writes there is no next word yet.

So position *t* may look at positions up to *t*, itself among them, and at nothing behind. That is the **causal mask**.
*/

// %% exercise id=mask title="Causal weights" difficulty=2 importance=5 minutes=15 hint="Row t is a softmax of its first t + 1 scores, and zeros behind." hint="Or set the scores behind to −Infinity first. e to that power is exactly 0." hint="Take the largest of the scores that are seen away before you raise e to their power, as in notebook 03."
/*
Complete `causalWeights`. Row *t* of the scores [T, T] becomes a distribution over the positions 0 to *t*; all weights
behind are exactly 0. Scores may be large. A change of the future must leave the weights of the past as they are.

You should see five check marks, and a triangle when you draw the weights with `heatMap`.
*/
/** Softmax over the visible scores of each row of [T, T]; row t sees columns 0 to t. */
function causalWeights(scores: readonly (readonly number[])[]): number[][] {
  // BEGIN SOLUTION
  return scores.map((row, t) => {
    const seen = row.slice(0, t + 1);
    const largest = Math.max(...seen);
    const powers = row.map((score, j) => (j <= t ? Math.exp(score - largest) : 0));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  });
  // END SOLUTION
}

// %% tests points=3
const numbers = (...lines: string[]) => lines.map((line) => line.split(" ").map(Number));
const someScores = numbers("1 2 3", "0 0 5", "1 1 1");
const someWeights = causalWeights(someScores);
checkClose("the first row sees itself", someWeights[0], [1, 0, 0]);
checkClose("the second row sees two", someWeights[1], [0.5, 0.5, 0]);
checkClose("the last row sees all", someWeights[2], [1 / 3, 1 / 3, 1 / 3]);
const otherFuture = causalWeights(numbers("1 -9 70", "0 0 -4", "1 1 1"));
checkClose("another future, the same past", otherFuture, someWeights);
checkEqual(
  "the future is exactly 0",
  [someWeights[0]![1], someWeights[0]![2], someWeights[1]![2]],
  [0, 0, 0],
);
// BEGIN HIDDEN TESTS: large scores, unequal scores, one position, the given scores
const bigWeights = causalWeights(numbers("900 0", "900 899"));
checkClose("hidden: large scores", bigWeights[1], [0.7310585786300049, 0.2689414213699951]);
checkClose("hidden: one position", causalWeights([[3]]), [[1]]);
checkClose("hidden: a huge future", causalWeights(numbers("0 5000", "1 2"))[0], [1, 0]);
checkEqual("hidden: the scores are unchanged", someScores[0], [1, 2, 3]);
// END HIDDEN TESTS

// %% mutant title="no mask" caught="the first row sees itself"
/*
  return scores.map((row) => softmax(row));
*/

// %% mutant title="masks after the softmax" caught="the first row sees itself"
/*
  return scores.map((row, t) => softmax(row).map((weight, j) => (j <= t ? weight : 0)));
*/

// %% mutant title="does not see itself" caught="the first row sees itself"
/*
  return scores.map((row, t) => softmax(row.map((score, j) => (j < t ? score : -1e9))));
*/

// %% mutant title="a score of 0 is no mask" caught="the first row sees itself"
/*
  return scores.map((row, t) => softmax(row.map((score, j) => (j <= t ? score : 0))));
*/

// %% mutant title="the past is hidden" caught="the first row sees itself"
/*
  return scores.map((row, t) => softmax(row.map((score, j) => (j >= t ? score : -1e9))));
*/

// %% mutant title="overflows" caught="hidden: large scores"
/*
  return scores.map((row, t) => {
    const powers = row.map((score, j) => (j <= t ? Math.exp(score) : 0));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  });
*/

// %% mutant title="takes the largest of all scores" caught="hidden: a huge future"
/*
  return scores.map((row, t) => {
    const largest = Math.max(...row);
    const powers = row.map((score, j) => (j <= t ? Math.exp(score - largest) : 0));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  });
*/

// %% [markdown]
/*
Here is the triangle, made in another way: the scores behind are replaced by a number so low that nothing is left of
it.
*/

// %% weights with a mask
const weights = scaled.map((row, t) => softmax(row.map((score, j) => (j > t ? -1e9 : score))));
heatMap(weights, {
  title: "Each word looks back",
  rows: sentence,
  columns: sentence,
  xLabel: "looks at",
  yLabel: "word",
  digits: 2,
});

// %% [markdown]
/*
Last step: each word collects the values of the others, each times its weight. That is one more product of tables,
[T, T] times [T, D]. What comes out is as long as the sentence: one vector a word, which now knows what was before it.
*/

// %% collect the values
const collected = times(weights, values); // [T, D]
console.log([weights.length, weights[0]!.length], "times", [values.length, D], "is", [collected.length, D]);

// %% exercise id=attention title="Attention, held against the library's" difficulty=3 importance=5 minutes=20 hint="Three steps: scores = queries times keys transposed, divided by √D; weights = softmax of what each row may see; result = weights times values." hint="`times`, `transpose` and `softmax` stand in cells above, and `causalWeights` is your own." hint="D is the length of a query: `q[0].length`. In the library it is the `scale`, 1 / √D."
/*
Complete `attention` for one head: queries, keys and values [T, D] to the result [T, D], causal and scaled. The tests
compare it with `causalAttention` of the library, the one that trains and runs every model of this course.

You should see four check marks.
*/
/** softmax(q kᵀ / √D) v over what each position may see; q, k, v and the result are [T, D]. */
function attention(
  q: readonly (readonly number[])[],
  k: readonly (readonly number[])[],
  v: readonly (readonly number[])[],
): number[][] {
  // BEGIN SOLUTION
  const scale = 1 / Math.sqrt(q[0]!.length);
  return q.map((query, t) => {
    const seen = k.slice(0, t + 1);
    const scores = seen.map((key) => key.reduce((sum, value, d) => sum + value * query[d]!, 0) * scale);
    const weightsOfRow = softmax(scores);
    return query.map((_, d) => weightsOfRow.reduce((sum, weight, j) => sum + weight * v[j]![d]!, 0));
  });
  // END SOLUTION
}

// %% tests id=attention-by-hand points=1
const table = (...lines: string[]) => lines.map((line) => line.split(" ").map(Number));
const [q3, k3] = [table("1 0", "0 2", "1 1"), table("0 1", "1 0", "2 2")];
const [v3, otherEnd] = [table("5 6", "1 2", "3 3"), table("5 6", "1 2", "90 -90")];
checkClose("the first position gets its own value", attention(q3, k3, v3)[0], [5, 6]);
const pastRows = attention(q3, k3, v3).slice(0, 2);
checkClose(
  "the last value reaches the last position alone",
  attention(q3, k3, otherEnd).slice(0, 2),
  pastRows,
);
// BEGIN HIDDEN TESTS: one position alone
checkClose("hidden: one position", attention([[5, 5]], [[1, 1]], [[3, 4]]), [[3, 4]]);
// END HIDDEN TESTS

// %% tests id=attention-library points=3
await ensureBackend();
const byLibrary = (q: number[][], k: number[][], v: number[][]): number[][] => {
  const [rows, width] = [q.length, q[0]!.length];
  const shaped = (part: number[][]) => tensor4d(part.flat(), [1, rows, 1, width]);
  const segments = tensor2d(new Array<number>(rows).fill(1), [1, rows], "int32");
  const options = { scale: 1 / Math.sqrt(width), segments };
  const flat = causalAttention(shaped(q), shaped(k), shaped(v), options).dataSync();
  return q.map((_, t) => Array.from(flat.slice(t * width, (t + 1) * width)));
};
const waves = (rows: number, width: number, shift: number): number[][] =>
  Array.from({ length: rows }, (_, t) =>
    Array.from({ length: width }, (_, d) => 2 * Math.sin(shift + 3 * t + 7 * d)),
  );
const compare = (what: string, [q, k, v]: [number[][], number[][], number[][]], tolerance = 1e-5) => {
  checkClose(what, attention(q, k, v), byLibrary(q, k, v), tolerance);
};
compare("as the library, T = 4 and D = 2", [waves(4, 2, 0), waves(4, 2, 1), waves(4, 2, 2)]);
compare("as the library, T = 6 and D = 8", [waves(6, 8, 3), waves(6, 8, 4), waves(6, 8, 5)]);
// BEGIN HIDDEN TESTS: a head of 16, large scores
compare("hidden: D = 16", [waves(9, 16, 6), waves(9, 16, 7), waves(9, 16, 8)]);
const loud = waves(5, 4, 9).map((row) => row.map((value) => value * 60));
compare("hidden: large scores", [loud, loud, waves(5, 4, 1)], 1e-3);
// END HIDDEN TESTS

// %% mutant title="no scale" caught="as the library, T = 4 and D = 2"
/*
  return q.map((query, t) => {
    const scores = k.slice(0, t + 1).map((key) => key.reduce((sum, value, d) => sum + value * query[d]!, 0));
    return query.map((_, d) => softmax(scores).reduce((sum, weight, j) => sum + weight * v[j]![d]!, 0));
  });
*/

// %% mutant title="divides by D" caught="as the library, T = 4 and D = 2"
/*
  return q.map((query, t) => {
    const scores = k.slice(0, t + 1).map((key) => key.reduce((sum, value, d) => sum + value * query[d]!, 0) / query.length);
    return query.map((_, d) => softmax(scores).reduce((sum, weight, j) => sum + weight * v[j]![d]!, 0));
  });
*/

// %% mutant title="looks ahead" caught="the first position gets its own value"
/*
  const scale = 1 / Math.sqrt(q[0]!.length);
  return q.map((query) => {
    const scores = k.map((key) => key.reduce((sum, value, d) => sum + value * query[d]!, 0) * scale);
    return query.map((_, d) => softmax(scores).reduce((sum, weight, j) => sum + weight * v[j]![d]!, 0));
  });
*/

// %% mutant title="queries and keys swapped" caught="as the library, T = 4 and D = 2"
/*
  const scale = 1 / Math.sqrt(q[0]!.length);
  return k.map((key, t) => {
    const scores = q.slice(0, t + 1).map((query) => key.reduce((sum, value, d) => sum + value * query[d]!, 0) * scale);
    return key.map((_, d) => softmax(scores).reduce((sum, weight, j) => sum + weight * v[j]![d]!, 0));
  });
*/

// %% mutant title="gives keys, not values" caught="the first position gets its own value"
/*
  const scale = 1 / Math.sqrt(q[0]!.length);
  return q.map((query, t) => {
    const scores = k.slice(0, t + 1).map((key) => key.reduce((sum, value, d) => sum + value * query[d]!, 0) * scale);
    return query.map((_, d) => softmax(scores).reduce((sum, weight, j) => sum + weight * k[j]![d]!, 0));
  });
*/

// %% mutant title="the root of 2, whatever D is" caught="as the library, T = 6 and D = 8"
/*
  return q.map((query, t) => {
    const scores = k.slice(0, t + 1).map((key) => key.reduce((sum, value, d) => sum + value * query[d]!, 0) / Math.SQRT2);
    return query.map((_, d) => softmax(scores).reduce((sum, weight, j) => sum + weight * v[j]![d]!, 0));
  });
*/

// %% [markdown]
/*
A real layer has several **heads**: the *C* numbers of a word are cut into *H* pieces, each head attends with its own,
and the results are put side by side again. One head may look for the subject, another at the word before.
*/

// %% shapes of several heads
const [B, T, H] = [2, 5, 4];
const hidden = 32;
console.log("x              ", [B, T, hidden]);
console.log("cut into heads ", [B, T, H, hidden / H]);
console.log("weights        ", [B, H, T, T], "one triangle a head");
console.log("side by side   ", [B, T, hidden]);

// %% [markdown]
/*
## Part three: thinking for itself

After a word has collected, it thinks: a small network of two layers changes each position by itself. Its middle is
wider, by a factor of 2.7 in SmolLM2 and 4 in GPT-2. Most of a model's parameters are here.

Two habits keep many layers trainable. First, each part **adds** to what was there.
*/

// %% a residual: what was there, plus what is new
const add = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] =>
  a.map((row, t) => row.map((value, c) => value + b[t]![c]!));
const afterAttention = add(x, collected); // [T, C]: C and D are the same here
console.log([afterAttention.length, afterAttention[0]!.length]);

// %% [markdown]
/*
Second, before each part a **norm** brings every row to the same size, or sums would grow from layer to layer. RMSNorm
divides a row by the root of its mean square.
*/

// %% RMSNorm
const rmsNorm = (row: readonly number[], eps = 1e-6): number[] => {
  const size = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / row.length + eps);
  return row.map((value) => value / size);
};
const sizeOf = (row: readonly number[]): string =>
  Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / row.length).toFixed(3);
console.log("before", afterAttention.map(sizeOf).join(" "));
console.log("after ", afterAttention.map((row) => sizeOf(rmsNorm(row))).join(" "));

// %% a block: norm, part, add; twice
const relu = (a: readonly (readonly number[])[]): number[][] =>
  a.map((row) => row.map((value) => Math.max(0, value)));
const [up, down] = [randomTable(C, 4 * C, random), randomTable(4 * C, C, random)];
const thought = times(
  relu(
    times(
      afterAttention.map((row) => rmsNorm(row)),
      up,
    ),
  ),
  down,
); // [T, C]
const out = add(afterAttention, thought); // [T, C]
console.log([T, C], "→", [T, 4 * C], "→", [out.length, out[0]!.length]);

// %% [markdown]
/*
## Part four: back to words

A model stacks such blocks: ours will have 2, Llama 2 70B has 80. At the end the vector of each position meets the row of
each word, and the dot products are the **logits** of notebook 03: [T, C] times [C, V] is [T, V].
*/

// %% logits for each position
const logits = times(
  out.map((row) => rmsNorm(row)),
  transpose(embedding),
); // [T, V]
const last = softmax(logits.at(-1)!);
console.log(
  [logits.length, logits[0]!.length],
  "probabilities add up to",
  last.reduce((a, b) => a + b, 0).toFixed(3),
);
barChart(Object.fromEntries(vocabulary.map((word, id) => [word, last[id]!])), {
  title: "Before training: nothing is known",
  xLabel: "",
  yLabel: "Probability",
});

// %% [markdown]
/*
## How many numbers is that?

A model is described by a handful of sizes, its **configuration**. From them follow all shapes, and from the shapes the
number of parameters. These are the published ones of SmolLM2-135M and of Llama 3 8B, in the words of `config.json`.
*/

// %% two configurations
import { parameterCount } from "residency/models";
const smol = {
  ...{ model_type: "llama", vocab_size: 49152, hidden_size: 576, intermediate_size: 1536 },
  ...{ num_hidden_layers: 30, num_attention_heads: 9, num_key_value_heads: 3, tie_word_embeddings: true },
};
const llama3 = {
  ...{ model_type: "llama", vocab_size: 128256, hidden_size: 4096, intermediate_size: 14336 },
  ...{ num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8, tie_word_embeddings: false },
};
for (const config of [smol, llama3])
  console.log(parameterCount(config).toLocaleString("en-US"), "parameters");

// %% [markdown]
/*
Nothing was downloaded: the library made the names and shapes, and no values. Where do they sit? In SmolLM2, by part:
*/

// %% parameters by part
import { modelOutline } from "residency/models";
const byPart: Record<string, number> = { embedding: 0, attention: 0, "feed-forward": 0, norms: 0 };
for (const [name, parameter] of modelOutline(smol).namedParameters()) {
  const part = /embed/.test(name)
    ? "embedding"
    : /norm/.test(name)
      ? "norms"
      : /self_attn/.test(name)
        ? "attention"
        : "feed-forward";
  byPart[part]! += parameter.size;
}
barChart(byPart, { title: "The parameters of SmolLM2-135M", xLabel: "", yLabel: "Parameters" });

// %% [markdown]
/*
In the Llama family a layer has these tables, none with a bias. Attention: queries [hidden, heads · D], keys and values
[hidden, kvHeads · D], and the way back [heads · D, hidden], with *D* = hidden / heads. Feed-forward: **three** tables
between hidden and intermediate. And two norms of *hidden* numbers each.
*/

// %% exercise id=count title="Count the parameters" difficulty=3 importance=4 minutes=20 hint="Outside of the layers: the embedding [vocab, hidden], one last norm, and a head [vocab, hidden] unless it is tied, which means: the same table as the embedding." hint="One layer: 2 · hidden · heads · D for queries and the way back, 2 · hidden · kvHeads · D for keys and values, 3 · hidden · intermediate, and 2 · hidden." hint="`numKeyValueHeads` may be left out. Then there are as many as heads."
/*
Complete `countParameters` for the Llama family. `numKeyValueHeads` may be left out, and is then `numHeads`; so may
`tied`, and is then false. The tests compare with the library, and check that a configuration without its sizes does
not compile.

You should see three check marks; SmolLM2-135M has 134,515,008.
*/
/** The sizes of a Llama. */
interface Sizes {
  vocab: number;
  hidden: number;
  intermediate: number;
  layers: number;
  numHeads: number;
  numKeyValueHeads?: number;
  tied?: boolean;
}
function countParameters(sizes: Sizes): number {
  // BEGIN SOLUTION
  const { vocab, hidden: width, intermediate, layers, numHeads, tied = false } = sizes;
  const { numKeyValueHeads = numHeads } = sizes;
  const headDim = width / numHeads;
  const attentionPart = 2 * width * numHeads * headDim + 2 * width * numKeyValueHeads * headDim;
  const layer = attentionPart + 3 * width * intermediate + 2 * width;
  return vocab * width * (tied ? 1 : 2) + layers * layer + width;
  // END SOLUTION
}

// %% tests points=4
const llama = ([vocab, width, intermediate]: [number, number, number], layers: number, numHeads: number) =>
  ({ vocab, hidden: width, intermediate, layers, numHeads }) satisfies Sizes;
const smolSizes = { ...llama([49152, 576, 1536], 30, 9), numKeyValueHeads: 3, tied: true };
checkEqual("SmolLM2-135M", countParameters(smolSizes), 134_515_008);
const largeSizes = { ...llama([128256, 4096, 14336], 32, 32), numKeyValueHeads: 8 };
checkEqual("Llama 3 8B", countParameters(largeSizes), 8_030_261_248);
// @ts-expect-error the sizes of a layer are missing
const withoutLayers: Parameters<typeof countParameters>[0] = { vocab: 10, hidden: 8 };
checkEqual("two sizes are no model", Object.keys(withoutLayers), ["vocab", "hidden"]);
// BEGIN HIDDEN TESTS: against the library, with everything left out that may be
checkSameType<number, ReturnType<typeof countParameters>>("hidden: a number comes out");
const byOutline = (heads: number, tied: boolean) =>
  countByLibrary({
    ...{ model_type: "llama", vocab_size: 100, hidden_size: 64, intermediate_size: 160 },
    ...{ num_hidden_layers: 3, num_attention_heads: heads, tie_word_embeddings: tied },
  });
const tiedCount = countParameters({ ...llama([100, 64, 160], 3, 4), tied: true });
checkEqual("hidden: 4 heads, tied", tiedCount, byOutline(4, true));
checkEqual("hidden: 8 heads, not tied", countParameters(llama([100, 64, 160], 3, 8)), byOutline(8, false));
// END HIDDEN TESTS

// %% mutant title="the head is forgotten" caught="Llama 3 8B"
/*
  const { vocab, hidden: width, intermediate, layers, numHeads, numKeyValueHeads = numHeads } = sizes;
  const layer = 2 * width * width + (2 * width * numKeyValueHeads * width) / numHeads + 3 * width * intermediate + 2 * width;
  return vocab * width + layers * layer + width;
*/

// %% mutant title="a tied table is counted twice" caught="SmolLM2-135M"
/*
  const { vocab, hidden: width, intermediate, layers, numHeads, numKeyValueHeads = numHeads } = sizes;
  const layer = 2 * width * width + (2 * width * numKeyValueHeads * width) / numHeads + 3 * width * intermediate + 2 * width;
  return 2 * vocab * width + layers * layer + width;
*/

// %% mutant title="keys and values for each head" caught="SmolLM2-135M"
/*
  const { vocab, hidden: width, intermediate, layers, tied = false } = sizes;
  const layer = 4 * width * width + 3 * width * intermediate + 2 * width;
  return vocab * width * (tied ? 1 : 2) + layers * layer + width;
*/

// %% mutant title="two tables in the feed-forward part" caught="SmolLM2-135M"
/*
  const { vocab, hidden: width, intermediate, layers, numHeads, numKeyValueHeads = numHeads, tied = false } = sizes;
  const layer = 2 * width * width + (2 * width * numKeyValueHeads * width) / numHeads + 2 * width * intermediate + 2 * width;
  return vocab * width * (tied ? 1 : 2) + layers * layer + width;
*/

// %% mutant title="the last norm is forgotten" caught="SmolLM2-135M"
/*
  const { vocab, hidden: width, intermediate, layers, numHeads, numKeyValueHeads = numHeads, tied = false } = sizes;
  const layer = 2 * width * width + (2 * width * numKeyValueHeads * width) / numHeads + 3 * width * intermediate + 2 * width;
  return vocab * width * (tied ? 1 : 2) + layers * layer;
*/

// %% mutant title="key/value heads that are left out are one" caught="hidden: 4 heads, tied"
/*
  const { vocab, hidden: width, intermediate, layers, numHeads, numKeyValueHeads = 1, tied = false } = sizes;
  const layer = 2 * width * width + (2 * width * numKeyValueHeads * width) / numHeads + 3 * width * intermediate + 2 * width;
  return vocab * width * (tied ? 1 : 2) + layers * layer + width;
*/

// %% [markdown]
/*
## The library's transformer

Now all parts at once, from a configuration as small as our vocabulary. Its weights are drawn from a seed.
*/

// %% a small model output=varies
import { setBackend } from "residency";
const backend = await setBackend();
console.log(`${backend.name}: ${backend.reason}`);

// %% make the model
import { initializeWeights, modelFromConfig } from "residency/models";
const tiny = {
  ...{ model_type: "llama", vocab_size: V, hidden_size: 32, intermediate_size: 88, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, tie_word_embeddings: true },
};
const model = modelFromConfig(tiny);
initializeWeights(model, { seed: 1, layers: 2 });
console.log(parameterCount(tiny).toLocaleString("en-US"), "parameters");

// %% does it see the future?
const logitsOf = (inputIds: number[]): number[][] =>
  model.forward({ inputIds: [inputIds] }).logits.arraySync()[0]!;
const [first, second] = [logitsOf(ids), logitsOf([...ids.slice(0, 4), vocabulary.indexOf("tonight")])];
const largestChange = first.map((row, t) =>
  Math.max(...row.map((value, v) => Math.abs(value - second[t]![v]!))),
);
console.log(largestChange.map((change, t) => `${sentence[t]!}: ${change.toFixed(4)}`).join("  "));

// %% [markdown]
/*
We changed the last word, and only the logits of the last position changed. Run this test on every model that you write
yourself; it takes a second, and finds the most expensive mistake there is.

Its first loss should be near log *V*, as you know from notebook 03.
*/

// %% four sentences, one batch
const batch = [
  "the sky is blue tonight .",
  "a doctor reads the note .",
  "our nurse sees the patient .",
  "no patient is in pain .",
].map((line) => line.split(" ").map((word) => vocabulary.indexOf(word))); // [B, T] = [4, 6]
const lossOf = (): number => model.forward({ inputIds: batch, labels: batch }).loss.dataSync()[0]!;
console.log("loss", lossOf().toFixed(3), "  log V", Math.log(V).toFixed(3));

// %% [markdown]
/*
`labels` are the same ids: the model shifts them itself. Shifting them beforehand, too, is a classic mistake: then each
position learns the word after the next.
*/

// %% [markdown]
/*
## One step

A step has three parts. The loss and its gradients, by the chain rule through all layers; the optimizer, which moves
each parameter; and the memory of the gradients, which is given back.
*/

// %% one step of training
import { AdamW } from "residency/optim";
import { valueAndGradients } from "residency/train";
const parameters = model.trainableParameters();
const optimizer = new AdamW(parameters, { weightDecay: 0 });
const step = valueAndGradients(() => model.forward({ inputIds: batch, labels: batch }).loss, parameters);
optimizer.step(step.gradients, 0.01);
console.log("tables that got a gradient:", step.gradients.size, "of", parameters.size);
for (const gradient of step.gradients.values()) gradient.dispose();
console.log("loss", step.value.dataSync()[0]!.toFixed(3), "→", lossOf().toFixed(3));

// %% [markdown]
/*
Every table got a gradient. Were one missing, a part of the model would not be connected: another test that costs
nothing.
*/

// %% exercise id=overfit title="Learn one batch by heart" difficulty=3 importance=5 minutes=20 hint="The optimizer is made once, before the loop; it remembers the steps before." hint="Inside the loop: `valueAndGradients`, keep the loss, `optimizer.step`, dispose of the gradients and of the loss." hint="`value.dataSync()[0]` is the loss as a number."
/*
Before a long training, let a model learn a **single** batch by heart. If it cannot, something is broken, and no amount
of data will help. Complete `overfit`: make that many steps on the batch, with AdamW without weight decay, and give the
loss **before** each step.

The tests measure the model afterwards. You should see four check marks, with a loss below 0.05 after 80 steps, then
one more.
*/
/** Trains a model on one batch of ids [B, T]; gives the loss before each step. */
function overfit(
  learner: ReturnType<typeof modelFromConfig>,
  inputIds: number[][],
  { steps, learningRate }: { steps: number; learningRate: number },
): number[] {
  // BEGIN SOLUTION
  const trained = learner.trainableParameters();
  const adam = new AdamW(trained, { weightDecay: 0 });
  return Array.from({ length: steps }, () => {
    const { value, gradients } = valueAndGradients(
      () => learner.forward({ inputIds, labels: inputIds }).loss,
      trained,
    );
    adam.step(gradients, learningRate);
    const loss = value.dataSync()[0]!;
    for (const used of [value, ...gradients.values()]) used.dispose();
    return loss;
  });
  // END SOLUTION
}

// %% tests points=3
await ensureBackend();
const fresh = (seed: number) => {
  const sizes = { vocab_size: 12, hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2 };
  const learner = makeModel({ model_type: "llama", ...sizes, num_attention_heads: 4 });
  drawWeights(learner, { seed, layers: 2 });
  return learner;
};
const rows = [0, 1, 2].map((word) => [word, 5 + word, 4, 8 - word, 9 + word]);
const measure = (learner: ReturnType<typeof fresh>): number =>
  learner.forward({ inputIds: rows, labels: rows }).loss.dataSync()[0]!;
const learnt = fresh(3);
const curve = overfit(learnt, rows, { steps: 80, learningRate: 0.01 });
checkEqual("one loss a step", curve.length, 80);
checkEqual("starts near log 12", Math.abs(curve[0]! - Math.log(12)) < 0.1, true);
checkEqual("knows the batch by heart", measure(learnt) < 0.05, true);
checkEqual("the losses are those of the model", Math.abs(curve.at(-1)! - measure(learnt)) < 0.02, true);
// BEGIN HIDDEN TESTS: no steps, a slower rate
const untouched = fresh(4);
const start = measure(untouched);
checkEqual("hidden: no steps", overfit(untouched, rows, { steps: 0, learningRate: 0.01 }), []);
checkClose("hidden: no steps change nothing", measure(untouched), start);
const slow = overfit(fresh(4), rows, { steps: 20, learningRate: 0.0001 });
checkEqual("hidden: the rate counts", slow.at(-1)! > 2, true);
// END HIDDEN TESTS

// %% tests id=overfit-optimizer points=1
await ensureBackend();
const newLearner = (seed: number) => {
  const shape = { vocab_size: 12, hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2 };
  const learner = makeModel({ model_type: "llama", ...shape, num_attention_heads: 4 });
  drawWeights(learner, { seed, layers: 2 });
  return learner;
};
const threeRows = [0, 1, 2].map((word) => [word, 5 + word, 4, 8 - word, 9 + word]);
const eight = overfit(newLearner(5), threeRows, { steps: 8, learningRate: 0.01 });
checkEqual("eight steps go down", eight.length === 8 && eight[7]! < eight[0]! - 0.5, true);
// BEGIN HIDDEN TESTS: one optimizer for all steps
const twin = newLearner(5);
const ofTwin = twin.trainableParameters();
const remembers = new Adam(ofTwin, { weightDecay: 0 });
const lossOfTwin = () => twin.forward({ inputIds: threeRows, labels: threeRows }).loss;
const wanted = eight.map(() => {
  const { value, gradients } = gradientsOf(lossOfTwin, ofTwin);
  remembers.step(gradients, 0.01);
  return value.dataSync()[0]!;
});
checkClose("hidden: the optimizer remembers", eight, wanted, 1e-3);
// END HIDDEN TESTS

// %% mutant title="no step" caught="knows the batch by heart"
/*
  return Array.from({ length: steps }, () => learner.forward({ inputIds, labels: inputIds }).loss!.dataSync()[0]!);
*/

// %% mutant title="walks up the hill" caught="knows the batch by heart"
/*
  const trained = learner.trainableParameters();
  const adam = new AdamW(trained, { weightDecay: 0 });
  return Array.from({ length: steps }, () => {
    const { value, gradients } = valueAndGradients(() => learner.forward({ inputIds, labels: inputIds }).loss!, trained);
    adam.step(gradients, learningRate, -1);
    return value.dataSync()[0]!;
  });
*/

// %% mutant title="shifts the labels, too" caught="knows the batch by heart"
/*
  const trained = learner.trainableParameters();
  const adam = new AdamW(trained, { weightDecay: 0 });
  const labels = inputIds.map((row) => [...row.slice(1), -100]);
  return Array.from({ length: steps }, () => {
    const { value, gradients } = valueAndGradients(() => learner.forward({ inputIds, labels }).loss!, trained);
    adam.step(gradients, learningRate);
    return value.dataSync()[0]!;
  });
*/

// %% mutant title="the loss after each step" caught="starts near log 12"
/*
  const trained = learner.trainableParameters();
  const adam = new AdamW(trained, { weightDecay: 0 });
  return Array.from({ length: steps }, () => {
    const { gradients } = valueAndGradients(() => learner.forward({ inputIds, labels: inputIds }).loss!, trained);
    adam.step(gradients, learningRate);
    return learner.forward({ inputIds, labels: inputIds }).loss!.dataSync()[0]!;
  });
*/

// %% mutant title="one sentence of the batch" caught="knows the batch by heart"
/*
  const trained = learner.trainableParameters();
  const adam = new AdamW(trained, { weightDecay: 0 });
  const some = inputIds.slice(0, 1);
  return Array.from({ length: steps }, () => {
    const { value, gradients } = valueAndGradients(() => learner.forward({ inputIds: some, labels: some }).loss!, trained);
    adam.step(gradients, learningRate);
    return value.dataSync()[0]!;
  });
*/

// %% mutant title="a new optimizer for each step" caught="hidden: the optimizer remembers"
/*
  const trained = learner.trainableParameters();
  return Array.from({ length: steps }, () => {
    const { value, gradients } = valueAndGradients(() => learner.forward({ inputIds, labels: inputIds }).loss!, trained);
    new AdamW(trained, { weightDecay: 0 }).step(gradients, learningRate);
    return value.dataSync()[0]!;
  });
*/

// %% mutant title="a rate of its own" caught="hidden: the rate counts"
/*
  const trained = learner.trainableParameters();
  const adam = new AdamW(trained, { weightDecay: 0 });
  return Array.from({ length: steps }, () => {
    const { value, gradients } = valueAndGradients(() => learner.forward({ inputIds, labels: inputIds }).loss!, trained);
    adam.step(gradients, 0.01);
    return value.dataSync()[0]!;
  });
*/

// %% [markdown]
/*
Here the library's `Trainer` does the same with our four sentences, with everything that a long run needs besides:
schedules, logs, checkpoints. Notebook 05 is about those.
*/

// %% learn four sentences by heart
import { Trainer, TrainingArguments } from "residency";
const trainer = new Trainer({
  model,
  trainDataset: batch.map((row) => ({ inputIds: row, attentionMask: row.map(() => 1), labels: row })),
  args: new TrainingArguments({
    ...{ maxSteps: 80, perDeviceTrainBatchSize: 4, learningRate: 0.01, loggingSteps: 4, seed: 1 },
  }),
});
await trainer.train();
console.log("loss", lossOf().toFixed(4));

// %% draw the loss
const log = trainer.state.logHistory.filter((entry) => entry.loss !== undefined);
lineChart([{ name: "loss", x: log.map((entry) => entry.step), y: log.map((entry) => entry.loss!) }], {
  title: "One batch, by heart",
  xLabel: "Step",
  yLabel: "Cross-entropy (nats)",
});

// %% let it finish the sentences
for (const beginning of ["the sky", "a doctor", "our nurse", "no patient"]) {
  const start = beginning.split(" ").map((word) => vocabulary.indexOf(word));
  const [written] = await model.generate([start], { maxNewTokens: 4, doSample: false });
  console.log(written!.map((id) => vocabulary[id]).join(" "));
}

// %% [markdown]
/*
It knows “the sky is blue tonight”, and “no patient is in pain”: after the same word “is” it goes on in two ways, since
it looks at what came before. The table of notebook 03 could not.

It has learnt four sentences, and nothing about language. For that it needs many more sentences, and time.
*/

// %% [markdown]
/*
## What you can now do

- Follow a sentence through **embedding**, **attention**, **feed-forward** and back to words, by its shapes.
- Hide the future with a causal **mask**, and test that it is hidden.
- Count parameters from a **configuration**.
- Prove that a model can learn, on one batch, before you train it for hours.
*/

// %% [markdown]
/*
**1. The loss falls to nearly 0 on a large text in the first minutes. What do you suspect?**

<details><summary>A good model</summary>Text is not that predictable for anybody.</details>
<details><summary>It sees the future</summary>Yes. Change the last word, and look at the logits before it.</details>
<details><summary>A learning rate that is too low</summary>Then the loss would fall too slowly.</details>
*/

// %% [markdown]
/*
**2. Why is there a division by √D?**

<details><summary>To make the result a probability</summary>The softmax does that at any scale.</details>
<details><summary>To keep the softmax from having one winner at the start</summary>Yes. Otherwise the gradients
vanish.</details>
<details><summary>To save memory</summary>A division saves none.</details>
*/

// %% [markdown]
/*
**3. The text becomes twice as long. The weights of attention take**

<details><summary>twice the room</summary>That is true of the vectors, not of the weights.</details>
<details><summary>four times the room</summary>Yes: [T, T] for each head.</details>
<details><summary>the same room</summary>Parameters stay; activations grow.</details>
*/

// %% [markdown]
/*
**4. What does “tied” mean?**

<details><summary>All layers share their weights</summary>No. Each layer has its own.</details>
<details><summary>Embedding and head are one table</summary>Yes. In small models that is a large part of all
parameters.</details>
<details><summary>Keys and values are the same</summary>No. Sharing those among heads is grouped-query
attention.</details>
*/

// %% [markdown]
/*
**5. A model cannot learn one batch by heart. What do you do?**

<details><summary>Get more data</summary>No. It fails on the little that it has.</details>
<details><summary>Look for a mistake in model, labels or optimizer</summary>Yes. Check that every table gets a
gradient, and that labels are shifted once.</details>
<details><summary>Add dropout</summary>That makes learning by heart harder still.</details>
*/

// %% [markdown]
/*
**Words of this notebook.** *Embedding*: a row of numbers for each token. *Query, key, value*: what a position looks
for, is found by, gives. *Head*: one attention among several. *Causal mask*: hides later positions. *Residual*: adding to
what was there. *RMSNorm*: brings a row to size 1. *Configuration*: the sizes of a model.

**Stretch:** take the positions away from our hand-made model, then from a trained one. Which sentences can it no longer
tell apart?
*/
