/**
 * Notebook 01: a language model is a probability distribution, by counting: chain rule, n-grams, smoothing, perplexity.
 *
 * title: A language model is a probability distribution
 * goal: give a sentence a probability, word by word, by the chain rule
 * goal: build a language model by counting, and see where counting fails
 * goal: smooth it and let it back off, so that nothing is impossible
 * goal: measure it by perplexity, on text that it has not seen
 * goal: write text with it, one draw at a time
 * reading: 30 minutes
 * running: 10 seconds
 * memory: 0.3 GB
 * needs: logarithms, and notebook 00 for seeds and checks
 * graded: four exercises, 12 points, and a question that a person reads
 * previous: notebook 00, start here
 * next: notebook 02, tokens
 */

// %% [markdown]
/*
You use language models every day: the keyboard of a phone that offers the next word, the search box that finishes
your question. All of them answer one question. Given the words so far, **how likely is each word to come next?**

Here we answer it without any network: by counting.
*/

// %% setup id=setup
import { checkClose, checkEqual } from "residency/exercise";

// %% import the charts
import { barChart, groupedBarChart, heatMap, lineChart } from "residency/viz";

// %% [markdown]
/*
## A very small world

Twenty sentences are all the text there is. They are about the sky, the sea, and a hospital.
*/

// %% the text
const text = `the sky is blue . the sky is clear . the sky is dark tonight . the sea is blue . the sea is deep .
the patient is stable . the patient is in pain . the pain is in the chest . the note is short .
the nurse reads the note . the doctor reads the note . the doctor sees the patient .
the nurse sees the patient tonight . the patient sees the sea . the patient reads a note .
a doctor is in the room . the room is dark . the room is blue . a nurse is in the room tonight .
the chest is clear .`;
const words = text.split(/\s+/);
console.log(words.length, "words in all");

// %% [markdown]
/*
A model must know where a sentence begins and where it ends. The full stop ends it. For the beginning we put a word of
our own in front, `<s>`.
*/

// %% cut it into sentences
const sentences: string[][] = [];
for (const word of words) {
  if (sentences.length === 0 || sentences.at(-1)!.at(-1) === ".") sentences.push(["<s>"]);
  sentences.at(-1)!.push(word);
}
console.log(sentences.length, "sentences, such as", sentences[0]);

// %% number the words
const vocabulary = [...new Set(sentences.flat())];
const V = vocabulary.length;
console.log(V, "different words:", vocabulary.join(" "));

// %% [markdown]
/*
## The simplest model: how often is each word?

Forget the words before. Count, and divide by the number of all words. That is a **unigram** model: a distribution,
since its numbers add up to 1.
*/

// %% count words
const wordCounts: Record<string, number> = {};
for (const word of words) wordCounts[word] = (wordCounts[word] ?? 0) + 1;
const unigram = Object.fromEntries(
  Object.entries(wordCounts)
    .map(([word, count]): [string, number] => [word, count / words.length])
    .sort(([, a], [, b]) => b - a),
);
const total = Object.values(unigram).reduce((sum, p) => sum + p, 0);
console.log("they add up to", total.toFixed(6));

// %% draw the words by how likely they are
barChart(unigram, { title: "How likely is each word?", xLabel: "", yLabel: "Probability" });

// %% [markdown]
/*
A few words are frequent, and most are rare. Real text looks the same, only longer.

What would this model write? It draws each word for itself, so it would write “the the . is the”. It has words, and no
sentences.
*/

// %% [markdown]
/*
## The chain rule

The probability of a whole sentence is a product, and nothing is left out: the first word, times the second **given**
the first, times the third given the first two, and so on.

p(the sky is) = p(the) · p(sky | the) · p(is | the sky)
*/

// %% count the beginnings
const startsWith = (prefix: readonly string[]) =>
  sentences.filter((sentence) => prefix.every((word, place) => sentence[place] === word)).length;
const sky = ["<s>", "the", "sky", "is", "blue"];
for (let length = 1; length < sky.length; length += 1) {
  const [context, longer] = [sky.slice(0, length), sky.slice(0, length + 1)];
  console.log(`p(${longer.at(-1)} | ${context.join(" ")}) = ${startsWith(longer)} / ${startsWith(context)}`);
}

// %% [markdown]
/*
Multiply the four fractions, and all but two numbers cancel: 1 sentence in 20 begins with “the sky is blue”. The chain
rule is no approximation. It only says the same thing step by step.
*/

// %% multiply the steps
let product = 1;
for (let length = 1; length < sky.length; length += 1) {
  product *= startsWith(sky.slice(0, length + 1)) / startsWith(sky.slice(0, length));
}
console.log(product.toFixed(4), "=", 1 / 20);

// %% [markdown]
/*
Products of many small numbers become too small for a computer. Four hundred words at one tenth each:
*/

// %% the wrong thing: multiply probabilities
const small = new Array<number>(400).fill(0.1);
small.reduce((sofar, p) => sofar * p, 1);

