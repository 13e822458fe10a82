// Convolution and pooling of one image, (height, width, channels) in one flat array, as Keras
// computes them, and mlcourse/networks/convolution.py.
//
// A layer has a kind, "convolution", "max" or "average"; size, strides and dilation, [down, across];
// padding; channels and filters; for a convolution kernel, (height, width, channels, filters), and
// bias; and `after`, names of activations or "scaling", with one of `scalings` for each scaling.

import { ACTIVATIONS } from "../activations.js";

// Return for rows and for columns: the number of outputs, the pixels that a window covers, and how
// many pixels of padding there are before the first and in all.
export function geometry({ size, strides, padding, dilation }, inputs) {
  return inputs.map((n, axis) => {
    const stride = strides[axis];
    const covered = dilation[axis] * (size[axis] - 1) + 1;
    const outputs = padding === "same" ? Math.ceil(n / stride) : Math.floor((n - covered) / stride) + 1;
    const padded = padding === "same" ? Math.max((outputs - 1) * stride + covered - n, 0) : 0;
    return { n, stride, covered, outputs, padded, before: Math.floor(padded / 2), dilation: dilation[axis] };
  });
}

// Call back with the index in the window, and the index of the pixel, for each pixel under a window;
// padding is left out.
function visit({ size: [height, width] }, [rows, columns], row, column, callback) {
  for (let i = 0; i < height; i++) {
    const y = row * rows.stride - rows.before + i * rows.dilation;
    if (y < 0 || y >= rows.n) continue;
    for (let j = 0; j < width; j++) {
      const x = column * columns.stride - columns.before + j * columns.dilation;
      if (x >= 0 && x < columns.n) callback(i * width + j, y * columns.n + x);
    }
  }
}

const SUMS = {
  convolution({ kernel, bias, channels, filters }, x, forEachPixel, out) {
    out.set(bias);
    forEachPixel((tap, pixel) => {
      for (let channel = 0; channel < channels; channel++) {
        const value = x[pixel * channels + channel];
        const start = (tap * channels + channel) * filters;
        for (let filter = 0; filter < filters; filter++) out[filter] += value * kernel[start + filter];
      }
    });
  },

  max({ channels }, x, forEachPixel, out) {
    out.fill(-Infinity);
    forEachPixel((tap, pixel) => {
      for (let k = 0; k < channels; k++) out[k] = Math.max(out[k], x[pixel * channels + k]);
    });
  },

  average({ channels }, x, forEachPixel, out) {
    let n = 0;
    forEachPixel((tap, pixel) => {
      n += 1;
      for (let k = 0; k < channels; k++) out[k] += x[pixel * channels + k];
    });
    for (let k = 0; k < channels; k++) out[k] /= n;
  },
};

// Return the axes of a layer, and its stages: its output after the sums, then after each of `after`.
// inputs: [height, width] of x.
export function runLayer(layer, x, inputs) {
  const axes = geometry(layer, inputs);
  const [rows, columns] = axes.map(({ outputs }) => outputs);
  const { filters } = layer;
  const sums = new Float64Array(rows * columns * filters);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = (row * columns + column) * filters;
      const forEachPixel = (callback) => visit(layer, axes, row, column, callback);
      SUMS[layer.kind](layer, x, forEachPixel, sums.subarray(start, start + filters));
    }
  }
  const stages = [sums];
  const scalings = layer.scalings.values();
  for (const name of layer.after) {
    const z = stages.at(-1);
    if (name === "scaling") stages.push(applyScaling(z, scalings.next().value, filters));
    else {
      stages.push(new Float64Array(z.length));
      ACTIVATIONS[name].forward(z, stages.at(-1), z.length);
    }
  }
  return { axes, rows, columns, stages, map: stages.at(-1) };
}

function applyScaling(z, { scale, shift }, filters) {
  return z.map((value, i) => value * scale[i % filters] + shift[i % filters]);
}

// Return the pixels of one channel under a window, null for padding.
export function windowOf(layer, axes, x, [row, column], channel) {
  const values = new Array(layer.size[0] * layer.size[1]).fill(null);
  visit(layer, axes, row, column, (tap, pixel) => { values[tap] = x[pixel * layer.channels + channel]; });
  return values;
}

// Return the weights of one channel and filter.
export function weightsOf({ kernel, size, channels, filters }, channel, filter) {
  return Array.from({ length: size[0] * size[1] }, (_, tap) => kernel[(tap * channels + channel) * filters + filter]);
}

// Return the number of parameters of a layer's kernel and bias.
export function countParameters({ kind, size, channels, filters, has_bias: hasBias }) {
  return kind === "convolution" ? (size[0] * size[1] * channels + Number(hasBias)) * filters : 0;
}
