/** A canvas that takes rectangles and pixels and gives a PNG, which is all that Plotly's heat maps need of one. */
import { crc32, deflateSync } from "node:zlib";

/** Pixels as red, green, blue and alpha. */
export interface ImagePixels {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** The part of a 2D context that heat maps draw with. */
export interface CanvasContext {
  fillStyle: string;
  fillRect(x: number, y: number, width: number, height: number): void;
  createImageData(width: number, height: number): ImagePixels;
  putImageData(image: ImagePixels, x: number, y: number): void;
  toPng(): Buffer;
}

/** Largest number of pixels of a canvas. */
const maxPixels = 16_000_000;

/**
 * A transparent canvas.
 *
 * @throws RangeError when it would have more than 16 million pixels.
 */
export function createCanvas(width: number, height: number): CanvasContext {
  if (!(width * height <= maxPixels)) {
    throw new RangeError(
      `A canvas of ${width} x ${height} was asked for; at most ${maxPixels} pixels are drawn.`,
    );
  }
  const pixels = new Uint8Array(width * height * 4);
  return {
    fillStyle: "rgba(0,0,0,1)",
    fillRect(x, y, w, h) {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (this.fillStyle.match(/[\d.]+/g) ?? []).map(Number);
      const [left, top] = [Math.max(0, Math.round(x)), Math.max(0, Math.round(y))];
      const [right, bottom] = [Math.min(width, Math.round(x + w)), Math.min(height, Math.round(y + h))];
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          pixels.set([red, green, blue, Math.round(alpha * 255)], (row * width + column) * 4);
        }
      }
    },
    createImageData: (w, h) => ({ width: w, height: h, data: new Uint8ClampedArray(w * h * 4) }),
    putImageData(image, x, y) {
      for (let row = 0; row < Math.min(image.height, height - y); row++) {
        const start = row * image.width * 4;
        const end = start + Math.min(image.width, width - x) * 4;
        pixels.set(image.data.subarray(start, end), ((row + y) * width + x) * 4);
      }
    },
    toPng: () => encodePng(pixels, width, height),
  };
}

/** A PNG file of RGBA pixels, by the PNG specification, third edition. */
function encodePng(pixels: Uint8Array, width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a channel, colour type "RGB with alpha".
  header.set([8, 6, 0, 0, 0], 8);
  const stride = width * 4;
  const rows = Buffer.alloc(height * (stride + 1));
  for (let row = 0; row < height; row++) {
    rows.set(pixels.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
