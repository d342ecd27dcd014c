/** First weights that can copy: one layer carries each token's predecessor along, the next finds what followed it before. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../../lib/errors.ts";
import type { AnyCausalLM } from "../../lib/models/index.ts";
import { seededRandom } from "../../lib/random.ts";

/** Spread of the embeddings, and how large the part is that all of them share: as large as the rest of a token together. */
const spread = 0.04;
/** How sure the first layer is of the place before (nats), and how much the second prefers a match (nats a coordinate). */
const sureness = { place: 12, match: 1 };
/** How loud what is found is, beside the token itself. */
const loudness = 6;
/** With this weight of the last norm, tied embeddings can say "surely this one" from the start. */
const finalNorm = 2;
/** A coordinate whose rotation is slower than this (radians a token) still matches over some 800 tokens. */
const slow = 0.0012;
/** One that is faster than this tells neighbours apart. */
const fast = 0.02;

/** A weight `[out, in]` that is being written. */
interface Draft {
  values: Float32Array;
  width: number;
}

const set = ({ values, width }: Draft, row: number, column: number, value: number): void => {
  values[row * width + column] = value;
};

/** Vectors of one length at right angles to each other, `[count][count]`. */
function orthonormal(count: number, normal: () => number): Float64Array[] {
  const rows: Float64Array[] = [];
  while (rows.length < count) {
    const row = Float64Array.from({ length: count }, normal);
    for (const other of rows) {
      const along = other.reduce((sum, value, i) => sum + value * row[i]!, 0);
      other.forEach((value, i) => (row[i]! -= along * value));
    }
    const length = Math.hypot(...row);
    rows.push(row.map((value) => value / length));
  }
  return rows;
}

/**
 * Overwrites the embedding, the last norm and one head a key/value head in the first two layers of a Llama with tied embeddings, so
 * that it continues what stood in its context before: the two-layer circuit of induction (Olsson et al., 2022, In-context Learning
 * and Induction Heads), which training finds late and with luck on a budget of millions of tokens. All else stays random, and all of it is trained.
 *
 * An embedding is the token (three quarters of its coordinates), room for the token before, and one constant. In layer 0 the constant
 * gives queries and keys that match one place back, whatever stands there, and the value goes into the room. In layer 1 a token asks
 * for a place that it precedes, in coordinates that rotate too slowly to mind the distance, and adds the token of that place.
 *
 * @throws ResidencyError E_CONFIG for a model that has no second layer, or embeddings that are not tied.
 */
export function writeCopyCircuits(model: AnyCausalLM, seed: number): void {
  const config = model.configJson;
  const numberOf = (name: string): number => {
    const value = config[name];
    if (typeof value === "number") return value;
    throw new ResidencyError("E_CONFIG", `Cannot write copy circuits: config.json has no number "${name}"`);
  };
  const [width, heads, kvHeads] = ["hidden_size", "num_attention_heads", "num_key_value_heads"].map(
    numberOf,
  ) as [number, number, number];
  if (config["tie_word_embeddings"] !== true || numberOf("num_hidden_layers") < 2) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot write copy circuits: it takes two layers and tied embeddings",
    );
  }
  const headDim = width / heads;
  const half = headDim / 2;
  const token = Math.floor((3 * width) / 4); // coordinates of the token itself
  const constant = width - 1;
  const shared = spread * Math.sqrt(token);
  const rms = Math.sqrt((token * spread ** 2 + shared ** 2) / width);
  const speeds = Array.from({ length: half }, (_, pair) => numberOf("rope_theta") ** (-pair / half));
  const slowPairs = speeds.flatMap((speed, pair) => (speed <= slow ? [pair] : []));
  const slowCoordinates = [...slowPairs, ...slowPairs.map((pair) => pair + half)];
  const room = Math.min(slowCoordinates.length, Math.floor((constant - token) / kvHeads));

  const parameters = new Map(model.root.namedParameters());
  const random = seededRandom(seed);
  const normal = (): number => random.normal();
  const directions = orthonormal(token, normal);

  const write = (name: string, fill: (draft: Draft) => void): void => {
    const parameter = parameters.get(`model.${name}.weight`)!;
    const values = Float32Array.from(parameter.value.dataSync());
    fill({ values, width: parameter.shape[1] ?? 1 });
    parameter.assign(tf.tensor(values, [...parameter.shape]));
  };
  write("embed_tokens", (draft) => {
    draft.values.forEach((_, i) => {
      const column = i % width;
      draft.values[i] = column < token ? spread * normal() : column === constant ? shared : 0;
    });
  });
  write("norm", ({ values }) => values.fill(finalNorm).fill(0, constant));

  /** The heads that are written, one a key/value head, emptied before. */
  const circuit = Array.from({ length: kvHeads }, (_, group) => ({
    group,
    query: (group * heads * headDim) / kvHeads,
    key: group * headDim,
  }));
  const attention = (
    layer: number,
    fills: Record<"q" | "k" | "v" | "o", (draft: Draft, head: (typeof circuit)[number]) => void>,
  ): void => {
    for (const part of ["q", "k", "v", "o"] as const) {
      write(`layers.${layer}.self_attn.${part}_proj`, (draft) => {
        for (const head of circuit) {
          const start = part === "q" || part === "o" ? head.query : head.key;
          for (let at = start; at < start + headDim; at++) {
            for (let other = 0; other < width; other++) {
              if (part === "o") set(draft, other, at, 0);
              else set(draft, at, other, 0);
            }
          }
          fills[part](draft, head);
        }
      });
    }
  };

  // Both sides of a product hold half of its logarithm; the constant is shared / rms behind the norm.
  const place = Math.sqrt(sureness.place * Math.sqrt(headDim)) / (shared / rms);
  const match = Math.sqrt(sureness.match * Math.sqrt(headDim)) / (spread / rms);
  const fastPairs = speeds.flatMap((speed, pair) => (speed > fast ? [{ speed, pair }] : []));
  attention(0, {
    q: (draft, { query }) => fastPairs.forEach(({ pair }) => set(draft, query + pair, constant, place)),
    k(draft, { key }) {
      for (const { speed, pair } of fastPairs) {
        set(draft, key + pair, constant, place * Math.cos(speed));
        set(draft, key + pair + half, constant, place * Math.sin(speed));
      }
    },
    v(draft, { key, group }) {
      for (let i = 0; i < room; i++)
        directions[group * room + i]!.forEach((value, x) => set(draft, key + i, x, value));
    },
    o(draft, { query, group }) {
      for (let i = 0; i < room; i++) set(draft, token + group * room + i, query + i, rms);
    },
  });
  const told = Math.min(headDim, Math.floor(token / kvHeads));
  attention(1, {
    q(draft, { query, group }) {
      slowCoordinates.slice(0, room).forEach((at, i) => {
        directions[group * room + i]!.forEach((value, x) => set(draft, query + at, x, match * value));
      });
    },
    k(draft, { key, group }) {
      slowCoordinates
        .slice(0, room)
        .forEach((at, i) => set(draft, key + at, token + group * room + i, match));
    },
    v(draft, { key, group }) {
      for (let i = 0; i < told; i++)
        directions[group * told + i]!.forEach((value, x) => set(draft, key + i, x, value));
    },
    o(draft, { query, group }) {
      for (let i = 0; i < told; i++)
        directions[group * told + i]!.forEach((value, x) => set(draft, x, query + i, loudness * rms * value));
    },
  });
}