// %% [markdown]
/*
Zero: the number has underflowed. So we never multiply; we **add logarithms**. With a minus in front they are positive,
and have a name: the negative log-likelihood, in nats.
*/

// %% add logarithms
small.reduce((sum, p) => sum - Math.log(p), 0);

// %% [markdown]
/*
## Forget most of it: bigrams

With long contexts every sentence is new, and there is nothing to count. So we cheat: look only at the **last** word.
That is a bigram model. Count how often each word follows each other.
*/

// %% count pairs
const pairCounts = vocabulary.map(() => new Array<number>(V).fill(0)); // [V, V]: word, next word
const idOf = (word: string) => vocabulary.indexOf(word);
for (const sentence of sentences) {
  for (let place = 1; place < sentence.length; place += 1) {
    pairCounts[idOf(sentence[place - 1]!)]![idOf(sentence[place]!)]! += 1;
  }
}
console.log("“the” is followed by “patient”", pairCounts[idOf("the")]![idOf("patient")], "times");

// %% draw the pairs
heatMap(pairCounts, {
  title: "How often does the column follow the row?",
  rows: vocabulary,
  columns: vocabulary,
  xLabel: "next word",
  yLabel: "word",
});

// %% [markdown]
/*
Read one row. After “is” come “blue”, “in”, “dark” and a few others; all other fields are white. Each row becomes a
distribution when it is divided by its sum.
*/

// %% what follows “the sky is”
const isCounts = pairCounts[idOf("is")]!;
const isTotal = isCounts.reduce((sum, count) => sum + count, 0);
const afterIs = Object.fromEntries(
  vocabulary.flatMap((word, id) => (isCounts[id]! > 0 ? [[word, isCounts[id]! / isTotal]] : [])),
) as Record<string, number>;
barChart(afterIs, { title: "Next word after “The sky is”", xLabel: "", yLabel: "Probability" });

// %% [markdown]
/*
It has never seen “the sky is stable”, yet it finds that as likely as “deep”: it sees “is”, and nothing before. That is
the price of forgetting.

One row makes trouble. What follows the full stop? Nothing: each sentence ends there.
*/

// %% the wrong thing: divide the empty row
const stopRow = pairCounts[idOf(".")]!;
const stopTotal = stopRow.reduce((sum, count) => sum + count, 0);
stopRow.map((count) => count / stopTotal).slice(0, 5);

// %% exercise id=bigram title="A bigram table" difficulty=2 importance=5 minutes=15 hint="Start with a table of V rows of V zeros. `Array.from({ length: V }, () => …)` makes a new row each time; `fill` with one row would put the same row everywhere." hint="Words that are not in the vocabulary have the index −1. Skip a pair that holds one." hint="When the sum of a row is 0, every word gets 1 / V."
/*
Complete `bigramTable`. Row *i*, column *j* is the probability that word *j* of the vocabulary follows word *i*. Each
row adds up to 1. A word that nothing ever follows leaves us without any knowledge: its row is **uniform**, 1 / V
everywhere. Pairs with a word outside of the vocabulary are left out.

You should see four check marks.
*/
/** Probabilities [V, V] that one word follows another, by counting neighbours in the sentences. */
function bigramTable(texts: readonly (readonly string[])[], known: readonly string[]): number[][] {
  // BEGIN SOLUTION
  const counts = known.map(() => new Array<number>(known.length).fill(0));
  for (const each of texts) {
    for (let place = 1; place < each.length; place += 1) {
      const [from, to] = [known.indexOf(each[place - 1]!), known.indexOf(each[place]!)];
      if (from >= 0 && to >= 0) counts[from]![to]! += 1;
    }
  }
  return counts.map((row) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((count) => (sum > 0 ? count / sum : 1 / known.length));
  });
  // END SOLUTION
}

// %% tests points=3
const tinyTexts = [
  ["a", "b"],
  ["a", "c"],
  ["a", "b"],
];
const tinyTable = bigramTable(tinyTexts, ["a", "b", "c"]);
checkEqual("one row a word, one column a word", [tinyTable.length, tinyTable[0]?.length], [3, 3]);
checkClose("b follows a two times in three", tinyTable[0], [0, 2 / 3, 1 / 3]);
checkClose("nothing follows b: uniform", tinyTable[1], [1 / 3, 1 / 3, 1 / 3]);
const rowSums = tinyTable.map((row) => row.reduce((sum, p) => sum + p, 0));
checkClose("each row adds up to 1", rowSums, [1, 1, 1]);
// BEGIN HIDDEN TESTS: a word that follows itself, a word outside of the vocabulary, an empty corpus
checkClose("hidden: itself", bigramTable([["x", "x", "y"]], ["x", "y"])[0], [0.5, 0.5]);
checkClose("hidden: an unknown word", bigramTable([["x", "z", "x", "y"]], ["x", "y"])[0], [0, 1]);
checkClose("hidden: no text", bigramTable([], ["x", "y"]), [
  [0.5, 0.5],
  [0.5, 0.5],
]);
// END HIDDEN TESTS

