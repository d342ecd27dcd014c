/**
 * Notebook 15: whether a fine-tuned model is better than its base, how sure one can be, and how to publish it.
 *
 * title: Compare, evaluate, publish
 * goal: ask one model twice, with its adapter and without, and get the base back to the last bit
 * goal: score answers by exact match, ROUGE and facts, and know what each of them does not see
 * goal: say how sure a difference is, with a paired bootstrap
 * goal: let a judge grade answers, and find out whether the judge is fair
 * goal: publish an adapter that others can open, with a card that says what it must not be used for
 * reading: 45 minutes
 * running: 25 seconds
 * memory: 0.8 GB
 * needs: clinical fine-tuning (notebook 14), LoRA (notebook 12)
 * graded: nine exercises, 23 points, and a question that a person reads
 * previous: 14, Clinical supervised fine-tuning
 * next: S, The two-hour session
 */

// %% [markdown]
/*
The talk's notebook ends like this. The model is trained and uploaded. Then ten notes go into a menu, the audience types
questions, and two answers appear side by side: base and tuned. Everybody reads, nods, and the session is over.

It is a good demonstration. As an evaluation it has three faults, and this notebook mends them.
*/

// %% setup id=setup
import { ensureBackend as startBackend, PeftModel as OpenedAdapter } from "residency";
import { checkClose, checkEqual } from "residency/exercise";
import { fs as disk, host as machine } from "residency/files";
import { encodeSafetensors as toSafetensors } from "residency/formats";
import { writeFileAtomically as writeWhole } from "residency/hub";
import { pairedBootstrap as bootstrapByLibrary, rouge as rougeByLibrary } from "residency/metrics";
import { initializeWeights as drawWeights, modelFromConfig as buildModel } from "residency/models";

// %% import the charts
import { seededRandom } from "residency/data";
import { groupedBarChart, heatMap, lineChart } from "residency/viz";

// %% [markdown]
/*
## Ten answers, looked at

The first fault: ten. Let us give ourselves what no one has in practice, the truth. Model A is right in 60 % of all
answers, model B in 70 %. We draw ten answers of each, choose the better model, and do that two thousand times.
*/

// %% how often ten answers mislead
const random = seededRandom(15);
const rightOf = (answers: number, share: number) => {
  let right = 0;
  for (let drawn = 0; drawn < answers; drawn += 1) if (random.next() < share) right += 1;
  return right;
};
const misled = (answers: number) => {
  const trials = Array.from({ length: 2000 }, () => rightOf(answers, 0.6) >= rightOf(answers, 0.7));
  return (100 * trials.filter(Boolean).length) / trials.length;
};
console.log(`B is better. Ten answers fail to show it in ${misled(10).toFixed(0)} % of all trials`);

// %% how many answers it takes
const counts = [10, 20, 40, 80, 160, 320, 640];
lineChart([{ name: "misled", x: counts, y: counts.map(misled) }], {
  title: "How often the worse model looks as good or better",
  xLabel: "answers of each model",
  yLabel: "% of trials",
});

// %% [markdown]
/*
The second fault: the eye. It sees style at once and a wrong dose late. The third: typed questions have no reference
answer, so nobody could say what was right.

So we need the same questions for both models, **scores** in place of looks, and an **interval** around every
difference. First, a model to look at.

## A small run

As in notebook 14, only shorter. Each patient is asked one question: eight answers about one note would not be
eight independent ones. Patients of the split `test` were never trained on.
*/

// %% import the library
import { assetPath, AutoModelForCausalLM, AutoTokenizer, generateText, getPeftModel } from "residency";
import { LoraConfig, PeftModel, setBackend, SFTConfig, SFTTrainer } from "residency";
import { absentAnswer, checkAnswer, formatExample, formatPrompt, generatePatients } from "residency/clinical";
import { formatBytes } from "residency/memory";
import { exactMatch, judgePairs, pairedBootstrap, rouge, tokenF1 } from "residency/metrics";

// %% one question a patient
const patients = [...generatePatients({ patients: 1000, length: "short", unanswerable: 0.3 })];
const questionsOf = (split: string, count: number) =>
  patients
    .filter((patient) => patient.split === split)
    .slice(0, count)
    .map(({ note, instructions }, index) => ({ note, ...instructions[index % 8]! }));
const trainRows = questionsOf("train", 240);
const asked = questionsOf("test", 48);
const absentRows = asked.filter(({ facts }) => facts.some(({ kind }) => kind === "absent"));
console.log(`${trainRows.length} questions to train on, ${asked.length} to compare with`);
console.log(`${absentRows.length} of the latter have no answer in the note`);

// %% load the base model output=varies
const engine = await setBackend();
const base = await AutoModelForCausalLM.fromPretrained(assetPath("intern"));
const tokenizer = await AutoTokenizer.fromPretrained(assetPath("intern"));
console.log(engine.name);

