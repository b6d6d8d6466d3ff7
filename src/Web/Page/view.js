// Draws the picture, its masks and its prompt, and knows where on the picture a place of the screen is.
import { decode, layerOf, silhouette } from "./masks.js";

const azure = [30, 144, 255];

export class View {
  constructor(canvas, room) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.room = room;
    this.scene = {};
    this.layers = new WeakMap();
    new ResizeObserver(() => this.fit()).observe(room);
  }

  /** Shows another picture: an ImageBitmap of it as it is stored, and what the server said about it. */
  setPicture(bitmap, { width, height, orientation }) {
    this.bitmap?.close();
    this.bitmap = bitmap;
    this.orientation = orientation;
    this.width = width;
    this.height = height;
    this.fit();
  }

  /** What is to be seen: { mask, mosaic, points, box, dragged, cursor, faint }. */
  show(scene) {
    this.scene = scene;
    this.drawSoon();
  }

  /** The place on the picture, in its pixels, of a pointer event. */
  place(event) {
    const frame = this.canvas.getBoundingClientRect();
    const inside = (value, most) => Math.min(Math.max(value, 0), most);
    return {
      x: inside((event.clientX - frame.left) / frame.width * this.width, this.width - 1),
      y: inside((event.clientY - frame.top) / frame.height * this.height, this.height - 1),
    };
  }

  /** Pixels of the picture in one of the screen's. */
  get scale() {
    return this.width / this.canvas.clientWidth;
  }

  /** A small picture of a mask, for a button: the part [x, y, width, height] of the picture. */
  drawThumbnail(canvas, mask, [x, y, width, height]) {
    const ratio = Math.min(canvas.width / width, canvas.height / height);
    const context = canvas.getContext("2d");
    context.translate((canvas.width - width * ratio) / 2, (canvas.height - height * ratio) / 2);
    context.scale(ratio, ratio);
    context.drawImage(silhouette(decode(mask.rle), [125, 180, 255]), -x, -y, this.width, this.height);
  }

  /** The picture as large as there is room, and as many pixels as the screen has. */
  fit() {
    if (!this.bitmap || !this.room.clientWidth) {
      return;
    }

    const room = getComputedStyle(this.room);
    const ratio = Math.min(parseFloat(room.width) / this.width, parseFloat(room.height) / this.height);
    const w = Math.max(1, Math.round(this.width * ratio));
    const h = Math.max(1, Math.round(this.height * ratio));
    this.density = devicePixelRatio;
    this.canvas.style.width = `${w}px`;
    this.canvas.style.height = `${h}px`;
    this.canvas.width = Math.round(w * this.density);
    this.canvas.height = Math.round(h * this.density);
    this.base = new OffscreenCanvas(this.canvas.width, this.canvas.height);
    const context = this.base.getContext("2d");
    context.imageSmoothingQuality = "high";
    this.drawUpright(context, this.canvas.width, this.canvas.height);
    this.layers = new WeakMap();
    this.draw();
  }

  /** Draws the stored picture as its orientation (of EXIF, 1 to 8) says where its first row and column belong. */
  drawUpright(context, width, height) {
    const matrix = {
      2: [-1, 0, 0, 1, width, 0],
      3: [-1, 0, 0, -1, width, height],
      4: [1, 0, 0, -1, 0, height],
      5: [0, 1, 1, 0, 0, 0],
      6: [0, 1, -1, 0, width, 0],
      7: [0, -1, -1, 0, width, height],
      8: [0, -1, 1, 0, 0, height],
    }[this.orientation] ?? [1, 0, 0, 1, 0, 0];
    const size = this.orientation >= 5 ? [height, width] : [width, height];
    context.setTransform(...matrix);
    context.drawImage(this.bitmap, 0, 0, ...size);
  }

  drawSoon() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      this.draw();
    });
  }

  draw() {
    const { context, canvas, scene } = this;
    if (!this.base) {
      return;
    }

    context.globalAlpha = 1;
    context.drawImage(this.base, 0, 0);
    if (scene.mosaic) {
      context.globalAlpha = scene.mask ? .55 : 1;
      context.drawImage(this.layer(scene.mosaic, () => scene.mosaic.draw()), 0, 0, canvas.width, canvas.height);
    }

    if (scene.mask) {
      context.globalAlpha = scene.faint ? .7 : 1;
      const make = () => layerOf(decode(scene.mask.rle), canvas.width, canvas.height, azure, 1.7 * this.density);
      context.drawImage(this.layer(scene.mask, make), 0, 0);
    }

    context.globalAlpha = 1;
    [scene.box, scene.dragged].filter(Boolean).forEach(box => this.drawBox(box));
    scene.points?.forEach(point => this.drawPoint(point));
    if (scene.cursor) {
      this.drawCursor(scene.cursor);
    }
  }

  layer(key, make) {
    if (!this.layers.has(key)) {
      this.layers.set(key, make());
    }

    return this.layers.get(key);
  }

  /** The screen's place of a point of the picture. */
  at({ x, y }) {
    return [(x + .5) / this.width * this.canvas.width, (y + .5) / this.height * this.canvas.height];
  }

  drawPoint(point) {
    const [x, y] = this.at(point);
    const unit = this.density;
    for (const [radius, colour] of [[9.5, "rgb(0 0 0 / 45%)"], [8.5, "#fff"], [7, point.label ? "#148c3c" : "#d62728"]]) {
      this.context.fillStyle = colour;
      this.context.beginPath();
      this.context.arc(x, y, radius * unit, 0, 7);
      this.context.fill();
    }

    const arm = 3.4 * unit;
    this.stroke([[x - arm, y, x + arm, y], ...(point.label ? [[x, y - arm, x, y + arm]] : [])], "#fff", 2);
  }

  drawBox([x0, y0, x1, y1]) {
    const [left, top] = this.at({ x: x0, y: y0 });
    const [right, bottom] = this.at({ x: x1, y: y1 });
    const sides = [[left, top, right, top], [right, top, right, bottom], [right, bottom, left, bottom], [left, bottom, left, top]];
    this.stroke(sides, "rgb(0 0 0 / 50%)", 4);
    this.stroke(sides, "#fff", 2);
  }

  drawCursor(place) {
    const [x, y] = this.at(place);
    const [near, far] = [4 * this.density, 14 * this.density];
    const arms = [[x - far, y, x - near, y], [x + near, y, x + far, y], [x, y - far, x, y - near], [x, y + near, x, y + far]];
    this.stroke(arms, "rgb(0 0 0 / 60%)", 4);
    this.stroke(arms, "#fff", 2);
  }

  stroke(lines, colour, width) {
    this.context.strokeStyle = colour;
    this.context.lineWidth = width * this.density;
    this.context.lineCap = "round";
    this.context.beginPath();
    for (const [x0, y0, x1, y1] of lines) {
      this.context.moveTo(x0, y0);
      this.context.lineTo(x1, y1);
    }

    this.context.stroke();
  }
}
