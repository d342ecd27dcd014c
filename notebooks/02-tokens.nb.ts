/**
 * Notebook 02: tokens, from bytes to byte-pair encoding, with special tokens, Korean, and text that streams.
 *
 * title: Tokens
 * goal: say what a model reads instead of letters, and why
 * goal: train byte-pair encoding by hand, and encode and decode any text with it
 * goal: keep what a user types apart from the special tokens of a model
 * goal: measure what a language costs in tokens, Korean beside English
 * goal: show text while it arrives, without half a character
 * reading: 30 minutes
 * running: 10 seconds
 * memory: 0.3 GB
 * needs: notebook 01 for probability; no Korean
 * graded: three exercises, 11 points
 * previous: notebook 01, a language model is a probability distribution
 * next: notebook 03, next-token prediction
 */

// %% [markdown]
/*
In notebook 01 a token was a word. That broke at once: a word that was never counted had no number. A model of a
hospital's notes meets such words on every line, names of drugs, typing errors, “HbA1c”.

What else could a token be? Let us take text apart until nothing is left to take apart.
*/

// %% setup id=setup
import { checkEqual } from "residency/exercise";

// %% import the charts
import { barChart, groupedBarChart, lineChart } from "residency/viz";

// %% [markdown]
/*
## Words: too many, and never enough
*/

// %% the wrong thing: a list of words
const wordList = new Set("the patient has pain in the chest".split(" "));
const note = "the patient has painn in the thorax";
note.split(" ").map((word) => (wordList.has(word) ? word : "<unknown>"));

// %% [markdown]
/*
A typing error and a word of the trade, and the meaning is gone. No list is long enough.

Letters, then? There are few of them, if English is all you read. Unicode 16 has 154,998 characters. And what looks
like one character may be several.
*/

// %% one character, or not?
const looks = ["e", "\u00e9", "e\u0301", "한", "🙂", "👩‍⚕️"];
looks.map((character) => ({
  character,
  "code points": Array.from(character).length,
  bytes: new TextEncoder().encode(character).length,
}));

// %% [markdown]
/*
The second and the third look the same, and are not: one is a letter of its own, the other an “e” and an accent behind
it. The health worker at the end is a woman, a staff, and two invisible signs: one glues the two together, the other asks
for a coloured picture.
*/

// %% [markdown]
/*
## Bytes: 256, and always enough

A computer stores every text as **bytes**, numbers from 0 to 255, by a rule called UTF-8. So 256 tokens spell
everything that was ever typed. Nothing is unknown.
*/

// %% text to bytes and back
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const skyBytes = encoder.encode("The sky is blue.");
console.log(skyBytes.join(" "));
console.log(decoder.decode(skyBytes));

// %% [markdown]
/*
English letters take one byte each. A syllable of Hangul takes three, and an emoji four. The first byte says how many
will follow.
*/

// %% look at the bits
for (const character of ["T", "é", "한", "🙂"]) {
  const bits = Array.from(encoder.encode(character), (byte) => byte.toString(2).padStart(8, "0"));
  console.log(character, " ", bits.join(" "));
}

// %% [markdown]
/*
A byte that begins with 0 stands alone. `110`, `1110` and `11110` begin a character of two, three and four bytes. `10`
goes on with one. What happens if we cut in the middle?
*/

// %% the wrong thing: cut between two bytes
const hangul = encoder.encode("한");
console.log(decoder.decode(hangul.slice(0, 2)), decoder.decode(hangul.slice(2)));

// %% [markdown]
/*
`�` is the sign for “this was no text”. Remember it: it comes back at the end of this notebook.

Bytes have one fault. Texts become long, and a model's work grows with length. We want fewer tokens, and still no
unknown ones.
*/

// %% [markdown]
/*
## Glue what often stands together

**Byte-pair encoding** begins with single characters, and does one thing again and again: find the pair of neighbours
that is most frequent, and make it one token. Here is a corpus of ten words.
*/

// %% ten words
const corpus = ["low", "low", "low", "lower", "lower", "newer", "newer", "newer", "wider", "wider"];
let pieces = corpus.map((word) => word.split("")); // single characters
pieces.map((word) => word.join("·")).join("  ");