// %% an adapter, and the logits before it is trained
const linears = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
const peft = getPeftModel(base, new LoraConfig({ r: 16, loraAlpha: 32, targetModules: linears }));
const prompt = [tokenizer.encode("Dx: pneumonia. Pt was treated with")];
const logitsOf = (model: PeftModel) => {
  const { logits } = model.forward({ inputIds: prompt }); // [1, T, V]
  const values = [...logits.dataSync()];
  logits.dispose();
  return values;
};
const largestDifference = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
const baseLogits = logitsOf(peft);

// %% save it untrained, too: we shall need it
const folder = process.env["RESIDENCY_OUTPUT"] ?? "out/compare";
await peft.savePretrained(`${folder}/results`, { baseModel: "intern" });

// %% train for a moment output=varies
const args = new SFTConfig({
  maxSteps: 60,
  perDeviceTrainBatchSize: 2,
  learningRate: 5e-3,
  lrSchedulerType: "cosine",
  maxLength: 768,
  trainSamplingStrategy: "group_by_length",
  seed: 1,
});
const trainer = new SFTTrainer({ model: peft, tokenizer, trainDataset: trainRows.map(formatExample), args });
const { seconds, trainingLoss } = await trainer.train();
console.log(`${Math.round(seconds)} s, mean loss ${trainingLoss.toFixed(2)}`);

// %% [markdown]
/*
## One model, two behaviours

To compare, we need the base's answers, too. Loading the base a second time works, and costs its whole memory again.
The adapter next to it is small, so it is cheaper to **switch it off** for a moment.
*/

// %% what a second copy would cost output=varies
const { trainable } = peft.parameterCounts();
console.log(`a second base: ${formatBytes(base.root.getMemoryFootprint() - 4 * trainable)}`);
console.log(`the adapter:   ${formatBytes(4 * trainable)}`);

// %% switch it off, and on again output=varies
const tunedLogits = logitsOf(peft);
const withoutAdapter = await peft.disableAdapter(() => logitsOf(peft));
console.log("tuned, against the base:", largestDifference(baseLogits, tunedLogits).toFixed(2));
console.log("off,   against the base:", largestDifference(baseLogits, withoutAdapter));
console.log("on,    against tuned:   ", largestDifference(tunedLogits, logitsOf(peft)));

// %% [markdown]
/*
Two zeros, to the last bit. How is it done? Each layer has a switch. The work lies in putting every switch back,
whatever happens in between.
*/

// %% a layer with a switch
interface SwitchedLayer {
  /** Whether the adapter is added. */
  enabled: boolean;
}

// %% exercise id=adapters-off title="Off, and back again" difficulty=2 importance=4 minutes=10 hint="Remember each layer's switch before you turn it; not every one was on." hint="`try { … } finally { … }` runs its last part also when the first throws." hint="`return await run()`: without `await`, the switches are back before a promise has done its work."
/*
Complete `withAdaptersOff`. While `run` works, no adapter is added. Afterwards every layer is as it was before, also
when `run` throws, and only once its promise is done. You should see four check marks below.
*/
/** Runs something with every adapter off, and gives what it gives. */
async function withAdaptersOff<T>(layers: readonly SwitchedLayer[], run: () => T | Promise<T>): Promise<T> {
  // BEGIN SOLUTION
  const before = layers.map(({ enabled }) => enabled);
  for (const layer of layers) layer.enabled = false;
  try {
    return await run();
  } finally {
    for (const [index, layer] of layers.entries()) layer.enabled = before[index]!;
  }
  // END SOLUTION
}

// %% tests points=2
const network = [
  { enabled: true, weight: 0.1, adapter: 0.7 },
  { enabled: true, weight: -0.3, adapter: 0.2 },
];
const outputOf = (x: number) =>
  network.reduce((sum, layer) => layer.weight * sum + (layer.enabled ? layer.adapter * sum : 0), x);
const adaptedOutput = outputOf(0.7);
checkEqual("off: the base, exactly", await withAdaptersOff(network, () => outputOf(0.7)), -0.3 * (0.1 * 0.7));
const later = async () => {
  await new Promise((done) => setTimeout(done, 5));
  return outputOf(0.7);
};
checkEqual("a promise is waited for", await withAdaptersOff(network, later), -0.3 * (0.1 * 0.7));
checkEqual("on again: as tuned as before", outputOf(0.7), adaptedOutput);
const fails = () => Promise.reject(new Error("out of memory"));
const reason = await withAdaptersOff(network, fails).catch((error: unknown) => (error as Error).message);
checkEqual("on again after an error", [reason, outputOf(0.7)], ["out of memory", adaptedOutput]);
// BEGIN HIDDEN TESTS: a layer that was off
const mixed = [{ enabled: false }, { enabled: true }];
const during = await withAdaptersOff(mixed, () => mixed.map(({ enabled }) => enabled));
checkEqual("hidden: all are off", during, [false, false]);
const afterwards = mixed.map(({ enabled }) => enabled);
checkEqual("hidden: what was off stays off", afterwards, [false, true]);
// END HIDDEN TESTS