// %% mutant title="counts, not probabilities" caught="b follows a two times in three"
/*
  const counts = known.map(() => new Array<number>(known.length).fill(0));
  for (const each of texts) {
    for (let place = 1; place < each.length; place += 1) counts[known.indexOf(each[place - 1]!)]![known.indexOf(each[place]!)]! += 1;
  }
  return counts;
*/

// %% mutant title="divides by zero" caught="nothing follows b: uniform"
/*
  const counts = known.map(() => new Array<number>(known.length).fill(0));
  for (const each of texts) {
    for (let place = 1; place < each.length; place += 1) counts[known.indexOf(each[place - 1]!)]![known.indexOf(each[place]!)]! += 1;
  }
  return counts.map((row) => row.map((count) => count / row.reduce((a, b) => a + b, 0)));
*/

// %% mutant title="previous given next" caught="b follows a two times in three"
/*
  const counts = known.map(() => new Array<number>(known.length).fill(0));
  for (const each of texts) {
    for (let place = 1; place < each.length; place += 1) counts[known.indexOf(each[place]!)]![known.indexOf(each[place - 1]!)]! += 1;
  }
  return counts.map((row) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((count) => (sum > 0 ? count / sum : 1 / known.length));
  });
*/

// %% mutant title="one row, shared" caught="nothing follows b: uniform"
/*
  const counts = new Array<number[]>(known.length).fill(new Array<number>(known.length).fill(0));
  for (const each of texts) {
    for (let place = 1; place < each.length; place += 1) counts[known.indexOf(each[place - 1]!)]![known.indexOf(each[place]!)]! += 1;
  }
  return counts.map((row) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((count) => (sum > 0 ? count / sum : 1 / known.length));
  });
*/

// %% mutant title="unknown words are dropped before pairing" caught="hidden: an unknown word"
/*
  const counts = known.map(() => new Array<number>(known.length).fill(0));
  for (const each of texts) {
    const kept = each.filter((word) => known.includes(word));
    for (let place = 1; place < kept.length; place += 1) counts[known.indexOf(kept[place - 1]!)]![known.indexOf(kept[place]!)]! += 1;
  }
  return counts.map((row) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((count) => (sum > 0 ? count / sum : 1 / known.length));
  });
*/

// %% [markdown]
/*
## How good is a model? Perplexity

Take the probabilities that a model gave to the words that really came. The average of their negative logarithms is
the loss. Its exponential, the **perplexity**, is easier to feel: as unsure as if it had to choose among that many
words, all equally likely.
*/

// %% the words that came, and how likely they were
const bigramOf = (from: string, to: string) => {
  const row = pairCounts[idOf(from)] ?? [];
  return (row[idOf(to)] ?? 0) / row.reduce((sum, count) => sum + count, 0);
};
const came = sentences[0]!.slice(1).map((word, place) => bigramOf(sentences[0]![place]!, word));
sentences[0]!.slice(1).forEach((word, place) => console.log(word.padEnd(5), came[place]!.toFixed(3)));

// %% from probabilities to perplexity
import { perplexity } from "residency/metrics";
const nll = came.reduce((sum, p) => sum - Math.log(p), 0) / came.length;
console.log(`loss ${nll.toFixed(3)} nats, perplexity ${perplexity(nll).toFixed(2)} of ${V} words`);

// %% exercise id=perplexity title="Perplexity" difficulty=2 importance=5 minutes=10 hint="exp of the mean of −log p." hint="Do not multiply the probabilities first: 400 small numbers make 0."
/*
Complete `perplexityOf`: from the probabilities of the tokens that came to the perplexity. A model that gives each of
*V* tokens the same probability must have the perplexity *V*, on any text. One impossible token makes it infinite. A
text of no tokens has none: NaN.

You should see four check marks.
*/
/** The perplexity of a text whose tokens had these probabilities; 1 at best. */
function perplexityOf(probabilities: readonly number[]): number {
  // BEGIN SOLUTION
  const sum = probabilities.reduce((sofar, p) => sofar - Math.log(p), 0);
  return Math.exp(sum / probabilities.length);
  // END SOLUTION
}

// %% tests points=2
checkClose("certain and right", perplexityOf([1, 1, 1]), 1);
checkClose("uniform over 50 words", perplexityOf([1 / 50, 1 / 50, 1 / 50, 1 / 50]), 50);
checkClose("an ordinary text", perplexityOf([0.5, 0.125]), 4);
checkEqual("one impossible token", perplexityOf([0.9, 0, 0.9]), Infinity);
// BEGIN HIDDEN TESTS: a long text, a text of no tokens
checkClose("hidden: a long text", perplexityOf(new Array<number>(2000).fill(0.01)), 100);
checkEqual("hidden: no tokens", Number.isNaN(perplexityOf([])), true);
// END HIDDEN TESTS

// %% mutant title="the sum instead of the mean" caught="uniform over 50 words"
/*
  return Math.exp(probabilities.reduce((sofar, p) => sofar - Math.log(p), 0));
*/