// %% count the pairs
function countPairs(words: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) {
    for (let place = 1; place < word.length; place += 1) {
      const pair = `${word[place - 1]!} ${word[place]!}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
  }
  return counts;
}
const firstCounts = Object.fromEntries([...countPairs(pieces)].sort(([, a], [, b]) => b - a));
barChart(firstCounts, { title: "Neighbours in ten words", xLabel: "Pair", yLabel: "Count" });

// %% [markdown]
/*
“e r” wins, with 7. Every word that holds the two gets them as one piece. From now on “er” is a token like any other,
and can be glued again.
*/

// %% glue one pair
function mergePair(word: readonly string[], left: string, right: string): string[] {
  const merged: string[] = [];
  for (let place = 0; place < word.length; place += 1) {
    const fits = word[place] === left && word[place + 1] === right;
    merged.push(fits ? left + right : word[place]!);
    if (fits) place += 1;
  }
  return merged;
}
pieces = pieces.map((word) => mergePair(word, "e", "r"));
pieces.map((word) => word.join("·")).join("  ");

// %% the next round
[...countPairs(pieces)].sort(([, a], [, b]) => b - a).slice(0, 4);

// %% [markdown]
/*
Three pairs are at the top with the same count. Somebody must decide, and always in the same way, or two people who train
on the same text get two vocabularies. Our rule: of equal counts, the pair that comes first in the alphabet.
*/

// %% exercise id=merges title="The merges of a toy corpus" difficulty=3 importance=5 minutes=20 hint="A round: count with `countPairs`, choose, glue in all words with `mergePair`, write the pair down." hint="To choose, sort by count downwards and, where counts are equal, by the pair itself: `a < b ? -1 : 1`." hint="Stop when the best pair was seen only once, or when there is none."
/*
Complete `trainMerges`: the first `count` merges of a corpus of words, each as `[left, right]`. Of equal counts take
the pair `left right` that comes first in the alphabet. A pair that occurs only once is not worth a token: when no
other is left, stop early.

You should see five check marks; the second merge of our ten words is `l o`.
*/
/** The merges that byte-pair encoding learns from words, in order. */
function trainMerges(words: readonly string[], count: number): [string, string][] {
  // BEGIN SOLUTION
  let current = words.map((word) => word.split(""));
  const merges: [string, string][] = [];
  while (merges.length < count) {
    const ranked = [...countPairs(current)].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const best = ranked[0];
    if (!best || best[1] < 2) break;
    const [left = "", right = ""] = best[0].split(" ");
    merges.push([left, right]);
    current = current.map((word) => mergePair(word, left, right));
  }
  return merges;
  // END SOLUTION
}

// %% tests points=4
checkEqual("the first merge of the ten words", trainMerges(corpus, 1), [["e", "r"]]);
checkEqual("the first three", trainMerges(corpus, 3), [
  ["e", "r"],
  ["l", "o"],
  ["lo", "w"],
]);
checkEqual("frequent words count more", trainMerges(["ab", "ab", "ab", "cd", "cde"], 1), [["a", "b"]]);
checkEqual("no merge of no words", trainMerges([], 5), []);
checkEqual("pairs that occur once are left", trainMerges(["ab", "cd"], 5), []);
// BEGIN HIDDEN TESTS: ties, repeated letters, words stay apart, how many merges there are in all
checkEqual("hidden: words stay apart", trainMerges(["x", "y", "x", "y", "x", "y", "pq", "pq"], 1), [
  ["p", "q"],
]);
checkEqual("hidden: a tie", trainMerges(["ba", "ab", "ba", "ab"], 1), [["a", "b"]]);
checkEqual("hidden: repeated letters", trainMerges(["aaaa", "aaaa"], 2), [
  ["a", "a"],
  ["aa", "aa"],
]);
const lastMerges = trainMerges(corpus, 99).slice(-3);
checkEqual("hidden: the last merges of the ten words", lastMerges, [
  ["i", "der"],
  ["low", "er"],
  ["w", "ider"],
]);
// END HIDDEN TESTS

// %% mutant title="ties go to the later pair" caught="the first three"
/*
  let current = words.map((word) => word.split(""));
  const merges: [string, string][] = [];
  while (merges.length < count) {
    const best = [...countPairs(current)].sort(([a, m], [b, n]) => n - m || (a < b ? 1 : -1))[0];
    if (!best || best[1] < 2) break;
    const [left = "", right = ""] = best[0].split(" ");
    merges.push([left, right]);
    current = current.map((word) => mergePair(word, left, right));
  }
  return merges;
*/

// %% mutant title="merges pairs that occur once" caught="pairs that occur once are left"
/*
  let current = words.map((word) => word.split(""));
  const merges: [string, string][] = [];
  while (merges.length < count) {
    const best = [...countPairs(current)].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0];
    if (!best) break;
    const [left = "", right = ""] = best[0].split(" ");
    merges.push([left, right]);
    current = current.map((word) => mergePair(word, left, right));
  }
  return merges;
*/

// %% mutant title="counts once, and never again" caught="the first three"
/*
  return [...countPairs(words.map((word) => word.split("")))]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .filter(([, n]) => n > 1)
    .slice(0, count)
    .map(([pair]) => pair.split(" ") as [string, string]);
*/

// %% mutant title="counts each word once" caught="frequent words count more"
/*
  let current = [...new Set(words)].map((word) => word.split(""));
  const merges: [string, string][] = [];
  while (merges.length < count) {
    const best = [...countPairs(current)].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0];
    if (!best || best[1] < 2) break;
    const [left = "", right = ""] = best[0].split(" ");
    merges.push([left, right]);
    current = current.map((word) => mergePair(word, left, right));
  }
  return merges;
*/

// %% mutant title="ties go to the pair that was met first" caught="hidden: a tie"
/*
  let current = words.map((word) => word.split(""));
  const merges: [string, string][] = [];
  while (merges.length < count) {
    const best = [...countPairs(current)].sort(([, m], [, n]) => n - m)[0];
    if (!best || best[1] < 2) break;
    const [left = "", right = ""] = best[0].split(" ");
    merges.push([left, right]);
    current = current.map((word) => mergePair(word, left, right));
  }
  return merges;
*/

// %% mutant title="glues all words into one" caught="hidden: words stay apart"
/*
  let current = [words.join("").split("")];
  const merges: [string, string][] = [];
  while (merges.length < count) {
    const best = [...countPairs(current)].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0];
    if (!best || best[1] < 2) break;
    const [left = "", right = ""] = best[0].split(" ");
    merges.push([left, right]);
    current = current.map((word) => mergePair(word, left, right));
  }
  return merges;
*/

// %% [markdown]
/*
## Encoding: the same merges, in the same order

The list of merges **is** the tokenizer. To encode a new word, begin with its characters, and apply the merges in the
order in which they were learnt. With three of them:
*/

// %% encode words that were never seen
const learnt: [string, string][] = [
  ["e", "r"],
  ["l", "o"],
  ["lo", "w"],
];
for (const word of ["lower", "slower", "flow", "tower"]) {
  let parts = word.split("");
  for (const [left, right] of learnt) parts = mergePair(parts, left, right);
  console.log(word.padEnd(7), "→", parts.join(" · "));
}

// %% [markdown]
/*
None of the last three was in the corpus, and none is unknown. What is common becomes short, and what is rare falls
into pieces, down to single characters. A real tokenizer begins with **bytes** instead, so that there is nothing it
cannot spell.
*/

// %% [markdown]
/*
Each token gets a number, its **id**: 0 to 255 are the bytes, 256 is the first merge, 257 the second. A merge is then a
pair of ids. Here 256 is “l” and “o”, and 257 is 256 and “w”.
*/

// %% merges as pairs of ids
const byteMerges: [number, number][] = [
  [108, 111], // "l" "o" → 256
  [256, 119], // "lo" "w" → 257
  [101, 114], // "e" "r" → 258
];
const spelling = new Map<number, number[]>(Array.from({ length: 256 }, (_, byte) => [byte, [byte]]));
byteMerges.forEach(([left, right], index) => {
  spelling.set(256 + index, [...spelling.get(left)!, ...spelling.get(right)!]);
});
for (const id of [256, 257, 258]) console.log(id, decoder.decode(new Uint8Array(spelling.get(id)!)));

// %% glue ids
function glue(ids: readonly number[], [left, right]: readonly [number, number], merged: number): number[] {
  const glued: number[] = [];
  for (let place = 0; place < ids.length; place += 1) {
    const fits = ids[place] === left && ids[place + 1] === right;
    glued.push(fits ? merged : ids[place]!);
    if (fits) place += 1;
  }
  return glued;
}
glue([115, 108, 111, 119], byteMerges[0]!, 256);

// %% exercise id=round-trip title="Decode what was encoded" difficulty=4 importance=5 minutes=25 hint="`encode`: from the bytes of the text, for each merge in order, `glue` does one of them: merge *i* makes the id 256 + *i*." hint="`decode`: put the bytes of **all** ids into one list first, and make text of it at the end. A character may be spread over several tokens." hint="`new TextDecoder(\"utf-8\", { ignoreBOM: true })` keeps a byte order mark at the start of a text; without it, the mark is swallowed."
/*
Complete `byteTokenizer`. `encode` takes the UTF-8 bytes of a text and applies the merges in order; merge *i* makes the
id 256 + *i*. `decode` goes back. For **every** text, `decode(encode(text))` is that text, whatever language it is in,
and whatever the merges are.

You should see five check marks.
*/
/** A byte-level tokenizer by its merges, pairs of ids; merge i has the id 256 + i. */
function byteTokenizer(merges: readonly (readonly [number, number])[]): {
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
} {
  // BEGIN SOLUTION
  const bytesOf = (id: number): number[] => {
    const merge = merges[id - 256];
    return merge ? [...bytesOf(merge[0]), ...bytesOf(merge[1])] : [id];
  };
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    encode: (text) =>
      merges.reduce(
        (ids, merge, index) => glue(ids, merge, 256 + index),
        Array.from(new TextEncoder().encode(text)),
      ),
    decode: (ids) => decoder.decode(new Uint8Array(ids.flatMap(bytesOf))),
  };
  // END SOLUTION
}

// %% tests points=4
const mergesOf = (...ids: number[]): [number, number][] =>
  Array.from({ length: ids.length / 2 }, (_, index) => [ids[2 * index]!, ids[2 * index + 1]!]);
const plainBytes = byteTokenizer([]);
const lowMerges = byteTokenizer(mergesOf(108, 111, 256, 119, 101, 114));
checkEqual("bytes when there are no merges", plainBytes.encode("hi!"), [104, 105, 33]);
checkEqual("merges in order", lowMerges.encode("lower slow"), [257, 258, 32, 115, 257]);
checkEqual("ids to text", lowMerges.decode([257, 258]), "lower");
checkEqual("there and back", lowMerges.decode(lowMerges.encode("The lowest sky.")), "The lowest sky.");
checkEqual("the empty text", [plainBytes.encode(""), plainBytes.decode([])], [[], ""]);
// BEGIN HIDDEN TESTS: Hangul, emoji, accents, a merge inside a character, repeated letters, the order of merges
const insideHangul = byteTokenizer(mergesOf(0xed, 0x95, 0x9c, 0xea));
const hardTexts = ["환자는 안정적이다.", "🙂👩‍⚕️", "caf\u00e9, cafe\u0301\n\t\u0000", "\uFEFFmark"];
for (const text of hardTexts) {
  for (const tokenizer of [plainBytes, lowMerges, insideHangul]) {
    checkEqual(`hidden: identity on ${JSON.stringify(text)}`, tokenizer.decode(tokenizer.encode(text)), text);
  }
}
checkEqual("hidden: from left to right", byteTokenizer(mergesOf(97, 97)).encode("aaaaa"), [256, 256, 97]);
const bcFirst = byteTokenizer(mergesOf(98, 99, 97, 98));
checkEqual("hidden: the earlier merge goes first", bcFirst.encode("abc"), [97, 256]);
// END HIDDEN TESTS

// %% mutant title="characters, not bytes" caught="hidden: identity on"
/*
  const bytesOf = (id: number): number[] => {
    const merge = merges[id - 256];
    return merge ? [...bytesOf(merge[0]), ...bytesOf(merge[1])] : [id];
  };
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    encode: (text) => merges.reduce((ids, merge, index) => glue(ids, merge, 256 + index), text.split("").map((character) => character.charCodeAt(0))),
    decode: (ids) => decoder.decode(new Uint8Array(ids.flatMap(bytesOf))),
  };
*/

// %% mutant title="decodes token by token" caught="hidden: identity on"
/*
  const bytesOf = (id: number): number[] => {
    const merge = merges[id - 256];
    return merge ? [...bytesOf(merge[0]), ...bytesOf(merge[1])] : [id];
  };
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    encode: (text) => merges.reduce((ids, merge, index) => glue(ids, merge, 256 + index), Array.from(new TextEncoder().encode(text))),
    decode: (ids) => ids.map((id) => decoder.decode(new Uint8Array(bytesOf(id)))).join(""),
  };
*/

// %% mutant title="swallows a mark at the start" caught="mark\""
/*
  const bytesOf = (id: number): number[] => {
    const merge = merges[id - 256];
    return merge ? [...bytesOf(merge[0]), ...bytesOf(merge[1])] : [id];
  };
  const decoder = new TextDecoder();
  return {
    encode: (text) => merges.reduce((ids, merge, index) => glue(ids, merge, 256 + index), Array.from(new TextEncoder().encode(text))),
    decode: (ids) => decoder.decode(new Uint8Array(ids.flatMap(bytesOf))),
  };
*/

// %% mutant title="later merges first" caught="merges in order"
/*
  const bytesOf = (id: number): number[] => {
    const merge = merges[id - 256];
    return merge ? [...bytesOf(merge[0]), ...bytesOf(merge[1])] : [id];
  };
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    encode: (text) => merges.reduceRight((ids, merge, index) => glue(ids, merge, 256 + index), Array.from(new TextEncoder().encode(text))),
    decode: (ids) => decoder.decode(new Uint8Array(ids.flatMap(bytesOf))),
  };
*/

// %% mutant title="every merge gets the same id" caught="merges in order"
/*
  const bytesOf = (id: number): number[] => {
    const merge = merges[id - 256];
    return merge ? [...bytesOf(merge[0]), ...bytesOf(merge[1])] : [id];
  };
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    encode: (text) => merges.reduce((ids, merge, index) => glue(ids, merge, 256), Array.from(new TextEncoder().encode(text))),
    decode: (ids) => decoder.decode(new Uint8Array(ids.flatMap(bytesOf))),
  };
*/

// %% mutant title="glues the first occurrence only" caught="merges in order"
/*
  const bytesOf = (id: number): number[] => {
    const merge = merges[id - 256];
    return merge ? [...bytesOf(merge[0]), ...bytesOf(merge[1])] : [id];
  };
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    encode: (text) => merges.reduce((ids, merge, index) => { const at = ids.findIndex((id, place) => id === merge[0] && ids[place + 1] === merge[1]); return at < 0 ? ids : [...ids.slice(0, at), 256 + index, ...ids.slice(at + 2)]; }, Array.from(new TextEncoder().encode(text))),
    decode: (ids) => decoder.decode(new Uint8Array(ids.flatMap(bytesOf))),
  };
*/

// %% mutant title="glues from the right" caught="hidden: from left to right"
/*
  const bytesOf = (id: number): number[] => {
    const merge = merges[id - 256];
    return merge ? [...bytesOf(merge[0]), ...bytesOf(merge[1])] : [id];
  };
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    encode: (text) => merges.reduce((ids, merge, index) => glue(ids.toReversed(), [merge[1], merge[0]], 256 + index).toReversed(), Array.from(new TextEncoder().encode(text))),
    decode: (ids) => decoder.decode(new Uint8Array(ids.flatMap(bytesOf))),
  };
*/

// %% mutant title="spells a merge one level deep" caught="ids to text"
/*
  const bytesOf = (id: number): number[] => {
    const merge = merges[id - 256];
    return merge ? [...merge] : [id];
  };
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    encode: (text) => merges.reduce((ids, merge, index) => glue(ids, merge, 256 + index), Array.from(new TextEncoder().encode(text))),
    decode: (ids) => decoder.decode(new Uint8Array(ids.flatMap(bytesOf))),
  };
*/

// %% [markdown]
/*
## The library's tokenizer

Training on real text needs more speed, not more ideas. The library trains byte-level BPE and writes the same
`tokenizer.json` as Hugging Face's tools. Twelve sentences in two languages will do.
*/

// %% twelve sentences, English and Korean
const pairs: [string, string][] = [
  ["The sky is blue.", "하늘은 파랗다."],
  ["The sea is deep.", "바다는 깊다."],
  ["The patient is stable.", "환자는 안정적이다."],
  ["The doctor reads the note.", "의사가 기록을 읽는다."],
  ["The nurse sees the patient.", "간호사가 환자를 본다."],
  ["The patient has pain in the chest.", "환자는 가슴에 통증이 있다."],
  ["The patient was discharged today.", "환자는 오늘 퇴원했다."],
  ["The doctor prescribed an antibiotic.", "의사가 항생제를 처방했다."],
  ["The fever went down at night.", "밤에 열이 내렸다."],
  ["The patient takes the medicine twice a day.", "환자는 약을 하루에 두 번 먹는다."],
  ["The blood pressure is high.", "혈압이 높다."],
  ["The nurse writes the note tonight.", "간호사가 오늘 밤 기록을 쓴다."],
];
const [english, korean] = [pairs.map(([text]) => text), pairs.map(([, text]) => text)];

// %% train on the English half
import { Tokenizer, trainBpe } from "residency/tokenizer";
const train = (texts: readonly string[], merges: number) =>
  Tokenizer.fromJson(trainBpe(texts, { vocabSize: 257 + merges, specialTokens: ["<|endoftext|>"] }), {
    eos_token: "<|endoftext|>",
  });
const tokenizer = train(english, 40);
console.log(tokenizer.vocabSize, "tokens;", tokenizer.tokenize("The patient is stable tonight.").join(" · "));

// %% [markdown]
/*
`Ġ` stands for a space: in the vocabulary every byte has a visible sign. A space belongs to the word **after** it, so
the word at the start of a text and the same word later are different tokens. Many surprising results have this cause.
*/

// %% a space makes another token
for (const text of ["patient", " patient", "Patient"]) {
  console.log(JSON.stringify(text).padEnd(10), tokenizer.tokenize(text).join(" · "), tokenizer.encode(text));
}

// %% [markdown]
/*
Before any merge, the text is cut at spaces, digits and punctuation, and no merge reaches over a cut. Otherwise “note.”
and “note,” would become tokens of their own.

How much does each merge save?
*/

// %% tokens by number of merges
const mergeCounts = [0, 5, 10, 20, 30, 40, 50];
const tokensOf = (texts: readonly string[], each: { encode(text: string): number[] }) =>
  texts.reduce((sum, text) => sum + each.encode(text).length, 0);
const savings = mergeCounts.map((merges) => tokensOf(english, train(english, merges)));
console.log(mergeCounts.map((merges, index) => `${merges} merges: ${savings[index]!} tokens`).join("\n"));

// %% draw the savings
lineChart([{ name: "tokens", x: mergeCounts, y: savings }], {
  title: "The first merges save the most",
  xLabel: "Merges",
  yLabel: "Tokens of twelve sentences",
});

// %% [markdown]
/*
The curve flattens: the frequent pairs come first, and soon no pair is left that occurs twice. A larger vocabulary
makes texts shorter, and the model's table of tokens larger. GPT-2 stopped at 50,257 tokens (Radford et al., 2019); the
model of this course is small, so its vocabulary is, too.
*/

// %% [markdown]
/*
## Special tokens

Some tokens are no text. `<|endoftext|>` says: here it ends. A model learns to write it when it is done, and the
program that runs the model stops there.
*/

// %% the id of the end
console.log(tokenizer.eosToken, "is the token", tokenizer.eosTokenId);

// %% [markdown]
/*
Now somebody **types** those characters. If they became the special token, a user could end a text, or open a new turn
of a conversation in somebody else's name. So text from outside is only ever text.
*/

// %% typed, and meant
const typed = "The note ends.<|endoftext|>";
console.log(
  "typed ",
  tokenizer.encode(typed).length,
  "tokens, special among them:",
  tokenizer.encode(typed).includes(0),
);
console.log("meant ", tokenizer.encode(typed, { allowSpecial: true }).at(-1), "is the last id");

// %% [markdown]
/*
In the second line the program itself asked for it, with `allowSpecial`. When ids become text again, special tokens can
be left out.
*/

// %% decode with and without
const ended = tokenizer.encode(typed, { allowSpecial: true });
console.log(tokenizer.decode(ended));
console.log(tokenizer.decode(ended, { skipSpecialTokens: true }));

// %% [markdown]
/*
## What a language costs

Now give Korean to a tokenizer that has only seen English. Nothing is unknown. But what does it cost? The number of
tokens for each word is called **fertility**.
*/

// %% the same sentence twice
for (const text of pairs[2]!) console.log(tokenizer.encode(text).length, "tokens:", text);
console.log(tokenizer.tokenize(pairs[2]![1]).slice(0, 9).join(" "), "…");

// %% [markdown]
/*
Every syllable is three bytes, and each byte is a token. The sentence is as long for the eye, and much longer for the
model. Let us train on both languages, with the same number of merges, and compare on all twelve sentences.
*/

// %% measure fertility
const both = train([...english, ...korean], 40);
const wordsOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + text.split(" ").length, 0);
const fertility = (texts: readonly string[], each: typeof both) => tokensOf(texts, each) / wordsOf(texts);
const measured = [tokenizer, both].map((each) => [fertility(english, each), fertility(korean, each)]);
console.log("trained on English", measured[0]!.map((value) => value.toFixed(2)).join(" English, "), "Korean");
console.log("trained on both   ", measured[1]!.map((value) => value.toFixed(2)).join(" English, "), "Korean");

// %% draw fertility
groupedBarChart(
  ["English", "Korean"],
  [
    { name: "trained on English", values: measured[0]! },
    { name: "trained on both", values: measured[1]! },
  ],
  { title: "Tokens for each word", xLabel: "", yLabel: "Tokens per word" },
);

// %% [markdown]
/*
Both pay from one purse: forty merges for two languages are fewer for each. Fertility is no detail. A context of 2,048
tokens holds that many fewer words, every answer takes that much longer, and services charge by the token.
*/

// %% words in a context
for (const [index, language] of ["English", "Korean"].entries()) {
  const [alone, together] = measured.map((values) => Math.floor(2048 / values[index]!));
  console.log(`${language}: ${alone!} words in 2,048 tokens, trained on both ${together!}`);
}

// %% [markdown]
/*
## The words of a hospital

Clinical text has its own rare words. See what a general tokenizer makes of them.
*/

// %% rare words fall into pieces
for (const text of [" pain", " metoprolol", " HbA1c 7.2%", " 2024"]) {
  console.log(
    text.padEnd(12),
    String(tokenizer.encode(text).length).padStart(2),
    tokenizer.tokenize(text).join(" · "),
  );
}

// %% [markdown]
/*
The drug falls into letters. A model can learn to read it all the same, only with more work and less room. This is why
the small model of this course has a vocabulary that was trained on clinical notes.

And numbers: the year is four tokens here, and the space before it a fifth. A model sees digits, not quantities. Be careful
with doses.
*/

// %% [markdown]
/*
## Text that arrives token by token

A model writes one token at a time, and we want to read along. So decode each token as it comes:
*/

// %% the wrong thing: decode one token at a time
const arriving = tokenizer.encode("통증 🙂 ok");
arriving.map((id) => tokenizer.decode([id])).join("");

// %% [markdown]
/*
There it is again. A token may hold the first two bytes of a syllable, and the next token the third. The stream must
**wait** until a character is complete, and not a moment longer. The library's stream does:
*/

// %% the library waits
const stream = tokenizer.decodeStream();
const shown = arriving.map((id) => stream.push(id));
console.log(shown.map((piece) => JSON.stringify(piece)).join(" "));
console.log(shown.join("") + stream.flush());

// %% exercise id=stream title="A stream without half characters" difficulty=3 importance=4 minutes=15 hint="`TextDecoder` can keep what is unfinished: look at the option `stream` of its method `decode`." hint="Each stream needs a decoder of its own, made once, when the stream is made." hint="`decode()` without any bytes ends the stream, and gives `�` for what was never finished."
/*
Complete `textStream`. `push` takes the bytes of the next token, and gives all text that is now complete. A character
whose last byte has not come is held back. `end` gives what is left: nothing, or `�` for a character that was never
finished.

You should see five check marks.
*/
/** Text from the bytes of tokens, as it becomes certain. */
function textStream(): { push(bytes: readonly number[]): string; end(): string } {
  // BEGIN SOLUTION
  const pending = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    push: (bytes) => pending.decode(new Uint8Array(bytes), { stream: true }),
    end: () => pending.decode(),
  };
  // END SOLUTION
}