// %% mutant title="does not wait" caught="a promise is waited for"
/*
  const before = layers.map(({ enabled }) => enabled);
  for (const layer of layers) layer.enabled = false;
  try {
    return run() as T;
  } finally {
    for (const [index, layer] of layers.entries()) layer.enabled = before[index]!;
  }
*/

// %% mutant title="no finally" caught="on again after an error"
/*
  const before = layers.map(({ enabled }) => enabled);
  for (const layer of layers) layer.enabled = false;
  const result = await run();
  for (const [index, layer] of layers.entries()) layer.enabled = before[index]!;
  return result;
*/

// %% mutant title="turns all of them on" caught="hidden: what was off stays off"
/*
  for (const layer of layers) layer.enabled = false;
  try {
    return await run();
  } finally {
    for (const layer of layers) layer.enabled = true;
  }
*/

// %% mutant title="turns every switch over" caught="hidden: all are off"
/*
  for (const layer of layers) layer.enabled = !layer.enabled;
  try {
    return await run();
  } finally {
    for (const layer of layers) layer.enabled = !layer.enabled;
  }
*/

// %% mutant title="the last layer alone" caught="off: the base, exactly"
/*
  const last = layers.at(-1)!;
  last.enabled = false;
  try {
    return await run();
  } finally {
    last.enabled = true;
  }
*/

// %% mutant title="stays off" caught="on again"
/*
  for (const layer of layers) layer.enabled = false;
  return await run();
*/

// %% [markdown]
/*
Now the answers. Both sides get the same prompts and the same settings, without sampling, so that a second run gives the
same texts.
*/

// %% both answer output=varies
const prompts = asked.map(formatPrompt);
const write = () => generateText(peft, tokenizer, prompts, { maxNewTokens: 32 });
const tunedAnswers = (await write()).map((answer) => answer.trim());
const baseAnswers = (await peft.disableAdapter(write)).map((answer) => answer.trim());
const sideBySide = asked.map(({ question, answer }, i) => {
  const [tuned, untuned] = [tunedAnswers[i]!, baseAnswers[i]!];
  return { question, reference: answer, tuned, base: untuned };
});
sideBySide.slice(0, 6);

// %% [markdown]
/*
## Scores

The strictest score is **exact match**. The wrong way to take it is `===`:
*/

// %% the same answer, written differently
for (const [answer, reference] of [
  ["Aspirin and metoprolol.", "aspirin and metoprolol"],
  ["The drugs are aspirin and metoprolol.", "Aspirin and metoprolol."],
] as const) {
  const [exact, f1] = [exactMatch(answer, reference), tokenF1(answer, reference).toFixed(2)];
  console.log(`=== ${answer === reference}   exact match ${exact}   token F1 ${f1}   ${answer}`);
}

// %% [markdown]
/*
Case, punctuation and articles do not matter to exact match; other words do. **ROUGE** (Lin, 2004) counts what
two texts share. ROUGE-1 counts single words, ROUGE-2 pairs of neighbours. Shared words by those of the prediction is
**precision**, by those of the reference **recall**, and F₁ joins the two.
*/

