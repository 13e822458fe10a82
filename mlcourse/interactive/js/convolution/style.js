// What the style sheet of a convolution adds to that of all live components.

export const STYLE = `
.images { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; align-items: start; }
.images canvas { display: block; width: 100%; border: 1px solid var(--line); cursor: crosshair; touch-action: pan-y; }
.images canvas.drawing { touch-action: none; }
.images .strip { margin-top: 6px; cursor: pointer; background: var(--soft); }
.sentence { min-height: 4.6em; margin: 8px 0; }
.numbers { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; justify-content: space-between; }
.grid { flex: 1; min-width: min(100%, 168px); }
.operator { font-size: 22px; padding-top: 24px; }
.cells { display: grid; gap: 2px; grid-template-columns: repeat(var(--columns), minmax(0, 1fr));
  max-width: calc(58px * var(--columns)); }
.cells > * { height: 40px; display: grid; place-items: center; border: 1px solid var(--line); border-radius: 3px;
  font-size: 14px; font-variant-numeric: tabular-nums; text-align: center; padding: 0; min-height: 0;
  appearance: textfield; overflow: hidden; }
.cells .padding { border-style: dashed; font-size: 12px; }
.cells .largest { outline: 3px solid var(--focus); outline-offset: -1px; font-weight: 700; }
.cells input::-webkit-inner-spin-button { appearance: none; }
.legend p { margin: 3px 0; }
.compact .top { display: grid; grid-template-columns: 410px 1fr; gap: 14px; }
.compact fieldset .legend p:first-child { display: none; }
.compact .two label { flex-direction: row; align-items: center; gap: 6px; }
.compact .two label > :last-child { flex: 1; min-width: 0; }
.compact .images .title { font-size: 14px; }
.compact :is(select, .side button) { min-height: 30px; }
.compact .cells > * { height: 32px; }
@container (max-width: 500px) {
  .cells { max-width: none; }
  .operator { width: 100%; text-align: center; padding: 0; line-height: 1; }
}
`;