// %% mutant title="one over the mean probability" caught="an ordinary text"
/*
  return probabilities.length / probabilities.reduce((sofar, p) => sofar + p, 0);
*/

// %% mutant title="logarithm to the base 2 under e" caught="uniform over 50 words"
/*
  return Math.exp(probabilities.reduce((sofar, p) => sofar - Math.log2(p), 0) / probabilities.length);
*/

// %% mutant title="the root of a product" caught="hidden: a long text"
/*
  return probabilities.reduce((sofar, p) => sofar * p, 1) ** (-1 / probabilities.length);
*/

// %% mutant title="a floor under the probability" caught="one impossible token"
/*
  const sum = probabilities.reduce((sofar, p) => sofar - Math.log(Math.max(p, 1e-12)), 0);
  return Math.exp(sum / probabilities.length);
*/

// %% mutant title="no tokens are perfect" caught="hidden: no tokens"
/*
  const sum = probabilities.reduce((sofar, p) => sofar - Math.log(p), 0);
  return Math.exp(sum / Math.max(1, probabilities.length));
*/

// %% [markdown]
/*
## Why a zero is fatal

So far we measured on text that was counted. That is like an exam whose answers hang on the wall. Here are three
sentences that the model has never seen, though it knows each word.
*/

// %% new sentences
const heldOut = [
  "the sky is clear tonight .",
  "the doctor is in pain .",
  "the nurse reads a note tonight .",
].map((sentence) => ["<s>", ...sentence.split(" ")]);
for (const sentence of heldOut) {
  const steps = sentence.slice(1).map((word, place) => bigramOf(sentence[place]!, word));
  console.log(sentence.slice(1).join(" ").padEnd(34), steps.map((p) => p.toFixed(2)).join(" "));
}

// %% [markdown]
/*
Most steps are fine. But “tonight” never came after “clear” or “note”, so its probability is 0, and with it that of the
whole sentence. Its logarithm is minus infinity.
*/

// %% the perplexity of the first one
const firstNew = heldOut[0]!;
const newSteps = firstNew.slice(1).map((word, place) => -Math.log(bigramOf(firstNew[place]!, word)));
const newNll = newSteps.reduce((sum, step) => sum + step, 0) / newSteps.length;
console.log("loss", newNll, "perplexity", perplexity(newNll));

// %% written id=zero title="Why a zero is fatal" difficulty=2 importance=4 minutes=10 points=2 hint="What is the logarithm of 0, and what does it do to a sum?" hint="Somebody is the first patient with each side effect."
/*
Write three or four sentences. Why does a single zero make the average over a million words useless? And why is “it has
not been seen” not the same as “it cannot happen”? Think of a side effect that is in no note of this hospital.
*/
// BEGIN SOLUTION
/*
One point: −log 0 is infinite, so the mean is infinite however good all other words were, and two models that each meet
one unseen pair cannot be compared any more. One point: counts are a sample. A model that gives 0 to the unseen says
that it is impossible, and will never write, expect or rank a rare side effect, nor recover when it comes. Belief has to
be kept back for what the sample does not show.
*/
// END SOLUTION

// %% [markdown]
/*
## Smoothing: nothing is impossible

Pretend that each pair has been seen *k* times more than it has. With *V* words, a row then holds *k · V* more, so the
sum stays 1. This is **add-k** smoothing.
*/

// %% add k to every count
const smoothed = (from: string, to: string, k: number) => {
  const row = pairCounts[idOf(from)]!;
  return (row[idOf(to)]! + k) / (row.reduce((sum, count) => sum + count, 0) + k * V);
};
for (const k of [0, 0.01, 0.1, 1, 10]) {
  const [seen, unseen] = [smoothed("sky", "is", k), smoothed("clear", "tonight", k)];
  console.log(
    `k = ${String(k).padEnd(5)} p(is | sky) ${seen.toFixed(3)}   p(tonight | clear) ${unseen.toFixed(4)}`,
  );
}

// %% [markdown]
/*
A small *k* leaves the counts as they are, and gives the unseen a little. A large one flattens all. Which is right? No
formula says so. We try, on text that was not counted.
*/

// %% try many k
const tried = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const meanLoss = (texts: readonly string[][], k: number) => {
  const steps = texts.flatMap((each) => each.slice(1).map((word, place) => smoothed(each[place]!, word, k)));
  return steps.reduce((sum, p) => sum - Math.log(p), 0) / steps.length;
};
const byK = {
  counted: tried.map((k) => meanLoss(sentences, k)),
  new: tried.map((k) => meanLoss(heldOut, k)),
};
const best = tried[byK.new.indexOf(Math.min(...byK.new))]!;
console.log(`best k on new text: ${best}, perplexity ${perplexity(meanLoss(heldOut, best)).toFixed(2)}`);

// %% draw both curves
const logK = tried.map((k) => Math.log10(k));
lineChart(
  Object.entries(byK).map(([name, losses]) => ({ name: `${name} text`, x: logK, y: losses.map(perplexity) })),
  { title: "How much smoothing?", xLabel: "log10 of k", yLabel: "Perplexity" },
);