// %% words, and a score
interface Score {
  precision: number;
  recall: number;
  fmeasure: number;
}
const wordsOf = (text: string) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
/** A score out of three counts; 0 where there is nothing to divide by. */
function scoreOf(common: number, predicted: number, expected: number): Score {
  const [precision, recall] = [common / Math.max(1, predicted), common / Math.max(1, expected)];
  return { precision, recall, fmeasure: common === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}
console.log(wordsOf("Home on day 4, with aspirin."));

// %% exercise id=rouge-n title="ROUGE-N" difficulty=2 importance=4 minutes=12 hint="All runs of n words: one begins at each place from 0 to length − n." hint="Join a run by a space. A comma or nothing could make two different runs equal." hint="Count the runs of the reference in a Map; each match in the prediction uses one of them up."
/*
Complete `rougeN` for runs of *n* words. A run counts as often as **both** texts have it: four times “the” against two
gives two. End with `scoreOf`. You should see five check marks below.
*/
/** ROUGE-N of two lists of words. */
function rougeN(prediction: readonly string[], reference: readonly string[], n: number): Score {
  // BEGIN SOLUTION
  const runsOf = (words: readonly string[]) =>
    words.slice(n - 1).map((_, begin) => words.slice(begin, begin + n).join(" "));
  const left = new Map<string, number>();
  for (const run of runsOf(reference)) left.set(run, (left.get(run) ?? 0) + 1);
  let common = 0;
  for (const run of runsOf(prediction)) {
    const count = left.get(run) ?? 0;
    if (count > 0) common += 1;
    left.set(run, count - 1);
  }
  return scoreOf(common, runsOf(prediction).length, runsOf(reference).length);
  // END SOLUTION
}

// %% tests points=2
const split = (text: string) => text.split(" ").filter((word) => word !== "");
const scored = (predicted: string, expected: string, n: number) => {
  const { precision, recall, fmeasure } = rougeN(split(predicted), split(expected), n);
  return [precision, recall, fmeasure];
};
checkClose("single words", scored("testing", "testing one two", 1), [1, 1 / 3, 0.5]);
checkClose("as often as both have it", scored("the the the the", "the cat the mat", 1), [0.5, 0.5, 0.5]);
checkClose("pairs", scored("home on day 4", "home on hospital day 4", 2), [2 / 3, 0.5, 4 / 7]);
checkClose("nothing at all", [...scored("", "a b", 1), ...scored("a", "", 1)], [0, 0, 0, 0, 0, 0]);
checkClose("shorter than a pair", scored("sepsis", "sepsis", 2), [0, 0, 0]);
// BEGIN HIDDEN TESTS: against the library
checkClose("hidden: two runs are not one", scored("a bc", "ab c", 2), [0, 0, 0]);
const [said, wanted] = ["no fever no pain and no cough today", "today no cough no fever and pain in no leg"];
const { rouge1, rouge2 } = rougeByLibrary(said, wanted);
checkClose("hidden: ROUGE-1", scored(said, wanted, 1), Object.values(rouge1));
checkClose("hidden: ROUGE-2", scored(said, wanted, 2), Object.values(rouge2));
// END HIDDEN TESTS

// %% mutant title="no limit" caught="as often as both have it"
/*
  const runsOf = (words: readonly string[]) => words.slice(n - 1).map((_, begin) => words.slice(begin, begin + n).join(" "));
  const expected = new Set(runsOf(reference));
  const common = runsOf(prediction).filter((run) => expected.has(run)).length;
  return scoreOf(common, runsOf(prediction).length, runsOf(reference).length);
*/

// %% mutant title="each word once" caught="as often as both have it"
/*
  const runsOf = (words: readonly string[]) => [...new Set(words.slice(n - 1).map((_, begin) => words.slice(begin, begin + n).join(" ")))];
  const expected = new Set(runsOf(reference));
  const common = runsOf(prediction).filter((run) => expected.has(run)).length;
  return scoreOf(common, runsOf(prediction).length, runsOf(reference).length);
*/

// %% mutant title="precision and recall exchanged" caught="single words"
/*
  const runsOf = (words: readonly string[]) => words.slice(n - 1).map((_, begin) => words.slice(begin, begin + n).join(" "));
  const left = runsOf(reference);
  let common = 0;
  for (const run of runsOf(prediction)) {
    const place = left.indexOf(run);
    if (place >= 0) common += left.splice(place, 1).length;
  }
  return scoreOf(common, runsOf(reference).length, runsOf(prediction).length);
*/

// %% mutant title="divides by words, not by runs" caught="pairs"
/*
  const runsOf = (words: readonly string[]) => words.slice(n - 1).map((_, begin) => words.slice(begin, begin + n).join(" "));
  const left = runsOf(reference);
  let common = 0;
  for (const run of runsOf(prediction)) {
    const place = left.indexOf(run);
    if (place >= 0) common += left.splice(place, 1).length;
  }
  return scoreOf(common, prediction.length, reference.length);
*/

// %% mutant title="nothing divided by nothing" caught="nothing at all"
/*
  const runsOf = (words: readonly string[]) => words.slice(n - 1).map((_, begin) => words.slice(begin, begin + n).join(" "));
  const left = runsOf(reference);
  let common = 0;
  for (const run of runsOf(prediction)) {
    const place = left.indexOf(run);
    if (place >= 0) common += left.splice(place, 1).length;
  }
  const [precision, recall] = [common / runsOf(prediction).length, common / runsOf(reference).length];
  return { precision, recall, fmeasure: (2 * precision * recall) / (precision + recall) };
*/

// %% mutant title="joined by nothing" caught="hidden: two runs are not one"
/*
  const runsOf = (words: readonly string[]) => words.slice(n - 1).map((_, begin) => words.slice(begin, begin + n).join(""));
  const left = runsOf(reference);
  let common = 0;
  for (const run of runsOf(prediction)) {
    const place = left.indexOf(run);
    if (place >= 0) common += left.splice(place, 1).length;
  }
  return scoreOf(common, runsOf(prediction).length, runsOf(reference).length);
*/

// %% mutant title="the last run is missing" caught="single words"
/*
  const runsOf = (words: readonly string[]) => words.slice(n).map((_, begin) => words.slice(begin, begin + n).join(" "));
  const left = runsOf(reference);
  let common = 0;
  for (const run of runsOf(prediction)) {
    const place = left.indexOf(run);
    if (place >= 0) common += left.splice(place, 1).length;
  }
  return scoreOf(common, runsOf(prediction).length, runsOf(reference).length);
*/

// %% [markdown]
/*
ROUGE-1 does not see order, and pairs break at every inserted word. **ROUGE-L** looks for the **longest common
subsequence**: words that both texts have in the same order, with gaps allowed. A table finds it. Each field is the
longest for the words so far; equal words extend the field up and to the left.
*/

// %% draw the table
const [acrossWords, downWords] = [wordsOf("home on day 4 on aspirin"), wordsOf("on hospital day 4 home")];
const lengths = [acrossWords.map(() => 0).concat(0)]; // [down + 1, across + 1]
for (const [i, word] of downWords.entries()) {
  const line = [0];
  for (const [j, other] of acrossWords.entries()) {
    line.push(word === other ? lengths[i]![j]! + 1 : Math.max(line[j]!, lengths[i]![j + 1]!));
  }
  lengths.push(line);
}
heatMap(
  lengths.slice(1).map((line) => line.slice(1)),
  { title: "Longest common subsequence", rows: downWords.map((word, i) => `${i + 1} ${word}`), columns: acrossWords.map((word, j) => `${j + 1} ${word}`), digits: 0, xLabel: "", yLabel: "" },
);

// %% exercise id=rouge-l title="ROUGE-L" difficulty=3 importance=3 minutes=15 hint="Walk through the prediction; keep one row of the table, with a zero in front." hint="Equal words: one more than the field up and to the left. Different ones: the larger of left and above." hint="With one row only, the field up and to the left is overwritten: keep its old value in a variable."
/*
Complete `rougeL`: the length of the longest common subsequence, then `scoreOf`. Where several subsequences are equally
long, the length is the same. You should see five check marks below.
*/
/** ROUGE-L of two lists of words. */
function rougeL(prediction: readonly string[], reference: readonly string[]): Score {
  // BEGIN SOLUTION
  const row = new Array<number>(reference.length + 1).fill(0);
  for (const word of prediction) {
    let diagonal = 0;
    for (let j = 1; j <= reference.length; j += 1) {
      const above = row[j]!;
      row[j] = word === reference[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1]!);
      diagonal = above;
    }
  }
  return scoreOf(row.at(-1)!, prediction.length, reference.length);
  // END SOLUTION
}

