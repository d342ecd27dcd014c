/** The linear layer `y = x Wᵀ`, plain, frozen, packed and with a low-rank addition, each with its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { mayRunDirectly, runFusedKernel, runKernel } from "../backends/index.ts";
import { dropoutMask, type DropoutOptions } from "./dropout.ts";
import { isTapeOn, matrixInfo, mayFuse, view, withGradient } from "./gradient.ts";
import { addMatMul, asMatrix, matMul, matMuls, prefersPlainProducts } from "./matmul.ts";
import { isPacked, packedMatMul, type PackedWeight } from "./packed.ts";

/** A weight that training leaves alone. */
export interface FrozenWeight {
  /** `[out, in]` */
  weight: tf.Tensor2D;
  /** Its transpose `[in, out]`, kept for backends that would otherwise make it in every pass. */
  transposed: () => tf.Tensor2D;
}

const withLastExtent = (x: tf.Tensor, last: number): number[] => [...x.shape.slice(0, -1), last];

/** `x Wᵀ` of x `[rows, in]`. */
function project(x: tf.Tensor2D, weight: FrozenWeight | PackedWeight): tf.Tensor2D {
  if (isPacked(weight)) return packedMatMul(x, weight, { transposed: false });
  return prefersPlainProducts()
    ? matMul(x, weight.transposed())
    : matMul(x, weight.weight, { transposeB: true });
}

/** `dy W` of dy `[rows, out]`. */
function projectBack(dy: tf.Tensor2D, weight: FrozenWeight | PackedWeight): tf.Tensor2D {
  return isPacked(weight) ? packedMatMul(dy, weight, { transposed: true }) : matMul(dy, weight.weight);
}

const outOf = (weight: FrozenWeight | PackedWeight): number =>
  isPacked(weight) ? weight.shape[0] : weight.weight.shape[0];

/** `x Wᵀ` of x `[..., in]` where no gradient is recorded, in one kernel; undefined where the backend has no such road. */
function directLinear(x: tf.Tensor, weight: FrozenWeight | PackedWeight): tf.Tensor | undefined {
  if (isPacked(weight) || prefersPlainProducts() || !mayRunDirectly()) return undefined;
  const attributes = { transposeA: false, transposeB: true };
  const inputs = { a: matrixInfo(x), b: weight.weight };
  return runKernel("BatchMatMul", inputs, attributes, withLastExtent(x, outOf(weight)))[0];
}

/**
 * `x Wᵀ` of x `[..., in]` through a frozen weight: only x has a gradient, `dy W`.
 *
 * @example
 * const weight = tf.tensor2d([[3, 4]]);
 * frozenLinear(tf.tensor2d([[1, 2]]), { weight, transposed: () => tf.transpose(weight) }); // → [[11]]
 */
export function frozenLinear(x: tf.Tensor, weight: FrozenWeight | PackedWeight): tf.Tensor {
  const direct = directLinear(x, weight);
  if (direct) return direct;
  return withGradient(
    [x],
    ([input]) => view(project(asMatrix(input!), weight), withLastExtent(x, outOf(weight))),
    (dy) => [view(projectBack(asMatrix(dy), weight), x.shape)],
  );
}

/**
 * `x Wᵀ` of x `[..., in]` and a trained weight `[out, in]`: the gradients are `dy W` and `dyᵀ x`.
 *
 * @example
 * trainedLinear(tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]])); // → [[11]]
 */
export function trainedLinear(x: tf.Tensor, weight: tf.Tensor2D): tf.Tensor {
  const direct = directLinear(x, { weight, transposed: () => tf.transpose(weight) });
  if (direct) return direct;
  return withGradient(
    [x, weight],
    ([input, w], save) => {
      save([input!, w!]);
      const y = matMul(asMatrix(input!), w as tf.Tensor2D, { transposeB: true });
      return view(y, withLastExtent(x, weight.shape[0]));
    },
    (dy, [input, w]) => {
      const rows = asMatrix(dy);
      const [dx, dw] = matMuls([
        { a: rows, b: w as tf.Tensor2D },
        { a: rows, b: asMatrix(input!), transposeA: true },
      ]);
      return [view(dx!, x.shape), dw!];
    },
  );
}

/** The two trained matrices of a low-rank addition. */
export interface LowRank {
  /** `[r, in]` */
  a: tf.Tensor2D;
  /** `[out, r]` */
  b: tf.Tensor2D;
  /** alpha / r, or alpha / sqrt(r) for rsLoRA. */
  scaling: number;
  /** In training: leaves out a share of what goes through A, and scales up the rest. */
  dropout?: DropoutOptions | undefined;
}