// %% [markdown]
/*
On counted text no smoothing is best: there is nothing new in it. On new text too little is bad, and too much is bad.
You will see this valley again and again: learning rates, sizes, epochs. Only **held-out** text can show it.
*/

// %% [markdown]
/*
## Longer contexts, and backing off

Look at two words instead of one, or three: an *n*-gram model looks at *n* − 1. This function counts them all at once.
The key is the context, `""` when there is none.
*/

// %% count contexts of every length below n
type NGramCounts = Map<string, Map<string, number>>;
function countNGrams(texts: readonly (readonly string[])[], n: number): NGramCounts {
  const counts: NGramCounts = new Map();
  for (const each of texts) {
    for (let place = 1; place < each.length; place += 1) {
      for (let length = 0; length < n && length <= place; length += 1) {
        const context = each.slice(place - length, place).join(" ");
        const next = counts.get(context) ?? new Map<string, number>();
        next.set(each[place]!, (next.get(each[place]!) ?? 0) + 1);
        counts.set(context, next);
      }
    }
  }
  return counts;
}
const trigrams = countNGrams(sentences, 3);
trigrams.get("sky is");

// %% [markdown]
/*
After “sky is” the model now says what it should: blue, clear, dark. But what after “chest is in”? That context was
never seen. Instead of giving up it **backs off**: drop the first word, and look at the shorter context. The empty
context was always seen.
*/

// %% how many contexts are ever seen?
for (const n of [1, 2, 3, 4]) {
  const contexts = [...countNGrams(sentences, n).keys()].filter(
    (key) => (key === "" ? 0 : key.split(" ").length) === n - 1,
  );
  console.log(`n = ${n}: ${contexts.length} contexts seen, of ${V ** (n - 1)} that are possible`);
}

// %% exercise id=back-off title="An n-gram model with add-k and back-off" difficulty=3 importance=4 minutes=20 hint="A loop that starts with the whole context and drops its first word until `counts.has(context.join(\" \"))`." hint="`[].join(\" \")` is the empty text, and that context is there as soon as anything was counted." hint="p = (count of the word + k) / (sum of the counts + k · V), with the counts of the context that was found."
/*
Complete `ngramProbability`. Use the counts of the **longest** end of the context that was seen: all of it, or else
without its first word, and so on down to the empty context. There, smooth by add-k over the vocabulary.

For every context the probabilities of all words add up to 1. With no counts at all, each word has 1 / V. You should
see five check marks.
*/
/** The probability of a word after a context, by add-k counts of its longest end that was seen. */
function ngramProbability(
  counts: NGramCounts,
  known: readonly string[],
  context: readonly string[],
  word: string,
  k: number,
): number {
  // BEGIN SOLUTION
  let end = [...context];
  while (end.length > 0 && !counts.has(end.join(" "))) end = end.slice(1);
  const next = counts.get(end.join(" ")) ?? new Map<string, number>();
  const sum = [...next.values()].reduce((a, b) => a + b, 0);
  return sum + k === 0 ? 1 / known.length : ((next.get(word) ?? 0) + k) / (sum + k * known.length);
  // END SOLUTION
}

// %% tests points=4
const abc = ["a", "b", "c"];
const abcCounts: NGramCounts = new Map([
  ["", new Map(Object.entries({ a: 1, b: 2, c: 1 }))],
  ["a", new Map([["b", 2]])],
  ["a b", new Map([["c", 1]])],
]);
checkClose("a context that was seen", ngramProbability(abcCounts, abc, ["a", "b"], "c", 0.5), 1.5 / 2.5);
checkClose("drops the first word", ngramProbability(abcCounts, abc, ["c", "a"], "b", 0.5), 2.5 / 3.5);
checkClose("down to the empty context", ngramProbability(abcCounts, abc, ["c", "c"], "a", 1), 2 / 7);
checkClose("k = 0 is counting", ngramProbability(abcCounts, abc, ["a"], "c", 0), 0);
const abcSum = abc.reduce((sum, each) => sum + ngramProbability(abcCounts, abc, ["b", "a"], each, 0.3), 0);
checkClose("adds up to 1", abcSum, 1);
// BEGIN HIDDEN TESTS: longer contexts, nothing counted, the context is unchanged
checkClose("hidden: four words", ngramProbability(abcCounts, abc, ["c", "c", "a", "b"], "a", 1), 1 / 4);
checkClose("hidden: nothing counted", ngramProbability(new Map(), abc, ["a"], "b", 0), 1 / 3);
const kept = ["c", "c", "a"];
checkClose("hidden: no context", ngramProbability(abcCounts, abc, [], "b", 0), 0.5);
ngramProbability(abcCounts, abc, kept, "a", 1);
checkEqual("hidden: the context is unchanged", kept, ["c", "c", "a"]);
// END HIDDEN TESTS