// %% tests points=3
const words = (text: string) => text.split(" ").filter((word) => word !== "");
const longest = (predicted: string, expected: string) => {
  const { precision, recall, fmeasure } = rougeL(words(predicted), words(expected));
  return [precision, recall, fmeasure];
};
checkClose("gaps are allowed", longest("home on day 4", "home on hospital day 4"), [1, 0.8, 8 / 9]);
checkClose("order counts", longest("fever no", "no fever"), [0.5, 0.5, 0.5]);
checkClose("two that are equally long", longest("b a c", "a b c"), [2 / 3, 2 / 3, 2 / 3]);
checkClose("the first match is not the best", longest("d a b c", "a b c d"), [0.75, 0.75, 0.75]);
checkClose("nothing at all", [...longest("", "a"), ...longest("", "")], [0, 0, 0, 0, 0, 0]);
// BEGIN HIDDEN TESTS: against the library, and long texts
const [told, asIs] = ["a b a c a d e a b", "b a c c d a b a e"];
checkClose("hidden: like the library", longest(told, asIs), Object.values(rougeByLibrary(told, asIs).rougeL));
const long = Array.from({ length: 800 }, (_, i) => `w${(i * i) % 97}`).join(" ");
const turned = long.split(" ").reverse().join(" ");
const byLibrary = Object.values(rougeByLibrary(turned, long).rougeL);
checkClose("hidden: long texts", longest(turned, long), byLibrary);
// END HIDDEN TESTS

// %% mutant title="takes the first match" caught="the first match is not the best"
/*
  let [common, from] = [0, 0];
  for (const word of prediction) {
    const place = reference.indexOf(word, from);
    if (place < 0) continue;
    common += 1;
    from = place + 1;
  }
  return scoreOf(common, prediction.length, reference.length);
*/