// %% tests points=3
const streamed = (...tokens: number[][]) => {
  const each = textStream();
  return [...tokens.map((bytes) => each.push(bytes)), each.end()];
};
checkEqual("letters come at once", streamed([84, 104], [101]), ["Th", "e", ""]);
checkEqual("a syllable byte by byte", streamed([0xed], [0x95], [0x9c]), ["", "", "한", ""]);
checkEqual("a complete syllable comes at once", streamed([0xed, 0x95, 0x9c]), ["한", ""]);
checkEqual("what is complete is shown", streamed([111, 107, 0xed], [0x95, 0x9c, 33]), ["ok", "한!", ""]);
checkEqual("a character that never ends", streamed([111, 0xed, 0x95]), ["o", "�"]);
// BEGIN HIDDEN TESTS: emoji, two streams at once, an empty token, a byte order mark
const emoji = streamed([0xf0, 0x9f], [0x99], [0x82, 0xed], [0x95, 0x9c]);
checkEqual("hidden: emoji", emoji, ["", "", "🙂", "한", ""]);
const [one, two] = [textStream(), textStream()];
const turns = [one.push([0xed]), two.push([104]), one.push([0x95, 0x9c]), two.end()];
checkEqual("hidden: two streams do not mix", turns, ["", "h", "한", ""]);
checkEqual("hidden: an empty token", streamed([0xed, 0x95], [], [0x9c]), ["", "", "한", ""]);
checkEqual("hidden: a byte order mark", streamed([0xef, 0xbb, 0xbf], [97]), ["\uFEFF", "a", ""]);
// END HIDDEN TESTS

