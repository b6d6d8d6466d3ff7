// COCO's compressed run lengths, and masks as layers to be drawn over a picture.

/** Masks are drawn from at most so many pixels a side. */
const finest = 1280;

const clear = [0, 0, 0, 0];

/** Decodes COCO's string: five bits a character, lowest first; from the fourth on, differences to the last but one. */
function decodeCounts(text) {
  const counts = [];
  for (let at = 0; at < text.length;) {
    let value = 0;
    let shift = 0;
    let bits;
    do {
      bits = text.charCodeAt(at++) - 48;
      value |= (bits & 31) << shift;
      shift += 5;
    } while (bits & 32);

    if (bits & 16 && shift < 32) {
      value |= -1 << shift;
    }

    counts.push(counts.length > 2 ? value + counts[counts.length - 2] : value);
  }

  return counts;
}

/** The mask as one byte a pixel, at most `finest` pixels a side: { width, height, bits }, row by row. */
export function decode(rle) {
  const [height, width] = rle.size;
  const columns = new Uint8Array(width * height);
  let at = 0;
  let inside = 0;
  for (const count of decodeCounts(rle.counts)) {
    columns.fill(inside, at, at + count);
    at += count;
    inside ^= 1;
  }

  const scale = Math.min(1, finest / Math.max(width, height));
  const w = Math.max(1, Math.round(width * scale));
  const h = Math.max(1, Math.round(height * scale));
  const bits = new Uint8Array(w * h);
  for (let x = 0; x < w; x++) {
    const column = Math.floor((x + .5) * width / w) * height;
    for (let y = 0; y < h; y++) {
      bits[y * w + x] = columns[column + Math.floor((y + .5) * height / h)];
    }
  }

  return { width: w, height: h, bits };
}

/** A canvas in which every pixel has the colour that `colourOf` gives for its number, [r, g, b, a]. */
function paint(width, height, values, colourOf) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let i = 0; i < values.length; i++) {
    if (values[i]) {
      pixels.data.set(colourOf(values[i]), 4 * i);
    }
  }

  context.putImageData(pixels, 0, 0);
  return canvas;
}

/** The mask in one colour, [r, g, b]. */
export const silhouette = (mask, colour) => paint(mask.width, mask.height, mask.bits, () => [...colour, 255]);

/** A layer of the size of the stage: the mask tinted, with a white line and a thin dark one around it. */
export function layerOf(mask, width, height, colour, line) {
  const shape = scaled(silhouette(mask, [255, 255, 255]), width, height);
  const layer = new OffscreenCanvas(width, height);
  const context = layer.getContext("2d");
  context.globalAlpha = .5;
  drawAround(context, tinted(shape, "#0b1524"), line * 1.6);
  context.globalAlpha = 1;
  drawAround(context, shape, line);
  context.globalCompositeOperation = "destination-out";
  context.drawImage(shape, 0, 0);
  context.globalCompositeOperation = "source-over";
  context.globalAlpha = .5;
  context.drawImage(tinted(shape, `rgb(${colour})`), 0, 0);
  return layer;
}

function scaled(image, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  return canvas;
}

function tinted(shape, colour) {
  const canvas = new OffscreenCanvas(shape.width, shape.height);
  const context = canvas.getContext("2d");
  context.drawImage(shape, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, shape.width, shape.height);
  return canvas;
}

function drawAround(context, shape, distance) {
  for (let i = 0; i < 12; i++) {
    const angle = i * Math.PI / 6;
    context.drawImage(shape, distance * Math.cos(angle), distance * Math.sin(angle));
  }
}

/** Many masks at once: small ones lie on large ones, every one in a colour of its own. */
export class Mosaic {
  constructor(masks) {
    this.masks = [...masks].sort((a, b) => b.area - a.area);
    this.masks.forEach((mask, i) => {
      const decoded = decode(mask.rle);
      this.numbers ??= new Uint16Array(decoded.width * decoded.height);
      this.width = decoded.width;
      this.height = decoded.height;
      decoded.bits.forEach((inside, at) => {
        if (inside) {
          this.numbers[at] = i + 1;
        }
      });
    });
  }

  /** The mask that is seen at a place, given as fractions of the picture; null where there is none. */
  at(x, y) {
    const column = Math.min(this.width - 1, Math.floor(x * this.width));
    const row = Math.min(this.height - 1, Math.floor(y * this.height));
    return this.masks[this.numbers[row * this.width + column] - 1] ?? null;
  }

  /** A canvas of all masks with lines between them. */
  draw() {
    const { width, height, numbers } = this;
    const colours = this.masks.map((_, i) => [...colourOf(i), 150]);
    const isEdge = numbers.map((number, at) =>
      (at % width + 1 < width && numbers[at + 1] !== number) || (at + width < numbers.length && numbers[at + width] !== number) ? 1 : 0);
    return paint(width, height, numbers.map((number, at) => isEdge[at] ? 65535 : number), number =>
      number === 65535 ? [255, 255, 255, 230] : colours[number - 1] ?? clear);
  }
}

/** Hues by the golden angle: neighbours in the list differ most. */
function colourOf(i) {
  const hue = (210 + 137.508 * i) % 360;
  const channel = n => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (.56 - .38 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
