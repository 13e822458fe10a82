// What the style sheet of a race of optimizers adds to that of all live components.

export const STYLE = `
.surface { position: relative; width: 100%; height: clamp(260px, 48cqi, 520px); max-height: 75vh;
  border: 1px solid var(--line); }
.compact .surface { height: 310px; }
.surface canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.paths { touch-action: none; cursor: crosshair; }
.marker { width: 24px; height: 24px; margin-bottom: 5px; background: #ffffff; border-radius: 4px; }
`;