// %% mutant title="each token by itself" caught="a syllable byte by byte"
/*
  return { push: (bytes) => new TextDecoder().decode(new Uint8Array(bytes)), end: () => "" };
*/

// %% mutant title="everything at the end" caught="letters come at once"
/*
  const all: number[] = [];
  return {
    push(bytes) {
      all.push(...bytes);
      return "";
    },
    end: () => new TextDecoder().decode(new Uint8Array(all)),
  };
*/

// %% mutant title="waits for the next letter" caught="a syllable byte by byte"
/*
  let held: number[] = [];
  const take = (count: number) => new TextDecoder().decode(new Uint8Array(held.splice(0, count)));
  return {
    push(bytes) {
      held = [...held, ...bytes];
      return take(held.findLastIndex((byte) => byte < 128) + 1);
    },
    end: () => take(held.length),
  };
*/

// %% mutant title="drops what is unfinished" caught="a character that never ends"
/*
  const pending = new TextDecoder("utf-8", { ignoreBOM: true });
  return { push: (bytes) => pending.decode(new Uint8Array(bytes), { stream: true }), end: () => "" };
*/

// %% mutant title="holds a whole token back" caught="what is complete is shown"
/*
  let held: number[] = [];
  return {
    push(bytes) {
      held = [...held, ...bytes];
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(held));
      if (text.endsWith("\uFFFD")) return "";
      held = [];
      return text;
    },
    end: () => new TextDecoder().decode(new Uint8Array(held)),
  };
*/

