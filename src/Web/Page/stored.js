// Browsers differ in which pictures they turn upright by the EXIF data in them, and cannot be told not to. So they are
// given a copy without these data, which they show as it is stored; the server says how it is turned. The mark at the end of
// a JPEG, which browsers want and the server does not, is put there once more.

/** The file of a picture without what says how to turn it. */
export async function asStored(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const view = new DataView(bytes.buffer);
  const starts = (at, text) => [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
  try {
    if (bytes[0] === 0xFF && bytes[1] === 0xD8) {
      const exif = segments(bytes, view).filter(({ at }) => bytes[at + 1] === 0xE1 && starts(at + 4, "Exif\0"));
      return new Blob([...without(bytes, exif), new Uint8Array([0xFF, 0xD9])], { type: file.type });
    } else if (starts(1, "PNG")) {
      const exif = chunks(8, bytes.length, at => 12 + view.getUint32(at)).filter(({ at }) => starts(at + 4, "eXIf"));
      return new Blob(without(bytes, exif), { type: file.type });
    } else if (starts(0, "RIFF") && starts(12, "VP8X")) {
      // The sum of all lengths stands in front, so that nothing may be missing.
      const length = at => 8 + view.getUint32(at + 4, true) + view.getUint32(at + 4, true) % 2;
      chunks(12, bytes.length, length).filter(({ at }) => starts(at, "EXIF")).forEach(({ at }) => bytes.fill(0x20, at, at + 4));
      bytes[20] &= ~8;
      return new Blob([bytes], { type: file.type });
    }
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }

    // The file ends early: the server will say so.
  }

  return file;
}

/** What stands before the first scan of a JPEG: marker, length, data. */
function segments(bytes, view) {
  const all = [];
  for (let at = bytes.indexOf(0xFF, 2); at >= 0;) {
    const marker = bytes[at + 1];
    if (marker === 0xDA || marker === 0xD9) {
      break;
    }

    const end = marker === 0xFF ? at + 1 : at + 2 + view.getUint16(at + 2);
    all.push({ at, end });
    at = bytes.indexOf(0xFF, end);
  }

  return all;
}

/** The pieces of a file that lie one behind the other. */
function chunks(from, total, length) {
  const all = [];
  for (let at = from; at + 8 <= total;) {
    const end = at + length(at);
    all.push({ at, end });
    at = end;
  }

  return all;
}

/** What is left of a file without some pieces of it. */
function without(bytes, pieces) {
  let from = 0;
  const kept = pieces.map(({ at, end }) => {
    const part = bytes.subarray(from, at);
    from = end;
    return part;
  });
  return [...kept, bytes.subarray(from)];
}
