/** The straight line through measured points, by least squares. */

/** A point: what was varied, and what was measured. */
export interface Point {
  x: number;
  y: number;
}

/** `y = slope · x + intercept`, and how well it holds. */
export interface LinearFit {
  slope: number;
  intercept: number;
  /** The share of the variance that the line explains; 1 on a line, also on a level one. */
  r2: number;
  /** Measured minus fitted, one a point, in the unit of y. */
  residuals: number[];
}

/**
 * Fits a line.
 *
 * @throws RangeError when fewer than two points have different x.
 */
export function fitLine(points: readonly Point[]): LinearFit {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const spreadX = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (!(spreadX > 0)) throw new RangeError("Cannot fit a line: it takes two points of different x");
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spreadX;
  const intercept = meanY - slope * meanX;
  const residuals = points.map(({ x, y }) => y - (slope * x + intercept));
  const left = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  const total = points.reduce((sum, { y }) => sum + (y - meanY) ** 2, 0);
  return { slope, intercept, r2: total === 0 ? 1 : 1 - left / total, residuals };
}
