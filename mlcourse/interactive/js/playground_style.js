// What the style sheet of the playground adds to that of all live components.

export const STYLE = `
.features, .layers { align-items: center; }
.training > label { margin-left: auto; }
.main-grid { display: grid; gap: 14px; margin-top: 12px; grid-template-columns: minmax(0, 1fr); }
.drawer > summary { font-weight: 600; }
.compact .main-grid { flex: 1; min-height: 0; margin-top: 8px;
  grid-template: minmax(0, 1fr) / minmax(0, 1.25fr) minmax(0, 0.95fr) minmax(0, 0.8fr); }
.compact .main-grid > * { min-height: 0; overflow: auto; }
.compact .map { max-width: 370px; }
.compact :is(.legend, .column) { font-size: 15px; }
.compact .chart { height: 130px; }
.compact .drawer { margin: 0; }
.compact .drawer > summary { border: 1px solid var(--line); border-radius: 4px; background: var(--soft);
  padding: 5px 10px; min-height: 34px; }
.compact .drawer > .settings { position: absolute; inset: 50px 8px auto; max-height: calc(100% - 58px);
  margin: 0; z-index: 1; overflow: auto;
  padding: 10px; background: var(--paper); border: 1px solid var(--line); }
.settings { display: grid; gap: 10px; grid-template-columns: repeat(auto-fit, minmax(min(316px, 100%), 1fr));
  margin-top: 14px; align-items: start; }
.network { position: relative; touch-action: manipulation; }
.network > canvas, .map canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.network > canvas { pointer-events: none; }
.column { position: absolute; top: 0; display: flex; flex-wrap: wrap; justify-content: center;
  gap: 2px; font-size: 13px; text-align: center; }
.column span { width: 100%; }
.column button { min-height: 26px; min-width: 26px; padding: 0; line-height: 1; }
.unit { position: absolute; padding: 0; min-height: 0; border: 1px solid var(--line); border-radius: 4px;
  overflow: hidden; background: var(--soft); }
.unit canvas, .chart { display: block; width: 100%; height: 100%; }
.unit[aria-pressed="true"] { border: 3px solid var(--ink); }
.unit span { position: absolute; left: 0; bottom: 0; font-size: 12px; line-height: 1.1; padding: 0 3px;
  background: var(--paper); border-radius: 0 3px 0 0; pointer-events: none; }
.map { position: relative; width: 100%; max-width: 420px; aspect-ratio: 1; border: 1px solid var(--line); }
canvas.points { touch-action: none; }
.editable canvas.points { cursor: crosshair; }
.chart { height: 150px; max-width: 560px; }
.weights { display: grid; grid-template-columns: repeat(auto-fill, minmax(110px, 1fr)); gap: 6px 10px; }
textarea { width: 100%; min-height: 5em; font-family: ui-monospace, Consolas, monospace; font-size: 13px; }
@container (min-width: 700px) {
  .main-grid { grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr); grid-template-rows: auto 1fr; }
  .main-grid > :first-child { grid-row: span 2; }
}
@container (min-width: 1000px) {
  .main-grid { grid-template: auto / minmax(0, 1.35fr) minmax(0, 0.85fr) minmax(0, 0.8fr); }
  .main-grid > :first-child { grid-row: auto; }
}
@media (forced-colors: active) { .unit[aria-pressed="true"] { outline: 3px solid Highlight; } }
@media print { .settings, .column button { display: none !important; } }
`;
