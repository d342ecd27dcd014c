/** Other people's estimates, reproduced: accelerate, can-it-run-llm, the talk, Korthikanti's formulas, Asclepius' times. */
import assert from "node:assert/strict";
import fs from "node:fs";
import {
  accelerateEstimate,
  asclepiusTrainingTimes,
  cacheBytesPerToken,
  canItRunLlm,
  canItRunLlmGpus,
  estimateTrainingTime,
  formatAccelerateBytes,
  formatHours,
  korthikantiActivations,
  logitsBytes,
  modelFlopsUtilization,
  readArchitecture,
  talkMemoryTable,
  type AccelerateDtype,
} from "../../../lib/memory/index.ts";
import { fixture } from "../../support/paths.ts";

type Row = { largest: string; total: string; train: string; ciry: number[] };

const golden = JSON.parse(fs.readFileSync(fixture("memory/counts.json"), "utf8")) as {
  models: Record<string, { config: Record<string, unknown> }>;
  memory: Record<string, { bytes: number; largest: number } & Record<AccelerateDtype, Row>>;
  slide: Record<"6x" | "6x_GiB" | "16x", number>;
  activations: Record<string, { none: number; selective: number; full: number }>;
  logits: Record<string, number>;
  cachePerToken: Record<string, number>;
  mfu: {
    pre: Record<string, { D: number; mfu: number; "tok/s/gpu": number }>;
    sft_3ep: Record<string, { D: number; mfu: number; "tok/s/gpu": number }>;
  };
};

const bert = {
  model_type: "bert",
  vocab_size: 28996,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
};
const configOf = (name: string): Record<string, unknown> =>
  name === "bert-base-cased" ? bert : golden.models[name]!.config;

const dtypes = ["float32", "float16", "int8", "int4"] as const;
/** Python rounds to even what JavaScript rounds up; the last digit may differ by one where a figure ends in 5. */
const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) <= 0.0050001, `${actual} is not ${expected} to two digits`);

describe("accelerateEstimate()", () => {
  for (const [name, expected] of Object.entries(golden.memory)) {
    it(`prints what accelerate estimate-memory prints for ${name}`, () => {
      const rows = accelerateEstimate(configOf(name));
      assert.equal(rows[0]!.total, expected.bytes);
      assert.equal(rows[0]!.largestLayer, expected.largest);
      for (const { dtype, total, largestLayer, trainingWithAdam } of rows) {
        const { largest, total: printed, train } = expected[dtype];
        assert.equal(formatAccelerateBytes(total), printed);
        assert.equal(formatAccelerateBytes(largestLayer), largest);
        assert.equal(trainingWithAdam === undefined ? "N/A" : formatAccelerateBytes(trainingWithAdam), train);
      }
    });
  }
});

describe("canItRunLlm()", () => {
  for (const [name, expected] of Object.entries(golden.memory)) {
    it(`gives the space's figures for ${name} in every dtype`, () => {
      for (const dtype of dtypes) {
        const [total, inference, adam, lora, latex] = expected[dtype].ciry as [
          number,
          number,
          number,
          number,
          number,
        ];
        const own = canItRunLlm(configOf(name), { dtype });
        near(own.total, total);
        near(own.inference, inference);
        near(own.trainingWithAdam, adam);
        near(own.lora, lora);
        near(canItRunLlm(configOf(name), { dtype, variant: "latex" }).lora, latex);
      }
    });
  }

  it("asks for as many GPUs as the figure fills", () => {
    const { trainingWithAdam } = canItRunLlm(configOf("mistralai/Mistral-7B-v0.1"));
    assert.equal(canItRunLlmGpus(trainingWithAdam, 24), 3);
  });

  it("refuses a percentage above 100", () => {
    assert.throws(() => canItRunLlm(bert, { trainablePercent: 101 }), { code: "E_CONFIG" });
  });
});

describe("talkMemoryTable()", () => {
  it("gives 6x to 16x GB, 16.2 GB at least for the talk's 2.7 billion", () => {
    const rows = talkMemoryTable(2.7e9);
    assert.deepEqual(
      rows.map(({ bytesPerParameter }) => bytesPerParameter),
      [
        [2, 2],
        [2, 2],
        [2, 12],
        [6, 16],
      ],
    );
    assert.equal(rows[3]!.bytes[0], 16.2e9);
  });

  it("gives phi-2's exact 16.678 to 44.475 GB when given its config", () => {
    const total = talkMemoryTable(configOf("microsoft/phi-2"))[3]!;
    assert.equal(total.bytes[0], golden.slide["6x"] * 1e9);
    assert.equal(total.bytes[1], golden.slide["16x"] * 1e9);
    assert.equal(total.bytes[0] / 1024 ** 3, golden.slide["6x_GiB"]);
  });

  it("refuses a model without parameters", () => {
    assert.throws(() => talkMemoryTable(0), { code: "E_CONFIG" });
  });
});

