// Kernels to choose, as KERNELS in mlcourse/interactive/components/convolution.py, and an image.

export const KERNELS = {
  vertical_edges: [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  horizontal_edges: [-1, -2, -1, 0, 0, 0, 1, 2, 1],
  diagonal_edges: [-2, -1, 0, -1, 0, 1, 0, 1, 2],
  all_edges: [-1, -1, -1, -1, 8, -1, -1, -1, -1],
  blur: new Array(9).fill(1 / 9),
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  identity: [0, 0, 0, 0, 1, 0, 0, 0, 0],
};
const NAMES = Object.keys(KERNELS);
const SIDE = 24;

// Return the name of a kernel, (3, 3); "own" for one that is not in the table.
export function kernelName(weights) {
  const isSame = (kernel) => kernel.length === weights.length
    && kernel.every((w, i) => Math.abs(w - weights[i]) < 1e-6);
  return NAMES.find((name) => isSame(KERNELS[name])) ?? "own";
}

// Return a kernel of another size and number of channels and filters: the middle of the old one; more
// channels are as the first, more filters as in the table.
export function resizeKernel({ kernel, size, channels, filters }, to) {
  const resized = new Float64Array(to.size[0] * to.size[1] * to.channels * to.filters);
  let index = 0;
  for (let i = 0; i < to.size[0]; i++) {
    for (let j = 0; j < to.size[1]; j++) {
      for (let channel = 0; channel < to.channels; channel++) {
        for (let filter = 0; filter < to.filters; filter++) {
          const isNew = filter >= filters;
          const [height, width] = isNew ? [3, 3] : size;
          const y = i + Math.floor((height - to.size[0]) / 2);
          const x = j + Math.floor((width - to.size[1]) / 2);
          const tap = y * width + x;
          const old = ((tap * channels) + (channel < channels ? channel : 0)) * filters + filter;
          const isInside = y >= 0 && x >= 0 && y < height && x < width;
          resized[index++] = !isInside ? 0 : isNew ? KERNELS[NAMES[filter % NAMES.length]][tap] : kernel[old];
        }
      }
    }
  }
  return resized;
}

// Return an image of a red disk, a green square and a blue line, (24, 24, 3).
export function makeShapes() {
  const image = new Float64Array(SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const pixel = 3 * (y * SIDE + x);
      image[pixel] = Number(Math.hypot(y - 7, x - 7) < 5.5);
      image[pixel + 1] = Number(y >= 3 && y < 12 && x >= 14 && x < 22);
      image[pixel + 2] = Number(y >= 14 && Math.abs(x - 2 * y + 24) < 3);
    }
  }
  return { image, shape: [SIDE, SIDE, 3] };
}