// %% mutant title="drops the last word" caught="drops the first word"
/*
  let end = [...context];
  while (end.length > 0 && !counts.has(end.join(" "))) end = end.slice(0, -1);
  const next = counts.get(end.join(" ")) ?? new Map<string, number>();
  const sum = [...next.values()].reduce((a, b) => a + b, 0);
  return sum + k === 0 ? 1 / known.length : ((next.get(word) ?? 0) + k) / (sum + k * known.length);
*/

// %% mutant title="smooths only above the line" caught="a context that was seen"
/*
  let end = [...context];
  while (end.length > 0 && !counts.has(end.join(" "))) end = end.slice(1);
  const next = counts.get(end.join(" ")) ?? new Map<string, number>();
  const sum = [...next.values()].reduce((a, b) => a + b, 0);
  return ((next.get(word) ?? 0) + k) / sum;
*/

// %% mutant title="never backs off" caught="drops the first word"
/*
  const next = counts.get(context.join(" ")) ?? new Map<string, number>();
  const sum = [...next.values()].reduce((a, b) => a + b, 0);
  return sum + k === 0 ? 1 / known.length : ((next.get(word) ?? 0) + k) / (sum + k * known.length);
*/

// %% mutant title="backs off straight to the empty context" caught="drops the first word"
/*
  const next = counts.get(context.join(" ")) ?? counts.get("") ?? new Map<string, number>();
  const sum = [...next.values()].reduce((a, b) => a + b, 0);
  return sum + k === 0 ? 1 / known.length : ((next.get(word) ?? 0) + k) / (sum + k * known.length);
*/

// %% mutant title="counts kinds of words, not words" caught="drops the first word"
/*
  let end = [...context];
  while (end.length > 0 && !counts.has(end.join(" "))) end = end.slice(1);
  const next = counts.get(end.join(" ")) ?? new Map<string, number>();
  return next.size + k === 0 ? 1 / known.length : ((next.get(word) ?? 0) + k) / (next.size + k * known.length);
*/

// %% mutant title="nothing counted is 0 / 0" caught="hidden: nothing counted"
/*
  let end = [...context];
  while (end.length > 0 && !counts.has(end.join(" "))) end = end.slice(1);
  const next = counts.get(end.join(" ")) ?? new Map<string, number>();
  const sum = [...next.values()].reduce((a, b) => a + b, 0);
  return ((next.get(word) ?? 0) + k) / (sum + k * known.length);
*/

// %% mutant title="uses up the context" caught="hidden: the context is unchanged"
/*
  const end = context as string[];
  while (end.length > 0 && !counts.has(end.join(" "))) end.shift();
  const next = counts.get(end.join(" ")) ?? new Map<string, number>();
  const sum = [...next.values()].reduce((a, b) => a + b, 0);
  return sum + k === 0 ? 1 / known.length : ((next.get(word) ?? 0) + k) / (sum + k * known.length);
*/

// %% [markdown]
/*
## Or mix them

There is a second way: never choose a context, but **mix** the answers of all lengths. Half of the belief comes from
the longest context, half of the rest from the next shorter one, and so on.
*/

// %% mix all lengths
function mixed(counts: NGramCounts, context: readonly string[], word: string): number {
  let belief = 1 / V; // what we believe without any text
  for (let length = 0; length <= context.length; length += 1) {
    const next = counts.get(context.slice(context.length - length).join(" "));
    if (!next) continue;
    const sum = [...next.values()].reduce((a, b) => a + b, 0);
    belief = 0.5 * belief + (0.5 * (next.get(word) ?? 0)) / sum;
  }
  return belief;
}
mixed(trigrams, ["sky", "is"], "blue");

// %% measure a model by its length of context
const lossOf = (texts: readonly string[][], n: number) => {
  const counts = countNGrams(sentences, n);
  const steps = texts.flatMap((each) =>
    each
      .slice(1)
      .map((word, place) => mixed(counts, each.slice(Math.max(0, place + 2 - n), place + 1), word)),
  );
  return steps.reduce((sum, p) => sum - Math.log(p), 0) / steps.length;
};

// %% compare lengths of context
const lengths = [1, 2, 3, 4, 5];
for (const n of lengths) {
  const [seen, unseen] = [perplexity(lossOf(sentences, n)), perplexity(lossOf(heldOut, n))];
  console.log(`n = ${n}   counted text ${seen.toFixed(2)}   new text ${unseen.toFixed(2)}`);
}

// %% draw the comparison
groupedBarChart(
  lengths.map((n) => `n = ${n}`),
  [
    { name: "counted text", values: lengths.map((n) => perplexity(lossOf(sentences, n))) },
    { name: "new text", values: lengths.map((n) => perplexity(lossOf(heldOut, n))) },
  ],
  { title: "Longer contexts remember; do they understand?", xLabel: "", yLabel: "Perplexity" },
);

// %% [markdown]
/*
On counted text each longer context helps: the model learns its twenty sentences by heart. On new text one word
of context helps a great deal and a second one a little; then it gets worse again. The gap between the bars has a name,
**overfitting**.
*/

// %% [markdown]
/*
## Text is drawn, not looked up

Generation is sampling: draw a word from the distribution, put it at the end of the context, and ask again, until a
full stop comes. A seed makes it repeatable, as in notebook 00.
*/