describe("formulas of activations, logits and cache", () => {
  const phi2 = readArchitecture(configOf("microsoft/phi-2")).sizes;
  const llama3 = readArchitecture(configOf("meta-llama/Meta-Llama-3-8B")).sizes;
  const gpt2 = readArchitecture(configOf("gpt2")).sizes;

  for (const [name, sizes, batch, seq] of [
    ["phi2_s512_b2", phi2, 2, 512],
    ["llama3_8b_s2048_b1", llama3, 1, 2048],
    ["gpt3_175b_s2048_b1", { layers: 96, heads: 96, hidden: 12288 }, 1, 2048],
    ["gpt2_s1024_b1", gpt2, 1, 1024],
  ] as const) {
    it(`korthikantiActivations() gives the paper's bytes for ${name}`, () => {
      for (const recompute of ["none", "selective", "full"] as const) {
        assert.equal(
          korthikantiActivations(sizes, { batch, seq, recompute }),
          golden.activations[name]![recompute],
        );
      }
    });
  }

  it("logitsBytes() gives a copy in float32", () => {
    assert.equal(logitsBytes(phi2, { batch: 2, seq: 512 }), golden.logits["phi2_s512_b2"]);
    assert.equal(logitsBytes(llama3, { batch: 1, seq: 2048 }), golden.logits["llama3_s2048_b1"]);
  });

  it("cacheBytesPerToken() counts the heads that keys and values have", () => {
    const llama2 = readArchitecture(configOf("meta-llama/Llama-2-7b-hf")).sizes;
    const qwen = readArchitecture(configOf("Qwen/Qwen2.5-0.5B")).sizes;
    assert.deepEqual(
      [phi2, llama3, llama2, gpt2, qwen].map((sizes) => cacheBytesPerToken(sizes)),
      ["phi2", "llama3_8b", "llama2_7b", "gpt2", "qwen2.5_0.5b"].map((name) => golden.cachePerToken[name]),
    );
    assert.throws(() => cacheBytesPerToken(phi2, 0), { code: "E_CONFIG" });
  });
});

describe("estimateTrainingTime()", () => {
  const hardware = { gpu: "A100 80GB", count: 4 };
  const llama3 = configOf("meta-llama/Meta-Llama-3-8B");

  it("gives the times of Asclepius that the talk shows, at the stated utilisation", () => {
    const times = asclepiusTrainingTimes().map(({ stage, seconds }) => [stage, formatHours(seconds)]);
    assert.deepEqual(times, [
      ["pre-training", "2 h 59 min"],
      ["instruction fine-tuning", "30 h 41 min"],
    ]);
  });

  it("is the inverse of modelFlopsUtilization() for every assumption about the tokens of an example", () => {
    const stages = [
      [10_740, Object.values(golden.mfu.pre)],
      [110_460, Object.values(golden.mfu.sft_3ep)],
    ] as const;
    for (const [seconds, rows] of stages) {
      for (const { D: tokens, mfu, "tok/s/gpu": speed } of rows) {
        const used = modelFlopsUtilization(llama3, { seconds, tokens, ...hardware });
        assert.ok(Math.abs(used / mfu - 1) < 1e-12);
        const time = estimateTrainingTime(llama3, { tokens, mfu, ...hardware });
        assert.ok(Math.abs(time.seconds / seconds - 1) < 1e-12);
        assert.ok(Math.abs(time.tokensPerSecondPerGpu / speed - 1) < 1e-12);
      }
    }
  });

  it("refuses an impossible utilisation, no tokens and no GPU", () => {
    const refuses = (options: Parameters<typeof estimateTrainingTime>[1], message: RegExp): void => {
      assert.throws(() => estimateTrainingTime(llama3, options), { code: "E_CONFIG", message });
    };
    refuses({ tokens: 1e6, ...hardware, mfu: 1.5 }, /mfu 1.5/);
    refuses({ tokens: 0, ...hardware, mfu: 0.4 }, /tokens 0/);
    refuses({ tokens: 1, mfu: 0.4 }, /peakTflops undefined/);
    refuses({ tokens: 1, mfu: 0.4, gpu: "TPU" }, /"TPU".*T4/);
  });
});
