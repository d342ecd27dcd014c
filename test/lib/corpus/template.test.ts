/** Templates: slots and alternatives are filled, and what is missing does not compile. */
import assert from "node:assert/strict";
import { capitalized, fill, plural, series, withArticle } from "../../../lib/corpus/template.ts";
import { seededRandom } from "../../../lib/random.ts";

describe("fill()", () => {
  it("fills slots, in alternatives too, and draws each alternative", () => {
    const random = seededRandom(1);
    const texts = new Set(
      Array.from({ length: 40 }, () =>
        fill(random, "[It|The {thing}] is {colour}.", { thing: "cup", colour: "red" }),
      ),
    );
    assert.deepEqual(texts, new Set(["It is red.", "The cup is red."]));
  });

  it("does not read what it has put in", () => {
    assert.equal(fill(seededRandom(1), "{a} {b}", { a: "{b} [x|y]", b: 1 }), "{b} [x|y] 1");
  });

  it("types its slots by the template", () => {
    // @ts-expect-error the slot "b" has no value
    assert.equal(fill(seededRandom(1), "{a} {b}", { a: "1" }), "1 undefined");
    // @ts-expect-error there is no slot "c"
    assert.equal(fill(seededRandom(1), "{a}", { a: "1", c: "2" }), "1");
  });
});

describe("words", () => {
  it("take the article of their sound", () => {
    assert.deepEqual(["owl", "dog", "umbrella", "unicorn", "used cup"].map(withArticle), [
      ...["an owl", "a dog", "an umbrella", "a unicorn", "a used cup"],
    ]);
  });

  it("make plurals and series", () => {
    assert.deepEqual(["cherry", "box", "key", "sea otter", "knife", "potato", "fish"].map(plural), [
      ...["cherries", "boxes", "keys", "sea otters", "knives", "potatoes", "fish"],
    ]);
    assert.deepEqual([series([]), series(["a"]), series(["a", "b", "c"])], ["", "a", "a, b and c"]);
    assert.equal(capitalized("the sky"), "The sky");
  });
});