// %% draw the next word
function createRandom(seed: number): () => number {
  let state = seed;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let skipped = 0; skipped < 3; skipped += 1) next();
  return next;
}
function draw(distribution: readonly number[], random: () => number): number {
  let rest = random();
  const index = distribution.findIndex((p) => (rest -= p) < 0);
  return index < 0 ? distribution.length - 1 : index;
}
const afterSky = vocabulary.map((word) => mixed(trigrams, ["sky", "is"], word));
const random = createRandom(3);
console.log(Array.from({ length: 8 }, () => vocabulary[draw(afterSky, random)]).join(", "));

// %% exercise id=sample title="Sample from a table" difficulty=3 importance=5 minutes=15 hint="The row of the table that counts is that of the last word in the text so far." hint="Ask `random` exactly once for each word. `draw(row, random)` does that." hint="Two things end the text: the word `stop` has come, or there are `maxWords` new words."
/*
Complete `sampleText`. It starts with the word `start`, and draws each next word from the row of the last one, with
`draw`, until `stop` has been drawn or `maxWords` words have. It gives the drawn words, without `start`, and with `stop`
if it came.

You should see four check marks.
*/
/** Draws words from a bigram table [V, V], one call of `random` for each. */
function sampleText(
  table: readonly (readonly number[])[],
  known: readonly string[],
  { start, stop, maxWords }: { start: string; stop: string; maxWords: number },
  random: () => number,
): string[] {
  // BEGIN SOLUTION
  const drawn: string[] = [];
  while (drawn.length < maxWords && drawn.at(-1) !== stop) {
    const row = table[known.indexOf(drawn.at(-1) ?? start)]!;
    drawn.push(known[draw(row, random)]!);
  }
  return drawn;
  // END SOLUTION
}

// %% tests points=3
const coin = [
  [0, 1, 0, 0],
  [0, 0, 0.5, 0.5],
  [0, 0.9, 0, 0.1],
  [0.25, 0.25, 0.25, 0.25],
];
const coinWords = ["<s>", "on", "off", "."];
const scripted = (...points: number[]) => {
  let calls = 0;
  return () => points[calls++] ?? Number.NaN;
};
const ask = (maxWords: number, ...points: number[]) =>
  sampleText(coin, coinWords, { start: "<s>", stop: ".", maxWords }, scripted(...points));
checkEqual("follows the numbers", ask(10, 0.5, 0.2, 0.3, 0.7), ["on", "off", "on", "."]);
checkEqual("stops at the full stop", ask(10, 0.1, 0.9, 0.2), ["on", "."]);
checkEqual("stops at the limit", ask(3, 0.5, 0.1, 0.1, 0.1), ["on", "off", "on"]);
checkEqual("no words asked for", ask(0, 0.5), []);
// BEGIN HIDDEN TESTS: an unlikely word, another start, one draw a word
checkEqual("hidden: an unlikely word", ask(5, 0.5, 0.4, 0.95), ["on", "off", "."]);
const fromOff = { start: "off", stop: "<s>", maxWords: 4 };
const backwards = sampleText(coin, coinWords, fromOff, scripted(0.99, 0.3, 0.9, 0.1));
checkEqual("hidden: another start and stop", backwards, [".", "on", ".", "<s>"]);
const points = scripted(0.3, 0.3, 0.3, 0.3, 0.77);
sampleText(coin, coinWords, { ...fromOff, stop: "none" }, points);
checkEqual("hidden: one draw a word", points(), 0.77);
// END HIDDEN TESTS

// %% mutant title="always the likeliest word" caught="follows the numbers"
/*
  const drawn: string[] = [];
  while (drawn.length < maxWords && drawn.at(-1) !== stop) {
    random();
    const row = table[known.indexOf(drawn.at(-1) ?? start)]!;
    drawn.push(known[row.indexOf(Math.max(...row))]!);
  }
  return drawn;
*/

// %% mutant title="does not stop" caught="follows the numbers"
/*
  const drawn: string[] = [];
  while (drawn.length < maxWords) {
    drawn.push(known[draw(table[known.indexOf(drawn.at(-1) ?? start)]!, random)]!);
  }
  return drawn;
*/

// %% mutant title="always the row of the start" caught="follows the numbers"
/*
  const drawn: string[] = [];
  while (drawn.length < maxWords && drawn.at(-1) !== stop) {
    drawn.push(known[draw(table[known.indexOf(start)]!, random)]!);
  }
  return drawn;
*/

// %% mutant title="the start is part of the text" caught="follows the numbers"
/*
  const drawn: string[] = [start];
  while (drawn.length <= maxWords && drawn.at(-1) !== stop) {
    drawn.push(known[draw(table[known.indexOf(drawn.at(-1)!)]!, random)]!);
  }
  return drawn;
*/

// %% mutant title="the full stop is left out" caught="follows the numbers"
/*
  const drawn: string[] = [];
  for (let next = start; drawn.length < maxWords; drawn.push(next)) {
    next = known[draw(table[known.indexOf(next)]!, random)]!;
    if (next === stop) break;
  }
  return drawn;
*/

