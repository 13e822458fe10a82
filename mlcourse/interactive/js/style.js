// The style sheet of live components, in their shadow roots.

export const STYLE = `
:host { display: block; container-type: inline-size; }
.frame { --ink: #1a1a1a; --paper: #ffffff; --soft: #f1f1f4; --line: #8a8a8a; --focus: #b34700;
  --press: #00538a; color: var(--ink); background: var(--paper); padding: 12px;
  font: 15px/1.35 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  border: 1px solid var(--line); border-radius: 6px; box-sizing: border-box; text-align: left; }
.frame.dark { --ink: #e8e8e8; --paper: #1c1c1f; --soft: #2b2b30; --line: #85858c;
  --focus: #ffb000; --press: #7cc4f5; color-scheme: dark; }
.frame *, .frame *::before { box-sizing: border-box; }
[hidden] { display: none !important; }
p { margin: 6px 0; }
.title { font-weight: 600; margin: 0 0 6px; }
button, select, input, textarea { font: inherit; color: var(--ink); background: var(--soft);
  border: 1px solid var(--line); border-radius: 4px; min-height: 34px; padding: 2px 8px; max-width: 100%; }
button { cursor: pointer; }
button:disabled { opacity: 0.5; cursor: default; }
button.main { background: var(--press); color: var(--paper); border-color: var(--press);
  font-weight: 600; min-width: 6em; }
input[type="range"] { padding: 0; margin: 0; width: 100%; accent-color: var(--press); background: none; border: 0; }
input[type="checkbox"] { min-height: 0; width: 20px; height: 20px; margin: 0; accent-color: var(--press); }
input[type="number"] { width: 100%; min-width: 0; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 1px; }
.bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: end; }
.wide { flex: 1; min-width: 160px; }
label { display: flex; flex-direction: column; gap: 2px; min-width: 0; }
.check, .compact .bar > label { flex-direction: row; align-items: center; gap: 8px; }
.check { min-height: 28px; }
fieldset { border: 1px solid var(--line); border-radius: 4px; margin: 0; padding: 6px 10px 10px;
  min-width: 0; display: flex; flex-direction: column; gap: 6px; }
legend { font-weight: 600; padding: 0 4px; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 6px 12px;
  align-items: end; }
.compact { flex: 1; min-height: 0; display: flex; flex-direction: column; position: relative; font-size: 17px;
  padding: 8px; }
.compact fieldset { gap: 2px; padding: 2px 10px 4px; }
.compact .side { gap: 4px; }
.legend { font-size: 13px; }
.status { font-variant-numeric: tabular-nums; min-height: 2.7em; }
.problem { border: 2px solid var(--focus); padding: 6px 10px; font-weight: 600; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.two-columns { display: grid; gap: 14px; margin-top: 12px; grid-template-columns: minmax(0, 1fr); }
.compact .two-columns { flex: 1; min-height: 0; margin-top: 8px; grid-template-rows: minmax(0, 1fr); }
.compact .two-columns > * { min-height: 0; overflow: auto; padding: 4px; }
.side { display: grid; gap: 10px; align-content: start; }
details { margin-top: 10px; }
svg { display: block; max-width: 100%; }
summary { cursor: pointer; min-height: 28px; }
.table { max-height: 260px; overflow: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 2px 10px; border-bottom: 1px solid var(--line); }
@container (min-width: 700px) {
  .two-columns { grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr); }
}
@media (forced-colors: active) {
  svg { --ink: CanvasText; --paper: Canvas; --soft: Canvas; --line: CanvasText; --focus: Highlight; }
  button:disabled { opacity: 1; }
}
@media (pointer: coarse) { button, select, input[type="number"] { min-height: 44px; } }
@media print { .bar, details { display: none !important; } }
`;