// %% mutant title="one decoder for all streams" caught="hidden: two streams do not mix"
/*
  const shared = globalThis as unknown as { sharedDecoder?: InstanceType<typeof TextDecoder> };
  const pending = (shared.sharedDecoder ??= new TextDecoder("utf-8", { ignoreBOM: true }));
  return {
    push: (bytes) => pending.decode(new Uint8Array(bytes), { stream: true }),
    end: () => pending.decode(),
  };
*/

// %% [markdown]
/*
## What you can now do

- Say why no word is **unknown** to a byte-level tokenizer.
- Train, encode and decode with **merges**, and settle ties.
- Keep what users type from becoming a **special token**.
- Measure **fertility** before you promise a context length in Korean.
- Stream text without `�`.
*/

// %% [markdown]
/*
**1. A drug was approved last month. What does the tokenizer of an older model do with its name?**

<details><summary>It gives the unknown token</summary>No. A byte-level tokenizer has none and needs none.</details>
<details><summary>It spells it in smaller pieces</summary>Yes, down to bytes if it must. What the model makes of them is
another question.</details>
<details><summary>It adds a token</summary>No. A vocabulary is fixed when training ends: each id is a row of the
model.</details>
*/

// %% [markdown]
/*
**2. You train a tokenizer on text A, and a model on text B with it. Does that work?**

<details><summary>No, ids would be missing</summary>No. Every text has ids.</details>
<details><summary>Yes, but texts become longer than they need to be</summary>Yes. Its merges are for pairs that are
frequent in A.</details>
<details><summary>Yes, without any cost</summary>No. Compare the two bars for Korean above.</details>
*/

