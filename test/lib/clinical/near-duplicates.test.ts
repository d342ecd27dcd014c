/** Near-duplicates by runs of words, and a note's sections. */
import assert from "node:assert/strict";
import {
  generatePatients,
  nearDuplicates,
  ngramOverlap,
  parseSections,
} from "../../../lib/clinical/index.ts";

const text = "one two three four five six seven eight nine ten";

describe("ngramOverlap", () => {
  it("is 1 for a copy with other case and punctuation, and 0 where nothing or too little is there", () => {
    assert.equal(ngramOverlap(text, text.toUpperCase().replaceAll(" ", ", ")), 1);
    assert.equal(ngramOverlap(text, "one two"), 0);
  });

  it("is the share of the shorter text's runs when texts share a part", () => {
    assert.equal(ngramOverlap(text, "one two three four five six seven eight nine other"), 2 / 3);
  });

  it("is refused with a coded error when n is no size", () => {
    assert.throws(() => ngramOverlap(text, text, 0), { code: "E_CONFIG" });
  });
});

describe("nearDuplicates", () => {
  it("agrees with a comparison of all pairs when notes are given", () => {
    const notes = Array.from(generatePatients({ patients: 60 }), ({ note }) => note);
    notes.push(notes[3]!);
    const expected = notes.flatMap((second, j) =>
      notes.slice(0, j).flatMap((first, i) => {
        const overlap = ngramOverlap(first, second);
        return overlap > 0.1 ? [{ first: i, second: j, overlap }] : [];
      }),
    );
    assert.deepEqual(nearDuplicates(notes, { threshold: 0.1 }), expected);
    assert.ok(expected.some(({ first, second, overlap }) => first === 3 && second === 60 && overlap === 1));
  });
});

describe("parseSections", () => {
  it("cuts at headers and keeps what stands before the first", () => {
    assert.deepEqual(parseSections("Seen at 10:30\nHPI: cough\nand fever\nDISCHARGE PLAN\n- rest"), [
      { header: "", text: "Seen at 10:30" },
      { header: "HPI", text: "cough\nand fever" },
      { header: "DISCHARGE PLAN", text: "- rest" },
    ]);
  });

  it("finds a diagnosis, and loses no line, when the corpus is read", () => {
    for (const { note } of generatePatients({ patients: 50 })) {
      const sections = parseSections(note);
      assert.ok(sections.length >= 5, note);
      assert.ok(
        sections.some(({ header }) => /\b(dx|diagnos[ei]s)\b/i.test(header)),
        note,
      );
      const kept = sections.map(({ header, text }) => `${header}\n${text}`).join("\n");
      for (const line of note.split("\n")) {
        const [, rest = line] = /^[^:]+:\s*(.*)$/.exec(line) ?? [];
        assert.ok(kept.includes(rest.trim()), line);
      }
    }
  });
});