// %% mutant title="without gaps" caught="gaps are allowed"
/*
  let longestRun = 0;
  for (let i = 0; i < prediction.length; i += 1)
    for (let j = 0; j < reference.length; j += 1) {
      let length = 0;
      while (i + length < prediction.length && prediction[i + length] === reference[j + length]) length += 1;
      longestRun = Math.max(longestRun, length);
    }
  return scoreOf(longestRun, prediction.length, reference.length);
*/

// %% mutant title="without order" caught="order counts"
/*
  const left = [...reference];
  let common = 0;
  for (const word of prediction) {
    const place = left.indexOf(word);
    if (place >= 0) common += left.splice(place, 1).length;
  }
  return scoreOf(common, prediction.length, reference.length);
*/

// %% mutant title="the field on the left" caught="hidden: like the library"
/*
  const row = new Array<number>(reference.length + 1).fill(0);
  for (const word of prediction)
    for (let j = 1; j <= reference.length; j += 1)
      row[j] = word === reference[j - 1] ? row[j - 1]! + 1 : Math.max(row[j]!, row[j - 1]!);
  return scoreOf(row.at(-1)!, prediction.length, reference.length);
*/

// %% mutant title="the field above alone" caught="gaps are allowed"
/*
  const row = new Array<number>(reference.length + 1).fill(0);
  for (const word of prediction) {
    let diagonal = 0;
    for (let j = 1; j <= reference.length; j += 1) {
      const above = row[j]!;
      row[j] = word === reference[j - 1] ? diagonal + 1 : above;
      diagonal = above;
    }
  }
  return scoreOf(row.at(-1)!, prediction.length, reference.length);
*/

// %% [markdown]
/*
## What words do not see

A score of shared words is high where most words are right, and in medicine one word is the difference.
*/

// %% one word, and another alphabet
const blind = [
  ["The patient was not given heparin.", "The patient was given heparin."],
  ["Metoprolol 50 mg twice daily.", "Metoprolol 5 mg twice daily."],
  ["폐렴", "폐렴"],
] as const;
for (const [answer, reference] of blind) {
  console.log(`ROUGE-L ${rouge(answer, reference).rougeL.fmeasure.toFixed(2)}   ${answer} | ${reference}`);
}

// %% [markdown]
/*
The last line is “pneumonia” against itself. ROUGE's classic tokenizer knows a to z and digits, so for Korean it sees
nothing; count morphemes or characters there.

Our corpus knows each answer's **facts**, and `checkAnswer` looks for them: is every one stated, and nothing contrary?
*/

// %% the same sentence, by its facts
const row = {
  note: "Meds at discharge: metoprolol 5 mg PO BID",
  question: "What is the dose of metoprolol?",
  facts: [{ kind: "value", value: "5", unit: "mg" }] as const,
};
for (const answer of ["Five milligrams.", "Metoprolol 50 mg twice daily."]) {
  console.log(answer, checkAnswer("Relation Extraction", row, answer).faults);
}

// %% score both models output=varies
type Asked = (typeof asked)[number];
const scorers: Readonly<Record<string, (answer: string, row: Asked) => number>> = {
  "exact match": (answer, { answer: reference }) => exactMatch(answer, reference),
  "token F1": (answer, { answer: reference }) => tokenF1(answer, reference),
  "ROUGE-L": (answer, { answer: reference }) => rouge(answer, reference).rougeL.fmeasure,
  "facts right": (answer, question) => Number(checkAnswer(question.task, question, answer).correct),
};
const scoresOf = (answers: readonly string[], name: string) =>
  answers.map((answer, i) => scorers[name]!(answer, asked[i]!)); // [48]
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const names = Object.keys(scorers);
const bars = [baseAnswers, tunedAnswers].map((answers) => names.map((name) => mean(scoresOf(answers, name))));
const series = ["base", "tuned"].map((name, i) => ({ name, values: bars[i]! }));
groupedBarChart(names, series, { title: `${asked.length} answers`, xLabel: "", yLabel: "mean score" });

// %% [markdown]
/*
## Questions without an answer

Some notes do not say what is asked. The right answer is then: “The note does not say.” Count those questions alone, and
the best model is one that always declines. So count both sides.
*/

// %% who declines, and when output=varies
const declines = (answer: string) => exactMatch(answer, absentAnswer) === 1;
const always = asked.map(() => absentAnswer);
Object.entries({ base: baseAnswers, tuned: tunedAnswers, "always declines": always }).map(([model, answers]) => {
  const declined = asked.filter((_, i) => declines(answers[i]!));
  const rightly = declined.filter((question) => absentRows.includes(question)).length;
  return {
    model,
    "declined, rightly": `${rightly} of ${absentRows.length}`,
    "declined, wrongly": `${declined.length - rightly} of ${asked.length - absentRows.length}`,
  };
});

