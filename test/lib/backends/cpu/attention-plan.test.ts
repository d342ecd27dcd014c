/** How attention is cut into tiles and parts: nothing is left out, nothing done twice, and no part needs another. */
import assert from "node:assert/strict";
import { planAttention } from "../../../../lib/backends/cpu/attention-plan.ts";
import { seededRandom } from "../../../../lib/random.ts";

interface Tile {
  row: number;
  first: number;
  end: number;
  form: number;
}

interface Part {
  row: number;
  tiles: Tile[];
  fromKey: number;
  toKey: number;
}

/** The plan of rows of segment numbers, of whose keys the last `length` are queries. */
function plan(rows: number[][], { batch = rows.length, length = rows[0]!.length } = {}): Part[] {
  const { tiles, parts, words } = planAttention(Int32Array.from(rows.flat()), {
    ...{ batch, length, keys: rows[0]!.length },
  });
  assert.equal(words.length, 4 * tiles + 5 * parts);
  const tileAt = (index: number): Tile => {
    const [row, first, queries, form] = words.slice(4 * index) as [number, number, number, number];
    return { row, first, end: first + queries, form };
  };
  return Array.from({ length: parts }, (_, index) => {
    const at = 4 * tiles + 5 * index;
    const [row, firstTile, endTile, fromKey, toKey] = words.slice(at) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const own = Array.from({ length: endTile - firstTile }, (_, tile) => tileAt(firstTile + tile));
    assert.ok(own.every((tile) => tile.row === row));
    return { row, tiles: own, fromKey, toKey };
  });
}

const documents = (...lengths: number[]): number[] =>
  lengths.flatMap((length, i) => new Array<number>(length).fill(i + 1));

const spans = (parts: readonly Part[]): [number, number][] =>
  parts.flatMap(({ tiles }) => tiles.map(({ first, end }): [number, number] => [first, end]));

describe("planAttention()", () => {
  it("cuts a row of one text into equal tiles of at most 64 queries", () => {
    assert.deepEqual(spans(plan([documents(130)])), [
      [0, 48],
      [48, 96],
      [96, 130],
    ]);
  });

  it("begins a tile with each long text, and puts short ones together", () => {
    assert.deepEqual(spans(plan([documents(10, 20, 70, 5)])), [
      [0, 30],
      [30, 70],
      [70, 100],
      [100, 105],
    ]);
  });

  it("begins a part where a text begins, once the one before is large enough", () => {
    const parts = plan([documents(100, 160, 300, 20)]);
    assert.deepEqual(
      parts.map(({ fromKey, toKey }) => [fromKey, toKey]),
      [
        [0, 260],
        [260, 560],
        [560, 580],
      ],
    );
  });

  it("gives a row one part where numbers come back", () => {
    const parts = plan([[...documents(300, 300), ...documents(40)]]);
    assert.deepEqual(
      parts.map(({ fromKey, toKey, tiles }) => [fromKey, toKey, tiles[0]!.form]),
      [[0, 640, 2]],
    );
  });

  it("counts the keys of a cache to the first part", () => {
    const parts = plan([documents(200, 700)], { length: 100 });
    assert.deepEqual(
      parts.map(({ fromKey, toKey }) => [fromKey, toKey]),
      [[0, 900]],
    );
    assert.deepEqual(spans(parts).at(-1), [56, 100]);
  });

  it("gives all rows of a batch the numbers of the only row", () => {
    assert.deepEqual(
      plan([documents(300, 300)], { batch: 3 }).map(({ row }) => row),
      [0, 0, 1, 1, 2, 2],
    );
  });

  it("covers each query and each key once, in parts that no text spans, for rows drawn at random", () => {
    const random = seededRandom(5);
    for (let draw = 0; draw < 200; draw++) {
      const lengths = Array.from({ length: 1 + Math.floor(random.next() * 8) }, () =>
        Math.ceil(random.next() ** 2 * 400),
      );
      const row = documents(...lengths).map((number) => (random.next() < 0.001 ? 0 : number));
      const length = Math.ceil(random.next() * row.length);
      const past = row.length - length;
      let [query, key] = [0, 0];
      for (const { tiles, fromKey, toKey } of plan([row], { length })) {
        assert.equal(fromKey, key);
        assert.ok(key === 0 || row[key] !== row[key - 1]);
        for (const { first, end } of tiles) {
          assert.equal(first, query);
          assert.ok(end > first && end - first <= 64);
          query = end;
        }
        key = toKey;
        assert.equal(key, past + query);
      }
      assert.deepEqual([query, key], [length, row.length]);
    }
  });
});