/**
 * `x Wᵀ + scale · low factorᵀ` of x `[rows, in]`, low `[rows, r]` and factor `[out, r]`; `transposed`: `x W + scale · low factor` of x
 * `[rows, out]` and factor `[r, in]`.
 */
function projectWithLow(
  x: tf.Tensor2D,
  weight: FrozenWeight | PackedWeight,
  low: tf.Tensor2D,
  factor: tf.Tensor2D,
  { transposed, scale }: { transposed: boolean; scale: number },
): tf.Tensor2D {
  if (!isPacked(weight) && mayFuse("LowRankMatMul")) {
    const inputs = { x, weight: weight.weight, low, factor };
    return runFusedKernel("LowRankMatMul", inputs, { transposed, scale })[0] as tf.Tensor2D;
  }
  const y = transposed ? projectBack(x, weight) : project(x, weight);
  return addMatMul(y, low, factor, { transposeB: !transposed, scale });
}

/** x `[rows, in]` without what is left out of it. */
const leftOf = (x: tf.Tensor2D, dropout: DropoutOptions | undefined): tf.Tensor2D =>
  dropout ? tf.mul(x, dropoutMask<tf.Rank.R2>(x.shape, dropout)) : x;

/** `x Aᵀ` `[rows, r]`, of what dropout leaves of x. */
const lowOf = (x: tf.Tensor2D, a: tf.Tensor2D, dropout: DropoutOptions | undefined): tf.Tensor2D =>
  tf.tidy(() => matMul(leftOf(x, dropout), a, { transposeB: true }));

/** The gradients `lowGradientᵀ left` `[r, in]` of A and `dyᵀ low` `[out, r]` of B without its scale. */
function lowRankGradients({
  dy,
  low,
  lowGradient,
  left,
}: Record<"dy" | "low" | "lowGradient" | "left", tf.Tensor2D>): tf.Tensor2D[] {
  if (!prefersPlainProducts()) {
    return matMuls([
      { a: lowGradient, b: left, transposeA: true },
      { a: dy, b: low, transposeA: true },
    ]);
  }
  // Where transposing costs, the product with the narrow operand transposed is turned instead.
  const turned = matMul(low, dy, { transposeA: true });
  return [matMul(lowGradient, left, { transposeA: true }), tf.transpose(turned)];
}

/**
 * `x Wᵀ + scaling · (x Aᵀ) Bᵀ` of x `[..., in]` through a frozen W (Hu et al., 2021): gradients for x, A and B. Dropout, of x on its
 * way through A, keeps neither a mask nor a copy of x: the backward pass makes both again from the seed.
 *
 * @example
 * const weight = tf.tensor2d([[3, 4]]);
 * const low = { a: tf.tensor2d([[1, 1]]), b: tf.tensor2d([[2]]), scaling: 0.5 };
 * loraLinear(tf.tensor2d([[1, 2]]), { weight, transposed: () => tf.transpose(weight) }, low); // → [[14]]
 */
export function loraLinear(
  x: tf.Tensor,
  weight: FrozenWeight | PackedWeight,
  { a, b, scaling, dropout }: LowRank,
): tf.Tensor {
  return withGradient(
    [x, a, b],
    ([input, down, up], save) => {
      const rows = asMatrix(input!);
      const low = lowOf(rows, down as tf.Tensor2D, dropout); // [rows, r]
      save([input!, down!, up!, low]);
      const y = projectWithLow(rows, weight, low, up as tf.Tensor2D, { transposed: false, scale: scaling });
      return view(y, withLastExtent(x, outOf(weight)));
    },
    (dy, [input, down, up, savedLow]) => {
      const rows = asMatrix(dy); // [rows, out]
      const given = asMatrix(input!);
      const low = isTapeOn() ? lowOf(given, down as tf.Tensor2D, dropout) : savedLow;
      const lowGradient = tf.mul<tf.Tensor2D>(matMul(rows, up as tf.Tensor2D), scaling); // [rows, r]
      const [da, db] = tf.tidy(() =>
        lowRankGradients({ dy: rows, low: low as tf.Tensor2D, lowGradient, left: leftOf(given, dropout) }),
      );
      const dx = dropout
        ? tf.add(
            tf.tidy(() => leftOf(matMul(lowGradient, down as tf.Tensor2D), dropout)),
            projectBack(rows, weight),
          )
        : projectWithLow(rows, weight, lowGradient, down as tf.Tensor2D, { transposed: true, scale: 1 });
      return [view(dx, x.shape), da!, tf.mul(db!, scaling)];
    },
  );
}