// %% mutant title="draws once more than it needs" caught="hidden: one draw a word"
/*
  const drawn: string[] = [];
  while (drawn.length < maxWords && drawn.at(-1) !== stop) {
    drawn.push(known[draw(table[known.indexOf(drawn.at(-1) ?? start)]!, random)]!);
  }
  random();
  return drawn;
*/

// %% mutant title="a full stop always ends it" caught="hidden: another start and stop"
/*
  const drawn: string[] = [];
  while (drawn.length < maxWords && drawn.at(-1) !== ".") {
    drawn.push(known[draw(table[known.indexOf(drawn.at(-1) ?? start)]!, random)]!);
  }
  return drawn;
*/

// %% [markdown]
/*
What do longer contexts write? The same seed, and the mixed model: first without context, then with one word of it, with
two, with three.
*/

// %% three sentences from each model
for (const n of [1, 2, 3, 4]) {
  const counts = countNGrams(sentences, n);
  const chance = createRandom(11);
  const lines = [1, 2, 3].map(() => {
    const line = ["<s>"];
    while (line.at(-1) !== "." && line.length < 12) {
      const context = n === 1 ? [] : line.slice(1 - n);
      line.push(
        vocabulary[
          draw(
            vocabulary.map((word) => mixed(counts, context, word)),
            chance,
          )
        ]!,
      );
    }
    return line.slice(1).join(" ");
  });
  console.log(`n = ${n}\n  ${lines.join("\n  ")}`);
}

// %% [markdown]
/*
## Why counting is not enough

Tables grow faster than text. A real vocabulary has 50,000 words or more, and five words are a short context.
*/

// %% the size of a table
for (const n of [2, 3, 5]) console.log(`n = ${n}: ${(50_000 ** n).toExponential(1)} numbers`);

// %% [markdown]
/*
No text fills such a table, and none ever will. And a table knows no likeness: what it learnt about “doctor” says
nothing about “nurse”. A neural network computes the same distribution from far fewer numbers, which many words
**share**. That starts in notebook 03.
*/

// %% [markdown]
/*
## What you can now do

- Take a sentence apart by the **chain rule**, and add logarithms instead of multiplying.
- Count a **bigram** or *n*-gram model, smooth it, and let it back off.
- Read a **perplexity**: among how many words does the model seem to choose?
- Say why only held-out text measures a model.
*/

// %% [markdown]
/*
**1. A model has perplexity 12 on a text with a vocabulary of 8,000. What does that say?**

<details><summary>It gets one word in twelve right</summary>Not necessarily: the likeliest word may be right much more
often. Perplexity is about probabilities, not about first places.</details>
<details><summary>It is as unsure as a fair choice among 12</summary>Yes, on average over the words that came.</details>
<details><summary>It knows 12 words</summary>No. It may know all 8,000, and be sure about most places.</details>
*/

// %% [markdown]
/*
**2. Your test text has one word with probability 0, in a million. The perplexity is**

<details><summary>a little higher</summary>No. The logarithm of 0 has no size that an average could dilute.</details>
<details><summary>infinite</summary>Yes. One impossible word is worse than a million unlikely ones.</details>
<details><summary>the vocabulary size</summary>No. That is what a uniform guess has, and it is finite.</details>
*/

// %% [markdown]
/*
**3. Where do you choose the k of add-k?**

<details><summary>On the text that was counted</summary>No. There k = 0 always wins, as the curve shows.</details>
<details><summary>On held-out text</summary>Yes. And report the result on a third text, which chose nothing.</details>
<details><summary>It is always 1</summary>No. With many words, 1 takes most of the belief away from what was
seen.</details>
*/

// %% [markdown]
/*
**4. Why does the 5-gram model do so well on counted text?**

<details><summary>It understands the sentences</summary>No. Look at the other bar.</details>
<details><summary>Most contexts of four words were seen once, with one next word</summary>Yes. It is a list of what
came.</details>
<details><summary>It has more words</summary>No. The vocabulary is the same for each n.</details>
*/

// %% [markdown]
/*
**5. A model writes “the sky is stable .” Is that a mistake?**

<details><summary>Yes, a bug in the sampling</summary>No. It was drawn by its probability, which is not 0.</details>
<details><summary>No; a bigram model may well write it</summary>Yes. It sees “is”, and patients are stable.</details>
<details><summary>It shows that the seed was bad</summary>No. Another seed draws another sentence, from the same
distribution.</details>
*/

// %% [markdown]
/*
**Words of this notebook.** *Token*: a piece of text, here a word. *Context*: the tokens before. *Bigram*: a pair of
neighbours. *Negative log-likelihood*: −log of the probability, in nats. *Perplexity*: exp of its mean. *Smoothing*:
taking belief from the seen for the unseen. *Held-out*: not used to build the model.

**Stretch:** weigh the lengths in `mixed` by something better than one half, chosen on held-out text. How low does the
perplexity get?
*/