// %% [markdown]
/*
**3. Why does “patient” at the start of a text differ from “patient” later on?**

<details><summary>Later it begins with a space</summary>Yes. The space belongs to the word after it.</details>
<details><summary>The first word has a capital letter</summary>Not here; and “Patient” is written in a third way again.</details>
<details><summary>It has another meaning</summary>A tokenizer knows no meaning.</details>
*/

// %% [markdown]
/*
**4. A user types `<|endoftext|>`. What should come out of `encode`?**

<details><summary>The special token</summary>No. Then a user could end or fake a text.</details>
<details><summary>An error</summary>Possible, but unkind: it may be a question about tokenizers.</details>
<details><summary>Ordinary tokens that spell it</summary>Yes. Typed text is text.</details>
*/

// %% [markdown]
/*
**5. Somewhere in a chat `�` flashes up and is gone again. What is wrong?**

<details><summary>The model writes broken text</summary>Unlikely: then it would stay.</details>
<details><summary>Tokens are decoded one by one</summary>Yes. The rest of the character comes with the next
token.</details>
<details><summary>The font lacks a character</summary>Then another sign would show, and it would stay.</details>
*/

// %% [markdown]
/*
**Words of this notebook.** *Byte*: a number from 0 to 255. *UTF-8*: the rule that writes characters as bytes. *Merge*:
a pair of tokens that became one. *Vocabulary*: all tokens. *Id*: a token's number. *Special token*: a token that no
typed text becomes. *Fertility*: tokens for each word.

**Stretch:** train on 5 merges for each language in turn instead of together. Is that fairer? Measure it.
*/