// %% [markdown]
/*
## Is the difference real?

We have one set of questions; another would have given other means. The **bootstrap** (Efron and Tibshirani, 1993)
imagines other sets: draw as many answers from ours, **with replacement**, and take the mean again, a thousand times. The
middle 95 % are the interval.

The wrong way is to draw for each model by itself:
*/

// %% two intervals that overlap
const hardness = Array.from({ length: 60 }, () => random.next()); // one number a question
const plain = hardness.map((ease) => 0.8 * ease);
const better = plain.map((score) => score + 0.04 + 0.04 * random.next());
const made = pairedBootstrap(plain, better);
const shown = (interval: readonly number[]) => interval.map((end) => end.toFixed(3)).join(" to ");
console.log("model A:   ", shown(made.baselineInterval));
console.log("model B:   ", shown(made.systemInterval));
console.log("difference:", shown(made.differenceInterval));

// %% [markdown]
/*
The first two overlap, although B is better at **every** question. They are wide since questions differ: some are easy for
both. The third is **paired**: each drawn question brings both of its scores, and what they share cancels.
*/

// %% a percentile, as numpy takes it
/** The value below which a share of sorted values lies, between two neighbours in a straight line. */
function percentile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
}
percentile([1, 2, 3, 4], 0.5);

// %% exercise id=bootstrap title="A paired bootstrap" difficulty=3 importance=5 minutes=15 hint="One resample: draw as many places as there are questions, each by `random.int(count)`, and take both scores from the same place." hint="The interval of 95 % leaves 2.5 % out on either side." hint="Sort numbers by `(a, b) => a - b`; without it, they are sorted as text."
/*
Complete `bootstrapInterval`: the interval of *system − baseline*. For each resample draw one place for each question by
`random.int`, one after the other. Lists of different lengths, or empty ones, are a `RangeError`.

You should see five check marks below.
*/
/** The interval of the mean difference of paired scores. */
function bootstrapInterval(
  baseline: readonly number[],
  system: readonly number[],
  options: { resamples: number; confidence: number; random: { int(bound: number): number } },
): [lower: number, upper: number] {
  // BEGIN SOLUTION
  const { resamples, confidence, random: draw } = options;
  const count = baseline.length;
  if (count === 0 || system.length !== count) throw new RangeError("Give one score of each for every question");
  const differences = Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < count; drawn += 1) {
      const place = draw.int(count);
      sum += system[place]! - baseline[place]!;
    }
    return sum / count;
  }).sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return [percentile(differences, tail), percentile(differences, 1 - tail)];
  // END SOLUTION
}

// %% tests points=3
/** Random whole numbers, the same for the same seed (Lehmer's generator). */
const dice = (seed: number) => {
  let state = seed;
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return { int: (bound: number) => Math.floor(next() * bound) };
};
const spread = Array.from({ length: 40 }, (_, i) => ((i * 7) % 11) / 10);
const settings = (seed: number) => ({ resamples: 400, confidence: 0.9, random: dice(seed) });
const lifted = spread.map((score) => score + 0.25);
const constant = bootstrapInterval(spread, lifted, settings(1));
checkClose("always better by the same: no width", constant, [0.25, 0.25], 1e-9);
const other = spread.map((score, i) => score + ((i * 5) % 13) / 20 - 0.2);
const found = bootstrapInterval(spread, other, settings(2));
checkClose("around the difference", (found[0] + found[1]) / 2, 0.0975, 0.01);
checkClose("as wide as 90 % are", found[1] - found[0], 0.098, 0.016);
const swappedRoles = bootstrapInterval(other, spread, settings(2));
checkClose("the other way round", swappedRoles, [-found[1], -found[0]], 1e-9);
const refuses = (a: number[], b: number[]) => {
  try {
    return String(bootstrapInterval(a, b, settings(1)));
  } catch (error) {
    return error instanceof RangeError;
  }
};
checkEqual("lists that do not fit", [refuses([1, 2], [1]), refuses([], [])], [true, true]);

// %% tests id=bootstrap-library points=1
const [weaker, stronger] = [[0, 1, 0, 1, 0, 0.5, 1, 0], [1, 1, 0, 0.5, 1, 0.5, 1, 1]];
const draws: number[] = [];
for (let seed = 1; seed <= 3000; seed += 1) draws.push(((seed * 16_807) % 2_147_483_647) / 2_147_483_647);
const replay = { int: (bound: number) => Math.floor(draws.shift()! * bound) };
const few = bootstrapInterval(weaker, stronger, { resamples: 300, confidence: 0.95, random: replay });
checkEqual("as many draws as questions", draws.length, 600);
const { differenceInterval } = bootstrapByLibrary(weaker, stronger);
checkClose("about the library's", few, [...differenceInterval], 0.13);

// %% mutant title="draws for each model by itself" caught="always better by the same: no width"
/*
  const { resamples, confidence, random: draw } = options;
  const count = baseline.length;
  if (count === 0 || system.length !== count) throw new RangeError("Give one score of each for every question");
  const meanOf = (scores: readonly number[]) => scores.reduce((sum) => sum + scores[draw.int(count)]!, 0) / count;
  const differences = Array.from({ length: resamples }, () => meanOf(system) - meanOf(baseline)).sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return [percentile(differences, tail), percentile(differences, 1 - tail)];
*/

// %% mutant title="leaves 10 % out on either side" caught="as wide as 90 % are"
/*
  const { resamples, confidence, random: draw } = options;
  const count = baseline.length;
  if (count === 0 || system.length !== count) throw new RangeError("Give one score of each for every question");
  const gains = system.map((score, i) => score - baseline[i]!);
  const differences = Array.from({ length: resamples }, () => gains.reduce((sum) => sum + gains[draw.int(count)]!, 0) / count).sort((a, b) => a - b);
  return [percentile(differences, 1 - confidence), percentile(differences, confidence)];
*/

// %% mutant title="single questions in place of means" caught="as wide as 90 % are"
/*
  const { resamples, confidence, random: draw } = options;
  const count = baseline.length;
  if (count === 0 || system.length !== count) throw new RangeError("Give one score of each for every question");
  const gains = system.map((score, i) => score - baseline[i]!);
  const differences = Array.from({ length: resamples }, () => gains[draw.int(count)]!).sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return [percentile(differences, tail), percentile(differences, 1 - tail)];
*/

// %% mutant title="without replacement" caught="as wide as 90 % are"
/*
  const { resamples, confidence, random: draw } = options;
  const count = baseline.length;
  if (count === 0 || system.length !== count) throw new RangeError("Give one score of each for every question");
  const gains = system.map((score, i) => score - baseline[i]!);
  const differences = Array.from({ length: resamples }, () => {
    const left = [...gains];
    return gains.reduce((sum) => sum + left.splice(draw.int(left.length), 1)[0]!, 0) / count;
  }).sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return [percentile(differences, tail), percentile(differences, 1 - tail)];
*/

// %% mutant title="baseline minus system" caught="always better by the same: no width"
/*
  const { resamples, confidence, random: draw } = options;
  const count = baseline.length;
  if (count === 0 || system.length !== count) throw new RangeError("Give one score of each for every question");
  const gains = system.map((score, i) => baseline[i]! - score);
  const differences = Array.from({ length: resamples }, () => gains.reduce((sum) => sum + gains[draw.int(count)]!, 0) / count).sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return [percentile(differences, tail), percentile(differences, 1 - tail)];
*/

// %% mutant title="any lists fit" caught="lists that do not fit"
/*
  const { resamples, confidence, random: draw } = options;
  const count = baseline.length;
  const gains = system.map((score, i) => score - baseline[i]!);
  const differences = Array.from({ length: resamples }, () => gains.reduce((sum) => sum + gains[draw.int(count)]!, 0) / count).sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return [percentile(differences, tail), percentile(differences, 1 - tail)];
*/

// %% mutant title="half as many draws" caught="as wide as 90 % are"
/*
  const { resamples, confidence, random: draw } = options;
  const count = baseline.length;
  if (count === 0 || system.length !== count) throw new RangeError("Give one score of each for every question");
  const gains = system.map((score, i) => score - baseline[i]!).slice(0);
  const half = gains.filter((_, i) => i % 2 === 0);
  const differences = Array.from({ length: resamples }, () => half.reduce((sum) => sum + gains[draw.int(count)]!, 0) / half.length).sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return [percentile(differences, tail), percentile(differences, 1 - tail)];
*/

// %% tuned against base, answer after answer output=varies
const sofar = [6, 12, 24, 48].filter((count) => count <= asked.length);
const intervals = sofar.map((count) => {
  const [untuned, tuned] = [baseAnswers, tunedAnswers].map((answers) => scoresOf(answers, "ROUGE-L").slice(0, count));
  return pairedBootstrap(untuned!, tuned!);
});
const { difference, differenceInterval: interval, pValue } = intervals.at(-1)!;
console.log(`ROUGE-L: ${difference.toFixed(3)}, 95 % from ${shown(interval)}, p = ${pValue.toFixed(3)}`);
const ends = ["lower", "upper"].map((name, end) => {
  return { name, x: sofar, y: intervals.map(({ differenceInterval: both }) => both[end as 0 | 1]) };
});
lineChart(ends, { title: "The interval of tuned − base", xLabel: "answers", yLabel: "ROUGE-L" });

// %% [markdown]
/*
An interval above zero says: on other questions **of this kind** tuned would most likely win, too. It says nothing about
other hospitals, other languages, or whether winning is enough.
*/
